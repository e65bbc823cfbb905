"""A row that newer code wrote is run as well as may be, or shown and left alone; it stops nobody else's."""

from functools import partial
from uuid import UUID

import pytest

from dawam import App, Priority
from dawam.jobs.state import JobState
from dawam.runtime import Runtime
from dawam.stores.values import CancelAnswer, JobFilter
from tests.faults.crew import Crew, crew
from tests.faults.ground import File, Ground
from tests.faults.scenarios import right
from tests.support.applications import running, until

_MAKE_ROOM = {
    "sqlite": """
        PRAGMA writable_schema = ON;
        UPDATE sqlite_schema SET sql = replace(sql, '''running'')', '''running'', ''embargoed'')')
        WHERE name = 'dawam_job';
    """,
    "postgres": "ALTER TABLE dawam_job DROP CONSTRAINT dawam_job_place_check",
}
"""What the tables of newer code would allow."""
_JOBS = 20
_ALL_THAT_WAIT = JobFilter(states=frozenset({JobState.WAITING}))


@pytest.mark.fault("two versions")
async def test_a_priority_that_is_unknown_here_is_the_nearest_known_one(ground: Ground) -> None:
    app = App(store=ground.url)

    @app.job("count")
    async def count(number: int) -> int:
        return number

    async with running(app, run_host=False):
        urgent, usual = await count.enqueue(1), await count.enqueue(2)
    ground.execute(f"UPDATE dawam_job SET rank = -21 WHERE id = {_literal(ground, urgent.id)}")
    async with running(app) as runtime:
        for enqueued in (usual, urgent):
            await until(partial(_is_done, runtime, enqueued.id))
        found = await runtime.parts.desk.inspector.get_job(urgent.id)
        assert found is not None
        assert found.priority is Priority.ABOVE_NORMAL


@pytest.mark.fault("two versions")
async def test_a_state_that_is_unknown_here_is_shown_and_left_alone(ground: Ground) -> None:
    async with crew(ground) as there:
        embargoed, *_ = await there.enqueue(*[there.shift.work.call(0)] * _JOBS)
        ground.execute(_MAKE_ROOM[_kind(ground)])
        column = "state" if isinstance(ground, File) else "place"
        ground.execute(f"UPDATE dawam_job SET {column} = 'embargoed' WHERE id = {_literal(ground, embargoed)}")
        [row] = _row(ground, embargoed)
        first, _ = await there.hosts(2)
        await there.drained()
        await there.kill(first)
        await _shown_and_untouchable(there, embargoed)
        await there.host()  # which looks at what is there before it begins
        await there.enqueue(there.shift.work.call(0))
        await there.drained()
        await there.stop_all()
        book = there.close_the_book()

    assert _row(ground, embargoed) == [row]
    assert right(book, drained=False)["jobs succeeded"] == _JOBS


# -- the words of these stories


async def _shown_and_untouchable(there: Crew, job: UUID) -> None:
    async with running(App(store=there.ground.url), run_host=False) as runtime:
        parts = runtime.parts
        found = await parts.desk.inspector.get_job(job)
        assert found is not None
        assert found.state == "embargoed"
        assert [queue.running + queue.due for queue in await parts.desk.inspector.queues()] == [0]
        assert await parts.desk.control.cancel(job) is CancelAnswer.UNKNOWN
        assert not await parts.desk.control.retry(job)
        assert not await parts.desk.control.delete(job)
        for change in (parts.desk.control.cancel_all, parts.desk.control.retry_all, parts.desk.control.delete_all):
            assert [report async for report in change(_ALL_THAT_WAIT)] == []


async def _is_done(runtime: Runtime, job_id: UUID) -> bool:
    job = await runtime.parts.desk.inspector.get_job(job_id)
    return job is not None and job.state == "succeeded"


def _row(ground: Ground, job: UUID) -> list[tuple[object, ...]]:
    return ground.rows(f"SELECT * FROM dawam_job WHERE id = {_literal(ground, job)}")


def _literal(ground: Ground, job: UUID) -> str:
    return f"x'{job.hex}'" if isinstance(ground, File) else f"'{job}'"


def _kind(ground: Ground) -> str:
    return "sqlite" if isinstance(ground, File) else "postgres"
