"""What people do by hand is written down: before it is done, and when it is over."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from dawam.action_history import ActionHistory
from dawam.control import JobControl
from dawam.errors import StoreUnavailableError
from dawam.ids import new_id
from dawam.jobs.priority import Priority
from dawam.jobs.record import NewJob
from dawam.jobs.state import JobState
from dawam.stores.actions import Action
from dawam.stores.memory import MemoryStore
from dawam.stores.values import EditedArgs, JobChange, JobFilter
from dawam.testing.clock import ManualClock
from dawam.worker_control import WorkerControl

SECOND = timedelta(seconds=1)


class Desk(MemoryStore):
    """A store, and Amal in front of it."""

    is_away = False
    each_batch_takes = timedelta(0)

    def __init__(self) -> None:
        self.time = ManualClock()
        super().__init__(clock=self.time)
        self.control = JobControl(self, self.doorbell)
        self.amal = self.control.by("amal", via="dashboard", reason="ticket 12")
        self.history = ActionHistory(self, self.time)
        self.workers = WorkerControl(self, self.doorbell, self.time).by("amal")

    async def enqueue(self, count: int = 1) -> list[UUID]:
        now = self.time.now()
        jobs = [
            NewJob(
                id=new_id(),
                name="mail",
                args=b"{}",
                queue="default",
                priority=Priority.NORMAL,
                created_at=now,
                run_at=now,
            )
            for _ in range(count)
        ]
        await self.add(jobs)
        return [job.id for job in jobs]

    async def delete(self, job_id: UUID) -> bool:
        if self.is_away:
            raise StoreUnavailableError("the store is away")
        return await super().delete(job_id)

    async def retry_chosen(self, ids: Sequence[UUID], chosen: JobFilter) -> list[bool]:
        answers = await super().retry_chosen(ids, chosen)
        self.time.advance(self.each_batch_takes)
        return answers

    async def noted(self) -> Action:
        """The one thing that was done."""
        [action] = await self.history.list()
        return action


@pytest.fixture
async def desk() -> Desk:
    desk = Desk()
    await desk.open()
    return desk


async def test_it_says_who_did_what_when_why_and_how_it_went(desk: Desk) -> None:
    [job_id] = await desk.enqueue()
    await desk.amal.cancel(job_id)
    action = await desk.noted()
    assert (action.by, action.via, action.verb, action.subject) == ("amal", "dashboard", "cancel", f"job {job_id}")
    assert (action.reason, action.asked_at, action.outcome) == ("ticket 12", desk.time.now(), "cancelled")
    assert action.ended_at == desk.time.now()


async def test_what_the_application_does_of_itself_is_not_written_down(desk: Desk) -> None:
    [job_id] = await desk.enqueue()
    await desk.control.delete(job_id)
    assert await desk.history.list() == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (JobChange(queue="mail"), "move to queue mail"),
        (JobChange(priority=Priority.HIGH), "set priority high"),
        (JobChange(priority=Priority.LOW, queue="mail"), "move to queue mail, set priority low"),
    ],
)
async def test_it_says_what_was_changed(desk: Desk, change: JobChange, words: str) -> None:
    [job_id] = await desk.enqueue()
    assert await desk.amal.change(job_id, change)
    assert ((await desk.noted()).verb, (await desk.noted()).outcome) == (words, "done")


async def test_what_no_database_takes_is_cleaned_and_what_is_long_is_cut(desk: Desk) -> None:
    [job_id] = await desk.enqueue()
    await desk.control.by("amal", reason="a\0b" + "c" * 5_000).delete(job_id)
    reason = (await desk.noted()).reason
    assert "\0" not in reason
    assert len(reason) <= 1_000


async def test_it_says_that_nothing_was_done(desk: Desk) -> None:
    assert not await desk.amal.retry(new_id(), EditedArgs(b"{}"))
    action = await desk.noted()
    assert action.verb == "edit and retry"
    assert action.outcome.startswith("not done")


async def test_it_says_that_it_failed(desk: Desk) -> None:
    [job_id] = await desk.enqueue()
    desk.is_away = True
    with pytest.raises(StoreUnavailableError):
        await desk.amal.delete(job_id)
    assert (await desk.noted()).outcome == "ended by StoreUnavailableError: the store is away"


async def test_what_is_done_to_many_says_how_far_it_is(desk: Desk) -> None:
    await desk.enqueue(600)
    desk.each_batch_takes = SECOND
    seen = list[tuple[int, int, int | None]]()
    async for _ in desk.amal.retry_all(JobFilter(), total=600):
        action = await desk.noted()
        assert action.ended_at is None
        seen.append((action.done, action.changed, action.total))
    assert seen == [(250, 250, 600), (500, 500, 600), (600, 600, 600)]
    action = await desk.noted()
    assert (action.outcome, action.done, action.changed) == ("done", 600, 600)
    assert action.chosen == JobFilter(states=frozenset(JobState) - {JobState.RUNNING})


async def test_what_is_done_to_many_stops_when_somebody_asks(desk: Desk) -> None:
    await desk.enqueue(600)
    desk.each_batch_takes = SECOND
    done = 0
    async for report in desk.amal.retry_all(JobFilter()):
        done += report.count
        [action] = await desk.history.list(under_way=True)
        await desk.history.stop(action.id)
    assert done == 500, "the batch that was under way is done"
    action = await desk.noted()
    assert (action.outcome, action.done) == ("stopped", 500)


async def test_what_is_left_before_its_end_says_so(desk: Desk) -> None:
    await desk.enqueue(600)
    reports = desk.amal.delete_all(JobFilter())
    await anext(reports)
    await reports.aclose()
    action = await desk.noted()
    assert (action.outcome, action.done) == ("left before the end", 250)


@pytest.mark.parametrize("verb", ["pause", "resume", "trigger", "restore_schedule", "remove"])
async def test_what_is_done_to_a_worker_that_is_not_there_is_written_down_as_well(desk: Desk, verb: str) -> None:
    done: Any = await getattr(desk.workers, verb)("cleanup")
    assert done is False
    action = await desk.noted()
    assert action.subject == "worker cleanup"
    assert action.outcome.startswith("not done")


async def test_what_is_done_to_a_queue_is_written_down(desk: Desk) -> None:
    await desk.amal.pause_queue("mail")
    await desk.amal.resume_queue("mail")
    assert [(each.verb, each.subject) for each in await desk.history.list()] == [
        ("resume", "queue mail"), ("pause", "queue mail"),
    ]  # fmt: skip
