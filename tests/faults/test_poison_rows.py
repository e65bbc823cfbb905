"""A row that the database itself refuses, for what is in it: it is found among its neighbours, and holds up none."""

import asyncio
from uuid import UUID

import pytest

from dawam.errors import RowRefusedError
from tests.faults.crew import LEASE, Crew, becomes, crew
from tests.faults.ground import File, Ground
from tests.faults.history import Ended, Kept, Settled, Troubled
from tests.faults.past import Past
from tests.faults.scenarios import right

_NEIGHBOURS = 200
_REFUSAL = {
    "sqlite": """
        CREATE TRIGGER picky BEFORE INSERT ON {table} WHEN {condition}
        BEGIN SELECT RAISE(ABORT, 'not this one'); END;
    """,
    "postgres": """
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE = 'not this one'; END $$;
        CREATE TRIGGER picky BEFORE INSERT ON {table} FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION refuse();
    """,
}
_CONSENT = {"sqlite": "DROP TRIGGER picky", "postgres": "DROP FUNCTION refuse CASCADE"}
_REFUSED = "SELECT job_id FROM dawam_attempt WHERE error_type = 'StoreRefused' ORDER BY fence"


@pytest.mark.fault("poison row")
async def test_a_text_that_is_refused_is_left_out_and_its_neighbours_keep_theirs(ground: Ground) -> None:
    async with crew(ground) as there:
        stumble = there.shift.stumble.call(0)
        [poisonous, *_] = jobs = await there.enqueue(*[stumble] * _NEIGHBOURS)
        _refuse(ground, "dawam_attempt", f"NEW.job_id = {_literal(ground, poisonous)} AND NEW.error_type = 'OSError'")
        await there.host()
        await there.drained()
        await there.stop_all()
        book = there.close_the_book()

    assert right(book)["jobs succeeded"] == len(jobs)
    assert ground.rows(_REFUSED) == [(poisonous.bytes,)]
    kept = {each.job: each for each in Past(book).of(Kept)}
    assert {(each.attempt_count, each.fence) for each in kept.values()} == {(1, 2)}
    # the batch that it was in was halved until it stood alone: what was refused above that is no row's fault
    assert [each.where for each in Past(book).of(Troubled)] == ["settler"]


@pytest.mark.fault("poison row")
async def test_a_job_that_is_refused_in_every_form_stays_with_its_host_and_is_handed_back_when_that_ends(
    ground: Ground,
) -> None:
    async with crew(ground) as there:
        [poisonous, *_] = jobs = await there.enqueue(*[there.shift.work.call(0)] * _NEIGHBOURS)
        _refuse(ground, "dawam_finished", f"NEW.id = {_literal(ground, poisonous)}")
        first = await there.host()

        async def is_alone_and_known() -> bool:
            return await there.left() == 1 and _troubles(there) == 3  # as it was, without texts, without follow-ups

        await becomes(is_alone_and_known)
        [later] = await there.enqueue(there.shift.work.call(0))
        await becomes(lambda: _is_settled(there, later))
        await asyncio.sleep(2 * LEASE.total_seconds())  # whoever looks for forgotten claims has looked by then
        assert len(_ends(there, poisonous)) == 1, "it was run again, to be refused again"
        await there.stop(first)
        ground.execute(_CONSENT[_kind(ground)])
        await there.host()
        await there.drained()
        await there.stop_all()
        book = there.close_the_book()

    assert right(book)["jobs succeeded"] == len(jobs) + 1
    found = Past(book).kept[poisonous]
    assert (found.fence, found.attempt_count, found.crash_count, found.lost_count) == (2, 0, 0, 0)


async def test_a_job_that_is_refused_as_it_is_enqueued_is_an_error_of_ours_and_not_stored(ground: Ground) -> None:
    async with crew(ground) as there:
        [first] = await there.enqueue(there.shift.work.call(0))
        _refuse(ground, "dawam_job", "NEW.name = 'stumble'")
        with pytest.raises(RowRefusedError, match=r"does not take this row: not this one\. If nothing .*trigger"):
            await there.enqueue(there.shift.stumble.call(0))
        [second] = await there.enqueue(there.shift.work.call(0))
        assert {each.job for each in Past(there.close_the_book()).of(Kept)} == {first, second}


# -- the words of these stories


def _troubles(there: Crew) -> int:
    return sum(each.where == "settler" for each in Past(there.written_by(*there.hands)).of(Troubled))


def _ends(there: Crew, job: UUID) -> list[Ended]:
    return Past(there.written_by(*there.hands)).ends[job]


async def _is_settled(there: Crew, job: UUID) -> bool:
    return any(isinstance(each, Settled) and each.job == job for each in there.written_by(*there.hands))


def _literal(ground: Ground, job: UUID) -> str:
    return f"x'{job.hex}'" if isinstance(ground, File) else f"'{job}'"


def _refuse(ground: Ground, table: str, condition: str) -> None:
    """From now on the database takes no such row."""
    ground.execute(_REFUSAL[_kind(ground)].format(table=table, condition=condition))


def _kind(ground: Ground) -> str:
    return "sqlite" if isinstance(ground, File) else "postgres"
