"""The human hand on many jobs at once: all that are meant, batch by batch."""

from collections import Counter
from collections.abc import AsyncGenerator

import pytest

from dawam import control as control_module
from dawam.control import BatchReport
from dawam.doorbells.base import Topic
from dawam.jobs.outcome import ErrorDetails, Failed, Settlement
from dawam.jobs.state import JobState
from dawam.stores.values import CancelAnswer, JobFilter
from tests.unit.test_control import Desk, desk  # noqa: F401  (a fixture)

FAILED = JobFilter(states=frozenset({JobState.FAILED}))
MAIL = JobFilter(name="mail")


async def reports(changes: AsyncGenerator[BatchReport, None]) -> list[BatchReport]:
    return [report async for report in changes]


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control_module, "_BATCH", 2)
    monkeypatch.setattr(control_module, "_PAGE", 3)


async def fail(desk: Desk, count: int) -> None:  # noqa: F811
    for _ in range(count):
        await desk.enqueue()
        (job,) = await desk.claim()
        now = desk.clock.now()
        await desk.store.settle([Settlement(job.id, job.fence, Failed(ErrorDetails("E", "no")), now, now)])


@pytest.mark.parametrize("count", [0, 1, 2, 3, 6, 7])
async def test_every_job_that_is_meant_is_met_once_whatever_the_pages(desk: Desk, count: int) -> None:  # noqa: F811
    await fail(desk, count)

    done = await reports(desk.control.retry_all(MAIL))

    assert sum((report.answers for report in done), Counter[CancelAnswer | bool]()) == Counter(
        {True: count} if count else {}
    )
    assert (await desk.store.count(JobFilter(states=frozenset({JobState.WAITING})))).count == count
    assert set(desk.doorbell.rings) <= {Topic.READY}


async def test_cancelling_all_tells_what_became_of_each(desk: Desk) -> None:  # noqa: F811
    await desk.enqueue()
    await desk.claim()
    for _ in range(3):
        await desk.enqueue()

    done = await reports(desk.control.cancel_all(MAIL, "sold out"))

    assert sum((report.answers for report in done), Counter[CancelAnswer | bool]()) == {
        CancelAnswer.REQUESTED: 1,
        CancelAnswer.CANCELLED: 3,
    }
    assert (await desk.store.counts()).cancelled == 3


async def test_whoever_stops_listening_stops_it_between_two_batches(desk: Desk) -> None:  # noqa: F811
    await fail(desk, 5)
    changes = desk.control.delete_all(FAILED)

    first = await anext(changes)
    await changes.aclose()

    assert first.answers == {True: 2}
    assert (await desk.store.count(FAILED)).count == 3


async def test_a_job_that_moved_on_since_it_was_looked_up_is_counted_apart(desk: Desk) -> None:  # noqa: F811
    await fail(desk, 3)
    changes = desk.control.delete_all(FAILED)
    await anext(changes)
    (left,) = (await desk.store.ids(FAILED, 10)).ids
    await desk.control.retry(left)

    (second,) = await reports(changes)

    assert (second.answers, second.moved_on) == (Counter(), 1)


async def test_finished_jobs_cannot_be_cancelled_and_running_ones_not_deleted(desk: Desk) -> None:  # noqa: F811
    running = JobFilter(states=frozenset({JobState.RUNNING}))
    with pytest.raises(ValueError, match="failed jobs cannot be changed so: running, waiting ones were expected"):
        desk.control.cancel_all(FAILED)
    with pytest.raises(ValueError, match="running jobs cannot be changed so: cancelled, failed, succeeded, waiting"):
        desk.control.delete_all(running)
