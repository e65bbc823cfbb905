"""Processes of two releases of the code on one store: each job is done by code that knows it, and none is charged."""

from collections.abc import Sequence
from uuid import UUID

import pytest

from tests.faults.crew import Crew, Hand, becomes, crew
from tests.faults.ground import Ground
from tests.faults.history import Effect, Enqueued, History, Kept, Record
from tests.faults.past import Past
from tests.faults.scenarios import right
from tests.faults.versions import Args, Pack, Sell, SellForMoney, Ship, version
from tests.support.applications import running

_EACH = 20
_PLAN = "SELECT schedule FROM dawam_worker WHERE name = 'tidy'"


@pytest.mark.fault("two versions")
async def test_what_one_does_not_know_waits_for_the_other_and_costs_nothing(ground: Ground) -> None:
    async with crew(ground) as there:
        old = await _host(there, "old")
        packed, sold = await _enqueue(ground, "old", Pack), await _enqueue(ground, "old", Sell)
        paid, shipped = await _enqueue(ground, "new", SellForMoney), await _enqueue(ground, "new", Ship)
        await becomes(lambda: _parked(there, 2 * _EACH))
        new = await _host(there, "new")
        await there.drained()
        await there.stop(old)
        packed += await _enqueue(ground, "old", Pack)
        sold_later = await _enqueue(ground, "old", Sell)
        await becomes(lambda: _parked(there, _EACH))
        later = await _host(there, "old")
        await there.drained()
        await there.stop_all()
        book = there.close_the_book()

    assert right(book)["jobs succeeded"] == 6 * _EACH
    assert {(each.attempt_count, each.crash_count, each.lost_count) for each in Past(book).of(Kept)} == {(0, 0, 0)}
    assert _who_did(book, packed) == {old.pid, later.pid}
    assert _who_did(book, sold) == {old.pid}
    assert _who_did(book, paid) == _who_did(book, shipped) == {new.pid}
    assert _who_did(book, sold_later) == {new.pid}, "new code reads the args of the old"
    assert sum(isinstance(each, Effect) for each in book) == 6 * _EACH


@pytest.mark.fault("two versions")
async def test_the_plan_of_the_newer_code_holds_while_any_host_has_it(ground: Ground) -> None:
    async with crew(ground) as there:
        await _host(there, "old")
        [old_plan] = ground.rows(_PLAN)
        new = await _host(there, "new")
        [new_plan] = ground.rows(_PLAN)
        await _host(there, "old")
        assert ground.rows(_PLAN) == [new_plan] != [old_plan]
        await there.kill(new)
        await _host(there, "new")
        assert ground.rows(_PLAN) == [new_plan]
        await there.stop_all()


@pytest.mark.fault("two versions")
async def test_code_that_is_too_old_for_the_tables_refuses_them_and_who_is_at_work_goes_on(ground: Ground) -> None:
    async with crew(ground) as there:
        await _host(there, "new")
        ground.execute("UPDATE dawam_schema SET version = 1000, minimum_code_version = 999")
        late = await there.start("old", program="tests.faults.versions")
        assert await late.ended() != 0
        assert await there.says("need code that knows version 999", "upgrade it")
        await there.stock(10)
        await there.drained()
        await there.stop_all()
        assert right(there.close_the_book())["jobs succeeded"] == 10


# -- the words of these stories


async def _host(there: Crew, name: str) -> Hand:
    hand = await there.start(name, program="tests.faults.versions")
    await hand.ready()
    return hand


async def _enqueue(ground: Ground, name: str, args_type: type[Args]) -> list[UUID]:
    """Some jobs, by code of that version."""
    history = History(ground.folder / "history")
    try:
        async with running(version(name, ground.url, history), run_host=False) as runtime:
            jobs = [(await runtime.parts.manager.enqueue(args_type(number))).id for number in range(_EACH)]
        for job in jobs:
            history.write(Enqueued, job=job)
        return jobs
    finally:
        history.close()


async def _parked(there: Crew, count: int) -> bool:
    """Whether so many jobs wait for code that knows them."""
    place = there.ground.stands
    return there.ground.rows(f"SELECT count(*) FROM dawam_job WHERE {place} = 'parked'") == [(count,)]


def _who_did(book: Sequence[Record], jobs: Sequence[UUID]) -> set[int]:
    return {each.pid for each in Past(book).of(Effect) if each.job in jobs}
