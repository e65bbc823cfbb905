"""Slots: how many jobs run at once, which come first, what is claimed ahead, and what is handed back."""

import asyncio
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from msgspec import structs

from dawam import JobContext, Priority
from dawam.attempt import Attempt
from dawam.events.lifecycle import JobStarted, LifecycleEvents
from dawam.host.lanes import Lanes
from dawam.host.meter import Meter
from dawam.host.options import HostOptions
from dawam.host.runner import JobRunner
from dawam.host.settler import EndedAttempt
from dawam.ids import HostId
from dawam.jobs.context import CANCEL_REQUESTED, CLAIM_LOST, HOST_STOPPING
from dawam.jobs.log import JobLog, LogLine
from dawam.jobs.outcome import Cancelled, HandedBack, Outcome, Succeeded
from dawam.jobs.record import ClaimedJob
from dawam.stores.memory import MemoryStore
from dawam.testing import ManualClock
from tests.support.applications import until
from tests.support.claims import FIRST_DUE, claimed

HOST = HostId("here-1-ab")
BRIEFLY = timedelta(seconds=5)

leftover: ContextVar[str] = ContextVar("leftover", default="nothing")


@dataclass
class Stage:
    """In the executor's place: every job runs until it is let go, or stopped."""

    started: list[str] = field(default_factory=list)
    attempts: dict[UUID, Attempt] = field(default_factory=dict)
    gates: dict[UUID, "asyncio.Future[Outcome]"] = field(default_factory=dict)
    running_at_once: int = 0
    most_at_once: int = 0
    seen: list[str] = field(default_factory=list)

    async def run(self, attempt: Attempt) -> Outcome:
        job = attempt.claimed
        self.started.append(job.name)
        self.attempts[job.id] = attempt
        attempt.begin()
        self.running_at_once += 1
        self.most_at_once = max(self.most_at_once, self.running_at_once)
        self.seen.append(leftover.get())
        leftover.set(job.name)
        gate = self.gates[job.id] = asyncio.get_running_loop().create_future()
        attempt.interrupt = lambda: gate.done() or gate.set_result(HandedBack(attempt.context.stop_reason or ""))
        try:
            return await gate
        finally:
            self.running_at_once -= 1

    def attempt_limit(self, name: str) -> int | None:
        return 12

    def let_go(self, job: ClaimedJob, outcome: Outcome | None = None) -> None:
        self.gates[job.id].set_result(outcome or Succeeded())


@dataclass
class Ledger:
    """In the settler's place."""

    ended: list[EndedAttempt] = field(default_factory=list)

    def settle(self, ended: EndedAttempt) -> None:
        self.ended.append(ended)

    @property
    def outcomes(self) -> dict[str, Outcome]:
        return {each.claimed.name: each.settlement.outcome for each in self.ended}


class Marks:
    """In the place of the start marks."""

    def __init__(self) -> None:
        self.begun: list[UUID] = []

    def begin(self, job_id: UUID) -> slice:
        self.begun.append(job_id)
        return slice(len(self.begun))

    def end(self, mark: slice) -> None:
        self.begun[mark.stop - 1] = UUID(int=0)


class LogKeeper:
    """In the place of the real one: what it is told."""

    def __init__(self) -> None:
        self.ended_texts: list[tuple[list[str], str]] = []

    def ended(self, attempt: Attempt, log: JobLog, outcome: Outcome) -> None:
        assert attempt.context.log is log
        self.ended_texts.append(([line.text for line in log.since()[1]], type(outcome).__name__))


class Bench:
    def __init__(self, **options: Any) -> None:
        self.marks = Marks()
        self.stage, self.ledger, self.events = Stage(), Ledger(), LifecycleEvents()
        self.rooms = self.taken = 0
        self.clock, self.log_keeper = ManualClock(), LogKeeper()
        said = HostOptions(**{"concurrency": 2, "prefetch": 0, **options})
        self.lanes = Lanes(
            said, lambda: said.queues or ("default",), lambda: [job.queue for job in self.runner.running()]
        )
        self.runner = JobRunner(
            executor=self.stage,  # type: ignore[arg-type]
            settler=self.ledger,  # type: ignore[arg-type]
            clock=self.clock,
            events=self.events,
            host=HOST,
            marks=self.marks,  # type: ignore[arg-type]
            options=said,
            lanes=self.lanes,
            meter=Meter(store=MemoryStore(clock=self.clock), clock=self.clock, events=self.events, host=HOST),
            log_keeper=self.log_keeper,  # type: ignore[arg-type]
            make_context=lambda job: JobContext(job, kept_lines=10),
            on_room=self._room,
            on_taken=self._taken,
        )
        self.runner.limit_queues({})

    @property
    def room(self) -> int:
        """How many would be claimed now."""
        return sum(self.rooms_by_queue().values())

    def rooms_by_queue(self, *hungry: str) -> dict[str, int]:
        """The same for each lane, by its first queue, while jobs of these queues wait (of all, when none is named)."""
        lanes = [lane for lane in self.lanes.current() if not hungry or {*hungry} & {*lane.queues}]
        return {lane.queues[0]: room for lane, room in self.runner.rooms(lanes)}

    def _room(self) -> None:
        self.rooms += 1

    def _taken(self) -> None:
        self.taken += 1

    async def turn(self) -> None:
        for _ in range(4):
            await asyncio.sleep(0)

    async def run_short_ones(self, count: int = 60) -> None:
        """So that the runner believes jobs to be short, the more so the more of them it has seen."""
        for _ in range(count):
            job = claimed("short")
            self.runner.take([job])
            await self.turn()
            self.stage.let_go(job)
            await self.turn()
        self.stage.started.clear()
        self.ledger.ended.clear()


@pytest.fixture
def bench() -> Bench:
    return Bench()


async def test_no_more_run_at_once_than_there_are_slots_and_a_free_slot_is_filled(bench: Bench) -> None:
    jobs = [claimed(f"job {n}") for n in range(5)]
    bench.runner.take(jobs)
    await bench.turn()
    assert (bench.stage.started, bench.runner.running_count, bench.room) == (["job 0", "job 1"], 2, 0)
    for job in jobs:
        bench.stage.let_go(job)
        await bench.turn()
    assert bench.stage.most_at_once == 2
    assert bench.stage.started == [job.name for job in jobs]
    assert bench.room == 2
    assert set(bench.ledger.outcomes.values()) == {Succeeded()}


async def test_what_has_begun_is_marked_until_it_has_ended_and_before_that_is_written(bench: Bench) -> None:
    jobs = [claimed("first"), claimed("second"), claimed("ahead")]
    bench.runner.take(jobs)
    await bench.turn()
    assert bench.marks.begun == [jobs[0].id, jobs[1].id]  # the third one waits for a slot
    marks_at_the_end: list[UUID] = []
    bench.ledger.settle = lambda _: marks_at_the_end.extend(bench.marks.begun)  # type: ignore[method-assign]
    bench.stage.let_go(jobs[0])
    await bench.turn()
    assert marks_at_the_end[:2] == [UUID(int=0), jobs[1].id]
    assert bench.marks.begun[2] == jobs[2].id


async def test_its_claims_are_what_runs_and_what_waits_for_a_slot(bench: Bench) -> None:
    jobs = [claimed("first"), claimed("second", fence=7), claimed("ahead")]
    bench.runner.take(jobs)
    await bench.turn()
    assert bench.runner.claims() == {(job.id, job.fence) for job in jobs}
    bench.stage.let_go(jobs[0])
    await bench.turn()
    assert bench.runner.claims() == {(job.id, job.fence) for job in jobs[1:]}


async def test_it_can_tell_which_job_a_task_runs(bench: Bench) -> None:
    job = claimed("first")
    bench.runner.take([job])
    await bench.turn()
    [task] = asyncio.all_tasks() - {asyncio.current_task()}
    assert (bench.runner.running(), bench.runner.job_of(task)) == ([job], job)
    assert bench.runner.job_of(asyncio.current_task()) is None
    assert bench.runner.job_of(None) is None


async def test_a_suspect_is_here_from_its_claim_to_its_end(bench: Bench) -> None:
    others, suspect = [claimed("first"), claimed("second")], claimed("suspect", crash_count=2)
    bench.runner.take(others)
    assert not bench.runner.has_suspect
    bench.runner.take([suspect])  # it waits for a slot
    assert bench.runner.has_suspect
    await bench.turn()
    bench.stage.let_go(others[0])
    await bench.turn()
    assert bench.stage.started[-1] == "suspect"
    assert bench.runner.has_suspect
    bench.stage.let_go(suspect)
    await bench.turn()
    assert not bench.runner.has_suspect


async def test_jobs_that_were_claimed_ahead_start_in_claim_order_whoever_came_first(bench: Bench) -> None:
    first, second = claimed("first"), claimed("second")
    bench.runner.take([first, second])
    bench.runner.take(
        [
            claimed("third attempt", attempt_count=2),
            claimed("due later", run_at=FIRST_DUE + timedelta(seconds=1)),
            claimed("normal"),
            claimed("low", priority=Priority.LOW),
        ]
    )
    bench.runner.take([claimed("high", priority=Priority.HIGH)])
    await bench.turn()
    bench.stage.let_go(first)
    await bench.turn()
    while gates := [gate for gate in bench.stage.gates.values() if not gate.done()]:
        gates[-1].set_result(Succeeded())
        await bench.turn()
    assert bench.stage.started[2:] == ["high", "normal", "due later", "third attempt", "low"]


async def test_a_job_begins_with_nothing_of_the_one_whose_slot_it_takes(bench: Bench) -> None:
    jobs = [claimed(f"job {n}") for n in range(4)]
    bench.runner.take(jobs)
    for job in jobs:
        await bench.turn()
        bench.stage.let_go(job)
    await bench.turn()
    assert bench.stage.seen == ["nothing"] * 4


async def test_an_end_is_settled_with_its_times_progress_and_follow_ups(bench: Bench) -> None:
    job = claimed(fence=7)
    bench.runner.take([job])
    await bench.turn()
    began = bench.clock.now()
    bench.clock.advance(timedelta(seconds=3))
    attempt = bench.stage.attempts[job.id]
    attempt.context.progress(0.5, "half")
    bench.stage.let_go(job, Cancelled("enough"))
    await bench.turn()
    [ended] = bench.ledger.ended
    settlement = ended.settlement
    assert (settlement.id, settlement.fence, settlement.outcome) == (job.id, 7, Cancelled("enough"))
    assert (settlement.started_at, settlement.ended_at) == (began, began + timedelta(seconds=3))
    assert settlement.progress == "0.5000 half"
    assert ended.attempt_limit == 12


async def test_the_start_of_each_attempt_is_told(bench: Bench) -> None:
    told: list[JobStarted] = []
    bench.events.subscribe(JobStarted, told.append)
    job = claimed()
    bench.runner.take([job])
    await bench.turn()
    assert told == [JobStarted(job, HOST)]


async def test_whoever_watches_is_told_once_for_each_claim_that_brings_jobs(bench: Bench) -> None:
    bench.runner.take([])
    assert bench.taken == 0
    bench.runner.take([claimed("one"), claimed("two")])
    assert bench.taken == 1
    await bench.turn()
    assert [attempt.claimed.name for attempt in bench.runner.attempts()] == ["one", "two"]
    bench.runner.stop_all(CLAIM_LOST)
    await bench.turn()


async def test_a_slot_that_comes_free_goes_to_the_queue_that_has_less_than_its_share() -> None:
    bench = Bench(concurrency=4, queues=("default", "mail"), queue_weights={"default": 3})
    letters = [claimed("letter", queue="mail") for _ in range(4)]
    bench.runner.take(letters)
    await bench.turn()
    assert bench.rooms_by_queue() == {}
    for letter in letters[:3]:
        bench.stage.let_go(letter)
        await bench.turn()
        assert bench.rooms_by_queue() == {"default": 1}
        bench.runner.take([claimed("receipt")])
        await bench.turn()
    bench.stage.let_go(letters[3])
    await bench.turn()
    assert bench.rooms_by_queue() == {"mail": 1}
    bench.runner.stop_all(CLAIM_LOST)
    await bench.turn()


async def test_of_what_was_claimed_ahead_each_queue_starts_its_share_in_its_own_order() -> None:
    bench = Bench(concurrency=1, queues=("default", "mail"), queue_weights={"default": 2})
    letters = [claimed("late letter", run_at=FIRST_DUE + timedelta(1)), claimed("letter", priority=Priority.HIGH)]
    for letter in letters:
        bench.runner.take([structs.replace(letter, queue="mail")])
    bench.runner.take([claimed(f"receipt {n}") for n in range(5)])
    for _ in range(7):
        await bench.turn()
        next(gate for gate in bench.stage.gates.values() if not gate.done()).set_result(Succeeded())
    await bench.turn()
    assert bench.stage.started == [
        "late letter",
        *(f"receipt {n}" for n in range(3)),
        "letter",
        "receipt 3",
        "receipt 4",
    ]


async def test_of_a_queue_with_a_limit_no_more_are_claimed_than_may_be_here() -> None:
    bench = Bench(concurrency=4, queues=("default", "reports"), queue_limits={"reports": 2})
    assert bench.rooms_by_queue() == {"default": 2, "reports": 2}
    reports = [claimed("report", queue="reports") for _ in range(2)]
    bench.runner.take(reports)
    await bench.turn()
    assert bench.rooms_by_queue() == {"default": 2}
    bench.stage.let_go(reports[0])
    await bench.turn()
    assert bench.rooms_by_queue() == {"default": 2, "reports": 1}
    assert bench.rooms_by_queue("default") == {"default": 3}
    bench.runner.stop_all(CLAIM_LOST)
    await bench.turn()


class TestClaimingAhead:
    async def test_nothing_is_claimed_ahead_before_jobs_are_known_to_be_short(self) -> None:
        bench = Bench(prefetch=100)
        assert bench.room == 2

    async def test_short_jobs_are_claimed_ahead(self) -> None:
        bench = Bench(prefetch=100)
        await bench.run_short_ones()
        assert bench.room == 102

    async def test_only_as_many_are_claimed_ahead_as_find_a_slot_soon(self) -> None:
        bench = Bench(prefetch=100)
        await bench.run_short_ones(10)
        assert 2 < bench.room < 102

    async def test_large_ones_are_not_hoarded(self) -> None:
        bench = Bench(prefetch=2_000)
        await bench.run_short_ones()
        large = claimed("large", args=b'"' + b"x" * 1024 * 1024 + b'"')
        bench.runner.take([large])
        await bench.turn()
        bench.stage.let_go(large)
        await bench.turn()
        assert bench.room == 2 + 31  # 32 MiB of args, less the quotes

    async def test_one_long_job_ends_that(self) -> None:
        bench = Bench(prefetch=100)
        await bench.run_short_ones()
        job = claimed("long")
        bench.runner.take([job])
        await bench.turn()
        bench.clock.advance(timedelta(seconds=10))
        bench.stage.let_go(job)
        await bench.turn()
        assert bench.room == 2

    async def test_what_finds_no_slot_in_time_is_handed_back_uncharged_and_no_more_is_claimed_ahead(self) -> None:
        bench = Bench(prefetch=100)
        await bench.run_short_ones()
        running = [claimed("a"), claimed("b")]
        bench.runner.take([*running, claimed("stale")])
        await until(lambda: bool(bench.ledger.ended), within=2)
        assert isinstance(bench.ledger.outcomes["stale"], HandedBack)
        assert bench.stage.started == ["a", "b"]
        assert bench.room == 0
        bench.clock.advance(timedelta(seconds=1))
        bench.stage.let_go(running[0])
        await bench.turn()
        assert bench.stage.started == ["a", "b"]
        assert bench.room == 1

    async def test_a_free_slot_is_told_so_that_more_is_claimed(self, bench: Bench) -> None:
        job = claimed()
        bench.runner.take([job])
        await bench.turn()
        assert bench.rooms == 0
        bench.stage.let_go(job)
        await bench.turn()
        assert bench.rooms == 1


class TestStopping:
    async def test_what_has_not_started_is_handed_back_and_nothing_starts_any_more(self, bench: Bench) -> None:
        running = [claimed("a"), claimed("b")]
        bench.runner.take([*running, claimed("waits")])
        await bench.turn()
        bench.runner.hand_back_ahead()
        assert isinstance(bench.ledger.outcomes["waits"], HandedBack)
        bench.stage.let_go(running[0])
        await bench.turn()
        assert bench.stage.started == ["a", "b"]
        assert bench.room == 0

    async def test_it_waits_for_those_that_run(self, bench: Bench) -> None:
        job = claimed()
        bench.runner.take([job])
        await bench.turn()
        waiting = asyncio.create_task(bench.runner.wait_until_idle(BRIEFLY))
        await bench.turn()
        assert not waiting.done()
        bench.stage.let_go(job)
        assert await waiting is True

    async def test_but_not_for_ever(self, bench: Bench) -> None:
        bench.runner.take([claimed()])
        await bench.turn()
        assert await bench.runner.wait_until_idle(timedelta(milliseconds=1)) is False

    async def test_then_it_stops_them(self, bench: Bench) -> None:
        bench.runner.take([claimed("a")])
        await bench.turn()
        bench.runner.stop_all(HOST_STOPPING)
        assert await bench.runner.wait_until_idle(BRIEFLY) is True
        assert bench.ledger.outcomes == {"a": HandedBack(HOST_STOPPING)}

    async def test_only_the_jobs_that_run_here_hear_of_a_cancellation(self, bench: Bench) -> None:
        wanted, other = claimed("wanted"), claimed("other")
        bench.runner.take([wanted, other])
        await bench.turn()
        bench.runner.stop_jobs([wanted.id, claimed("elsewhere").id], CANCEL_REQUESTED)
        await bench.turn()
        assert bench.ledger.outcomes == {"wanted": HandedBack(CANCEL_REQUESTED)}
        assert bench.runner.running_count == 1

    async def test_when_the_claims_are_gone_all_stop_and_nothing_that_waited_starts(self, bench: Bench) -> None:
        bench.runner.take([claimed("a"), claimed("b"), claimed("waits")])
        await bench.turn()
        bench.runner.stop_all(CLAIM_LOST)
        await bench.turn()
        assert bench.ledger.outcomes == {"a": HandedBack(CLAIM_LOST), "b": HandedBack(CLAIM_LOST)}
        assert bench.stage.started == ["a", "b"]


async def test_what_an_attempt_logged_is_handed_on_with_its_end() -> None:
    bench = Bench()
    talkative, quiet = claimed("talkative"), claimed("quiet")
    bench.runner.take([talkative, quiet])
    await bench.turn()
    bench.stage.attempts[talkative.id].context.hear([LogLine(FIRST_DUE, "INFO", "shop", "here")])
    bench.stage.let_go(talkative, Cancelled("enough"))
    bench.stage.let_go(quiet)
    await bench.turn()
    assert bench.log_keeper.ended_texts == [(["here"], "Cancelled")]


async def test_and_of_one_that_completed_itself_as_the_success_that_it_was() -> None:
    bench, job = Bench(), claimed()
    bench.runner.take([job])
    await bench.turn()
    context = bench.stage.attempts[job.id].context
    context.hear([LogLine(FIRST_DUE, "INFO", "shop", "here")])
    context.completed(Succeeded())
    bench.stage.let_go(job, HandedBack())
    await bench.turn()
    assert bench.log_keeper.ended_texts == [(["here"], "Succeeded")]


async def test_what_a_new_limit_does_not_allow_is_handed_back_and_what_runs_goes_on() -> None:
    bench = Bench(queues=("default", "mail"))
    jobs = [claimed(f"mail {number}", queue="mail") for number in range(4)]
    bench.runner.take(jobs)
    await bench.turn()

    assert bench.runner.limit_queues({"mail": 1})
    assert not bench.runner.limit_queues({"mail": 1})

    assert sorted(bench.ledger.outcomes) == ["mail 2", "mail 3"]
    assert {type(each) for each in bench.ledger.outcomes.values()} == {HandedBack}
    assert bench.stage.started == ["mail 0", "mail 1"]
    assert bench.rooms_by_queue("mail") == {}
    for job in jobs[:2]:
        bench.stage.let_go(job)
    await bench.turn()
    assert bench.rooms_by_queue("mail") == {"mail": 1}


async def test_a_claim_that_was_under_way_when_a_limit_came_is_heeded_all_the_same() -> None:
    bench = Bench(queues=("default", "mail"), concurrency=5)
    bench.runner.limit_queues({"mail": 1})
    bench.runner.take([claimed("mail 0", queue="mail"), claimed("other"), claimed("mail 1", queue="mail")])
    await bench.turn()
    assert sorted(bench.stage.started) == ["mail 0", "other"]
    assert list(bench.ledger.outcomes) == ["mail 1"]


async def test_nothing_is_claimed_before_it_is_known_what_people_allow() -> None:
    bench = Bench()
    bench.runner._knows_limits = False
    assert (bench.room, bench.runner.may_start) == (0, False)
    assert bench.runner.limit_queues({}), "it is news that there is no limit"
    assert (bench.room, bench.runner.may_start) == (2, True)
    assert not bench.runner.limit_queues({})
