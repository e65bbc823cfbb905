"""Outcomes are kept until the store has answered: in batches, through its absences, around poison rows."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from msgspec import structs

from dawam.doorbells.base import Topic
from dawam.errors import RowRefusedError, StoreBusyError, StoreError, StoreUnavailableError
from dawam.events.lifecycle import JobEnqueued, JobSettled, LifecycleEvents, ServiceFailed
from dawam.host import settler as settler_module
from dawam.host.settler import EndedAttempt, Settler
from dawam.ids import HostId, new_id
from dawam.jobs.outcome import (
    Cancelled,
    ErrorDetails,
    Failed,
    HandedBack,
    Outcome,
    Parked,
    Retrying,
    SettleAnswer,
    Settlement,
    Snoozed,
    Succeeded,
)
from dawam.jobs.priority import Priority
from dawam.jobs.record import NewJob
from dawam.stores.values import CompletionAnswer
from tests.support.applications import until
from tests.support.claims import FIRST_DUE, claimed

HOST = HostId("here-1-ab")
SOON = timedelta(seconds=5)
LATER = FIRST_DUE + timedelta(hours=1)
ERROR = ErrorDetails("ValueError", "poison", "poison\n" * 3)


@pytest.fixture(autouse=True)
def _no_long_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settler_module, "_BACK_OFF", 0.001)


@dataclass
class Shelf:
    """In the store's place: remembers each batch, and refuses as told."""

    batches: list[list[Settlement]] = field(default_factory=list)
    written: list[Settlement] = field(default_factory=list)
    answer: SettleAnswer = SettleAnswer.ACCEPTED
    refuse: Callable[[Sequence[Settlement]], Exception | None] = lambda _: None
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    async def settle(self, settlements: Sequence[Settlement]) -> list[SettleAnswer]:
        await self.gate.wait()
        self.batches.append(list(settlements))
        error = self.refuse(settlements)
        if error is not None:
            raise error
        self.written += settlements
        return [self.answer] * len(settlements)


@dataclass
class Bench:
    shelf: Shelf = field(default_factory=Shelf)
    events: LifecycleEvents = field(default_factory=LifecycleEvents)
    rings: list[Topic] = field(default_factory=list)
    rung_queues: set[str] = field(default_factory=set)
    scheduled: list[datetime] = field(default_factory=list)
    caught_up: list[int] = field(default_factory=list)
    """How much was written each time that new claims were welcome again."""

    def ring(self, topic: Topic, queues: Collection[str] = ()) -> None:
        self.rings.append(topic)
        self.rung_queues |= {*queues}

    def told(self, event_type: type[Any]) -> list[Any]:
        told: list[Any] = []
        self.events.subscribe(event_type, told.append)
        return told

    @asynccontextmanager
    async def settling(self) -> AsyncIterator[Settler]:
        settler = Settler(
            store=self.shelf,  # type: ignore[arg-type]
            doorbell=self,  # type: ignore[arg-type]
            events=self.events,
            host=HOST,
            on_scheduled=self.scheduled.append,
            on_caught_up=lambda: self.caught_up.append(len(self.shelf.written)),
        )
        await settler.start()
        yield settler
        await settler.stop()


@pytest.fixture
def bench() -> Bench:
    return Bench()


def end(
    outcome: Outcome | None = None,
    *,
    progress: str | None = None,
    new_jobs: tuple[NewJob, ...] = (),
    queue: str = "default",
) -> EndedAttempt:
    job = claimed(queue=queue)
    ended_at = FIRST_DUE + timedelta(seconds=2)
    return EndedAttempt(
        job, Settlement(job.id, job.fence, outcome or Succeeded(), FIRST_DUE, ended_at, progress, new_jobs), 12
    )


def follow_up() -> NewJob:
    return NewJob(
        id=new_id(),
        name="next",
        args=b"{}",
        queue="default",
        priority=Priority.NORMAL,
        created_at=FIRST_DUE,
        run_at=FIRST_DUE,
    )


async def test_while_jobs_end_faster_than_they_are_written_no_more_is_claimed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settler_module, "_MOST_WAITING", 4)
    monkeypatch.setattr(settler_module, "_MOST_AT_ONCE", 2)
    bench.shelf.gate.clear()
    async with bench.settling() as settler:
        for _ in range(4):
            settler.settle(end())
        assert not settler.is_behind
        settler.settle(end())
        assert settler.is_behind
        bench.shelf.gate.set()
        assert await settler.flush(SOON) is True
        assert not settler.is_behind
        assert bench.caught_up == [2, 4, 5]


async def test_what_ends_while_a_batch_is_written_forms_the_next(bench: Bench) -> None:
    bench.shelf.gate.clear()
    async with bench.settling() as settler:
        first = end()
        settler.settle(first)
        await asyncio.sleep(0.01)
        rest = [end() for _ in range(40)]
        for each in rest:
            settler.settle(each)
        assert settler.claims() == {(each.claimed.id, each.claimed.fence) for each in (first, *rest)}
        bench.shelf.gate.set()
        assert await settler.flush(SOON) is True
        assert settler.claims() == set()
    assert bench.shelf.batches == [[first.settlement], [each.settlement for each in rest]]


async def test_an_accepted_end_is_told(bench: Bench) -> None:
    told = bench.told(JobSettled)
    ended = end()
    async with bench.settling() as settler:
        settler.settle(ended)
        await settler.flush(SOON)
    duration = timedelta(seconds=2)
    assert told == [JobSettled(ended.claimed, HOST, Succeeded(), SettleAnswer.ACCEPTED, duration, 12)]


async def test_where_nobody_wants_the_news_of_success_only_the_rest_is_told(bench: Bench) -> None:
    told: list[JobSettled] = []
    bench.events.subscribe(JobSettled, told.append, routine=False)
    async with bench.settling() as settler:
        settler.settle(end())
        await settler.flush(SOON)
        settler.settle(end(outcome=HandedBack()))
        await settler.flush(SOON)
        bench.shelf.answer = SettleAnswer.LOST
        settler.settle(end())
        await settler.flush(SOON)
    assert [(type(each.outcome), each.answer) for each in told] == [
        (HandedBack, SettleAnswer.ACCEPTED),
        (Succeeded, SettleAnswer.LOST),
    ]


async def test_follow_ups_are_told_as_enqueued_only_when_the_end_was_accepted(bench: Bench) -> None:
    told = bench.told(JobEnqueued)
    new_job = follow_up()
    async with bench.settling() as settler:
        settler.settle(end(new_jobs=(new_job,)))
        await settler.flush(SOON)
        bench.shelf.answer = SettleAnswer.LOST
        settler.settle(end(new_jobs=(follow_up(),)))
        await settler.flush(SOON)
    assert told == [JobEnqueued(new_job, created=True)]


async def test_a_settlement_that_came_too_late_is_counted_and_told(bench: Bench) -> None:
    told = bench.told(JobSettled)
    bench.shelf.answer = SettleAnswer.LOST
    async with bench.settling() as settler:
        settler.settle(end())
        settler.settle(end())
        await settler.flush(SOON)
        assert settler.lost_count == 2
    assert [each.answer for each in told] == [SettleAnswer.LOST] * 2


@pytest.mark.parametrize(
    ("outcome", "topics"),
    [
        (Succeeded(), [Topic.FINISHED]),
        (Failed(ERROR), [Topic.FINISHED]),
        (Cancelled(), [Topic.FINISHED]),
        (HandedBack(), [Topic.READY]),
        (Parked(), [Topic.READY]),
        (Snoozed(LATER), []),
        (Retrying(LATER, ERROR), []),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_it_rings_for_whom_it_concerns(bench: Bench, outcome: Outcome, topics: list[Topic]) -> None:
    async with bench.settling() as settler:
        settler.settle(end(outcome))
        await settler.flush(SOON)
    assert bench.rings == topics
    assert bench.scheduled == ([] if topics else [LATER])


async def test_of_what_is_ready_again_only_those_are_woken_who_serve_its_queue(bench: Bench) -> None:
    async with bench.settling() as settler:
        settler.settle(end(HandedBack(), queue="mail"))
        settler.settle(end(Parked(), queue="reports"))
        settler.settle(end(Succeeded(), queue="default"))
        await settler.flush(SOON)
    assert bench.rung_queues == {"mail", "reports"}


@pytest.mark.parametrize(
    "error", [StoreBusyError("locked"), StoreUnavailableError("disk full"), ConnectionResetError()], ids=repr
)
async def test_while_the_store_is_away_outcomes_are_kept_and_nothing_new_may_be_claimed(
    bench: Bench, error: Exception
) -> None:
    told = bench.told(ServiceFailed)
    away = asyncio.Event()

    def refuse(_: Sequence[Settlement]) -> Exception | None:
        return None if away.is_set() else error

    bench.shelf.refuse = refuse
    ends = [end() for _ in range(3)]
    async with bench.settling() as settler:
        for each in ends:
            settler.settle(each)
        assert await settler.flush(timedelta(milliseconds=30)) is False
        assert settler.is_behind
        away.set()
        assert await settler.flush(SOON) is True
        assert not settler.is_behind
    assert bench.shelf.written == [each.settlement for each in ends]
    assert {event.error for event in told} == {error}


def refusing(is_poison: Callable[[Settlement], bool], error: Exception) -> Callable[[Sequence[Settlement]], Any]:
    return lambda settlements: error if any(map(is_poison, settlements)) else None


@pytest.mark.abp("success that cannot be written")
async def test_a_poison_row_is_found_by_halving_and_settled_without_its_text(bench: Bench) -> None:
    bench.shelf.refuse = refusing(
        lambda each: isinstance(each.outcome, Failed) and each.outcome.error.message == "poison",
        UnicodeEncodeError("utf-8", "x", 0, 1, "no"),
    )
    ends = [end() for _ in range(9)]
    poison = end(Failed(ERROR), progress="0.5", new_jobs=(follow_up(),))
    ends.insert(4, poison)
    async with bench.settling() as settler:
        for each in ends:
            settler.settle(each)
        assert await settler.flush(SOON) is True
        assert not settler.is_behind
    assert {each.id for each in bench.shelf.written} == {each.settlement.id for each in ends}
    [substitute] = [each for each in bench.shelf.written if each.id == poison.settlement.id]
    assert isinstance(substitute.outcome, Failed)
    assert "refused the text" in substitute.outcome.error.message
    assert substitute.new_jobs == poison.settlement.new_jobs
    assert len(bench.shelf.batches) < 12


@pytest.mark.parametrize(
    ("outcome", "substitute"),
    [
        (Succeeded(b'"poison"'), Succeeded()),
        (Snoozed(LATER, "poison"), Snoozed(LATER)),
        (Cancelled("poison"), Cancelled()),
        (HandedBack("poison"), HandedBack()),
        (Parked("poison"), Parked()),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_the_substitute_is_the_same_end(bench: Bench, outcome: Outcome, substitute: Outcome) -> None:
    bench.shelf.refuse = refusing(lambda each: "poison" in str(each.outcome), ValueError("no"))
    async with bench.settling() as settler:
        settler.settle(end(outcome))
        assert await settler.flush(SOON) is True
    assert [each.outcome for each in bench.shelf.written] == [substitute]


async def test_a_refused_error_is_retried_at_the_same_moment(bench: Bench) -> None:
    bench.shelf.refuse = refusing(lambda each: "'poison'" in repr(each.outcome), ValueError("no"))
    async with bench.settling() as settler:
        settler.settle(end(Retrying(LATER, ERROR)))
        assert await settler.flush(SOON) is True
    [written] = bench.shelf.written
    assert isinstance(written.outcome, Retrying)
    assert written.outcome.run_at == LATER


async def test_follow_ups_that_cannot_be_stored_are_left_out_at_last(bench: Bench) -> None:
    bench.shelf.refuse = refusing(lambda each: bool(each.new_jobs), ValueError("no"))
    async with bench.settling() as settler:
        settler.settle(end(new_jobs=(follow_up(),)))
        assert await settler.flush(SOON) is True
    assert [each.new_jobs for each in bench.shelf.written] == [()]


@pytest.mark.parametrize(
    "error", [ValueError("no"), RowRefusedError("the store", "no")], ids=lambda each: type(each).__name__
)
async def test_a_row_that_is_refused_in_every_form_blocks_nobody(bench: Bench, error: Exception) -> None:
    poison, good = end(), end()
    bench.shelf.refuse = refusing(lambda each: each.id == poison.settlement.id, error)
    async with bench.settling() as settler:
        settler.settle(poison)
        settler.settle(good)
        assert await settler.flush(SOON) is True
        assert not settler.is_behind
        # it stays ours to the end: handed back, it would run, and be refused, again and again
        assert settler.claims() == {(poison.claimed.id, poison.claimed.fence)}
    assert bench.shelf.written == [good.settlement]


async def test_but_while_the_store_itself_is_unwell_nothing_is_given_up(bench: Bench) -> None:
    is_well = asyncio.Event()
    bench.shelf.refuse = lambda _: None if is_well.is_set() else StoreError("no such table")
    ended = end()
    async with bench.settling() as settler:
        settler.settle(ended)
        assert await settler.flush(timedelta(milliseconds=30)) is False
        assert settler.is_behind
        is_well.set()
        assert await settler.flush(SOON) is True
    assert [each.id for each in bench.shelf.written] == [ended.settlement.id]


class TestAJobThatCompletedItself:
    """Its attempt has two ends, and the store knows which one it was."""

    @pytest.fixture
    def bench(self) -> Bench:
        return Bench(Teller())

    def completed(self, otherwise: Outcome, *, new_jobs: tuple[NewJob, ...] = ()) -> EndedAttempt:
        return structs.replace(end(otherwise, new_jobs=new_jobs), completion=Succeeded(b"41"))

    async def test_succeeded_if_that_was_committed_and_nothing_is_written(self, bench: Bench) -> None:
        told, enqueued, next_one = bench.told(JobSettled), bench.told(JobEnqueued), follow_up()
        ended = self.completed(Failed(ERROR), new_jobs=(next_one,))
        async with bench.settling() as settler:
            settler.settle(ended)
            assert settler.claims() == {(ended.claimed.id, ended.claimed.fence)}
            assert await settler.flush(SOON) is True
            assert settler.claims() == set()
        duration = timedelta(seconds=2)
        assert told == [JobSettled(ended.claimed, HOST, Succeeded(b"41"), SettleAnswer.ACCEPTED, duration, None)]
        assert enqueued == [JobEnqueued(next_one, True)]
        assert set(bench.rings) == {Topic.FINISHED, Topic.READY}
        assert bench.shelf.batches == []

    async def test_ended_as_any_other_if_not(self, bench: Bench) -> None:
        assert isinstance(bench.shelf, Teller)
        bench.shelf.is_committed = False
        told = bench.told(JobSettled)
        ended = self.completed(Retrying(LATER, ERROR))
        async with bench.settling() as settler:
            settler.settle(ended)
            assert await settler.flush(SOON) is True
        assert bench.shelf.written == [ended.settlement]
        assert [(event.outcome, event.answer) for event in told] == [(Retrying(LATER, ERROR), SettleAnswer.ACCEPTED)]
        assert bench.scheduled == [LATER]

    async def test_while_the_store_is_away_no_more_is_claimed(self, bench: Bench) -> None:
        assert isinstance(bench.shelf, Teller)
        bench.shelf.error = StoreUnavailableError("away")
        async with bench.settling() as settler:
            settler.settle(self.completed(Failed(ERROR)))
            await until(lambda: settler.is_behind)
            assert await settler.flush(timedelta(milliseconds=10)) is False
            bench.shelf.error = None
            assert await settler.flush(SOON) is True
            assert not settler.is_behind


@dataclass
class Teller(Shelf):
    """A shelf that knows of completions."""

    database: str = "shelf"
    is_committed: bool = True
    error: Exception | None = None

    def completion_statements(self, success: object) -> None: ...

    async def completion_of(self, job_id: object, fence: int) -> CompletionAnswer:
        if self.error is not None:
            raise self.error
        return CompletionAnswer.COMMITTED if self.is_committed else CompletionAnswer.NOT_COMMITTED
