"""Several hosts on one store: each tick on one of them, whatever happens to the others."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Unpack

import pytest

from dawam.errors import StoreUnavailableError
from dawam.jobs.outcome import SettleAnswer
from dawam.jobs.retry import Retry
from dawam.stores.memory import MemoryStore
from dawam.testing.clock import ManualClock
from dawam.workers.record import AfterCrash, TickOutcome
from dawam.workers.tick_options import RunsOn, TickWords
from dawam.workers.worker import PeriodicWorkerContext, WorkerFunction
from tests.support.ticking import SOON, Stage

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LEASE = timedelta(seconds=20)
Work = Callable[[PeriodicWorkerContext], Awaitable[None]]


@dataclass
class Cluster:
    """A store, a clock, and hosts on them; each host's worker `check` does its `work`."""

    threads: ThreadPoolExecutor
    clock: ManualClock = field(default_factory=lambda: ManualClock(NOON))
    hosts: list[Stage] = field(default_factory=list[Stage])

    def __post_init__(self) -> None:
        self.store = MemoryStore(clock=self.clock)
        self.ran: list[tuple[int, datetime]] = []
        self.work: Work | None = None

    async def host(self, **words: Unpack[TickWords]) -> Stage:
        """One more host, whose worker notes the number of its host and the moment."""
        number = len(self.hosts)

        async def check(context: PeriodicWorkerContext) -> None:
            self.ran.append((number, context.planned_at))
            if self.work is not None:
                await self.work(context)

        stage = Stage(self.threads, clock=self.clock, store=self.store)
        await stage.open()
        await stage.add(WorkerFunction(check, name="check", **words))
        self.hosts.append(stage)
        return stage

    async def pass_time(self, duration: timedelta, *, step: timedelta = MINUTE) -> None:
        """Forward in small steps; all hosts look at every step, in turn first."""
        for number in range(duration // step):
            self.clock.advance(step)
            for stage in sorted(self.hosts, key=lambda each: (self.hosts.index(each) + number) % len(self.hosts)):
                await stage.ticker.tick_due()

    async def outcomes(self) -> list[tuple[str, datetime]]:
        """What is recorded, oldest first."""
        records = await self.store.tick_records("check", 100)
        return [(record.outcome.value, record.planned_at) for record in reversed(records)]

    async def die_in_the_middle(self, stage: Stage) -> None:
        """The next tick of this host begins and never ends, and the host is found to be dead."""

        async def hang(context: PeriodicWorkerContext) -> None:
            begun.set()
            await asyncio.Event().wait()

        begun = asyncio.Event()
        self.work, kept = hang, self.work
        ticking = asyncio.create_task(stage.ticker.tick_due())
        async with asyncio.timeout(5):
            await begun.wait()
        self.work = kept
        await self.store.give_up(stage.host)
        self.hosts.remove(stage)
        ticking.cancel()
        await stage.ticker.cancel_ticks()


@pytest.fixture
async def cluster() -> AsyncIterator[Cluster]:
    threads = ThreadPoolExecutor(2)
    cluster = Cluster(threads)
    await cluster.store.open()
    yield cluster
    for stage in cluster.hosts:
        await stage.stop()
    threads.shutdown()


def at(hour: int, minute: int = 0) -> datetime:
    return NOON.replace(hour=hour, minute=minute)


async def ended(context: PeriodicWorkerContext) -> None:
    """Work that is done at once."""


# ------------------------------------------------------------------------------------------------ once in the cluster


@pytest.mark.guide(16)
async def test_each_moment_is_run_by_one_host_whichever_comes_first(cluster: Cluster) -> None:
    for _ in range(3):
        await cluster.host(cron="0 * * * *")
    await cluster.pass_time(3 * HOUR)
    assert [moment for _, moment in cluster.ran] == [at(13), at(14), at(15)]


@pytest.mark.guide(7)
async def test_two_hosts_that_see_the_same_due_tick_begin_it_once(cluster: Cluster) -> None:
    first, second = await cluster.host(cron="0 * * * *"), await cluster.host(cron="0 * * * *")
    cluster.clock.advance(HOUR)
    await asyncio.gather(first.ticker.tick_due(), second.ticker.tick_due())
    assert [moment for _, moment in cluster.ran] == [at(13)]


@pytest.mark.abp("ticks never overlap")
@pytest.mark.guide(7)
async def test_while_one_host_ticks_no_other_begins(cluster: Cluster) -> None:
    async def slow(context: PeriodicWorkerContext) -> None:
        begun.set()
        await may_end.wait()

    begun, may_end = asyncio.Event(), asyncio.Event()
    first, second = await cluster.host(cron="* * * * *"), await cluster.host(cron="* * * * *")
    cluster.work = slow
    cluster.clock.advance(MINUTE)
    ticking = asyncio.create_task(first.ticker.tick_due())
    async with asyncio.timeout(5):
        await begun.wait()
    for _ in range(5):
        cluster.clock.advance(MINUTE)
        assert await second.ticker.tick_due() == []
    may_end.set()
    await ticking
    cluster.work = None
    await second.ticker.tick_due()
    assert cluster.ran == [(0, at(12, 1)), (1, at(12, 6))]
    assert await cluster.outcomes() == [("succeeded", at(12, 1)), ("missed", at(12, 2)), ("succeeded", at(12, 6))]


async def test_a_worker_of_every_host_ticks_on_each(cluster: Cluster) -> None:
    for _ in range(2):
        await cluster.host(cron="0 * * * *", runs_on=RunsOn.EVERY_HOST)
    await cluster.pass_time(2 * HOUR)
    assert sorted(cluster.ran) == [(0, at(13)), (0, at(14)), (1, at(13)), (1, at(14))]


async def test_only_the_first_host_ticks_at_its_start(cluster: Cluster) -> None:
    for _ in range(3):
        await cluster.host(cron="0 * * * *", run_on_start=True)
    await cluster.pass_time(10 * MINUTE)
    assert len(cluster.ran) == 1


# ------------------------------------------------------------------------------------------------------- over restarts


@pytest.mark.guide(15)
async def test_a_daily_worker_ticks_daily_though_its_process_restarts_every_hour(cluster: Cluster) -> None:
    for _ in range(72):
        stage = await cluster.host(every=timedelta(days=1))
        await cluster.pass_time(HOUR, step=HOUR / 4)
        await cluster.store.give_up(stage.host)
        cluster.hosts.remove(stage)
    assert [moment for _, moment in cluster.ran] == [NOON + timedelta(days=day) for day in (1, 2, 3)]


async def test_while_nobody_runs_moments_are_missed_and_the_last_one_is_made_up_for(cluster: Cluster) -> None:
    stage = await cluster.host(cron="0 * * * *")
    await cluster.pass_time(HOUR)
    await cluster.store.give_up(stage.host)
    cluster.hosts.clear()
    cluster.clock.advance(5 * HOUR + 30 * MINUTE)
    await cluster.host(cron="0 * * * *")
    await cluster.pass_time(MINUTE)
    assert [moment for _, moment in cluster.ran] == [at(13), at(18)]
    assert await cluster.outcomes() == [("succeeded", at(13)), ("missed", at(14)), ("succeeded", at(18))]


@pytest.mark.parametrize(
    ("catch_up", "made_up_for"), [(0, []), (2, [at(17), at(18)]), (50, [at(h) for h in range(14, 19)])]
)
async def test_the_worker_says_how_many_are_made_up_for(
    cluster: Cluster, catch_up: int, made_up_for: list[datetime]
) -> None:
    stage = await cluster.host(cron="0 * * * *", catch_up=catch_up)
    await cluster.pass_time(HOUR)
    await cluster.store.give_up(stage.host)
    cluster.hosts.clear()
    cluster.clock.advance(5 * HOUR + 30 * MINUTE)
    await cluster.host(cron="0 * * * *", catch_up=catch_up)
    await cluster.pass_time(10 * MINUTE)
    assert [moment for _, moment in cluster.ran] == [at(13), *made_up_for]


# ------------------------------------------------------------------------------------------------- hosts that die


async def test_a_tick_that_is_lost_with_its_host_is_run_again_by_another(cluster: Cluster) -> None:
    first, _ = await cluster.host(cron="0 * * * *"), await cluster.host(cron="0 * * * *")
    cluster.clock.advance(HOUR)
    await cluster.die_in_the_middle(first)
    await cluster.pass_time(2 * HOUR)
    assert cluster.ran == [(0, at(13)), (1, at(13)), (1, at(14)), (1, at(15))]
    assert (await cluster.outcomes())[:2] == [("lost", at(13)), ("succeeded", at(13))]


async def test_or_skipped_where_its_worker_says_so(cluster: Cluster) -> None:
    words: dict[str, Any] = {"cron": "0 * * * *", "after_crash": AfterCrash.SKIP}
    first, _ = await cluster.host(**words), await cluster.host(**words)
    cluster.clock.advance(HOUR)
    await cluster.die_in_the_middle(first)
    await cluster.pass_time(HOUR)
    assert cluster.ran == [(0, at(13)), (1, at(14))]
    assert await cluster.outcomes() == [("lost", at(13)), ("succeeded", at(14))]


async def test_a_moment_that_is_to_be_skipped_stays_so_after_a_tick_beside_the_plan(cluster: Cluster) -> None:
    words: dict[str, Any] = {"cron": "0 * * * *", "after_crash": AfterCrash.SKIP}
    first, second = await cluster.host(**words), await cluster.host(**words)
    cluster.clock.advance(HOUR)
    await cluster.die_in_the_middle(first)
    await cluster.store.trigger_worker("check")
    for _ in range(3):
        await second.ticker.tick_due()
    records = await cluster.store.tick_records("check", 10)
    assert [(each.outcome, each.is_triggered) for each in reversed(records)] == [
        (TickOutcome.LOST, False),
        (TickOutcome.SUCCEEDED, True),
    ]


async def test_a_tick_that_kills_each_of_its_hosts_is_given_up_after_three(cluster: Cluster) -> None:
    for _ in range(4):
        await cluster.host(cron="0 * * * *")
    cluster.clock.advance(HOUR)
    for _ in range(3):
        await cluster.die_in_the_middle(cluster.hosts[0])
    await cluster.pass_time(HOUR)
    assert cluster.ran == [(0, at(13)), (1, at(13)), (2, at(13)), (3, at(14))]


async def test_a_late_settlement_of_a_lost_tick_changes_nothing(cluster: Cluster) -> None:
    async def long(context: PeriodicWorkerContext) -> None:
        begun.set()
        await may_end.wait()

    begun, may_end = asyncio.Event(), asyncio.Event()
    first, second = await cluster.host(cron="0 * * * *"), await cluster.host(cron="0 * * * *")
    cluster.work = long
    cluster.clock.advance(HOUR)
    ticking = asyncio.create_task(first.ticker.tick_due())
    async with asyncio.timeout(5):
        await begun.wait()
    await cluster.store.give_up(first.host)  # it froze, and others saw its lease run out
    cluster.work = None
    await second.ticker.tick_due()
    may_end.set()
    await ticking
    assert cluster.ran == [(0, at(13)), (1, at(13))]
    assert await cluster.outcomes() == [("lost", at(13)), ("succeeded", at(13))]
    assert first.rejected == ["check"]


async def test_a_tick_that_a_stopping_host_interrupts_is_run_by_another(cluster: Cluster) -> None:
    async def endless(context: PeriodicWorkerContext) -> None:
        begun.set()
        await asyncio.Event().wait()

    begun = asyncio.Event()
    first, second = await cluster.host(cron="0 * * * *"), await cluster.host(cron="0 * * * *")
    cluster.work = endless
    cluster.clock.advance(HOUR)
    ticking = asyncio.create_task(first.ticker.tick_due())
    async with asyncio.timeout(5):
        await begun.wait()
    await first.stop(SOON)
    await ticking
    cluster.work = None
    await second.ticker.tick_due()
    assert await cluster.outcomes() == [("interrupted", at(13)), ("succeeded", at(13))]


async def test_a_claim_whose_answer_was_lost_is_given_back_and_run(cluster: Cluster) -> None:
    stage = await cluster.host(cron="0 * * * *")
    cluster.clock.advance(HOUR + MINUTE)
    await _lose_the_answer(cluster, stage)
    await stage.ticker.tick_due()
    assert cluster.ran == [(0, at(13))]
    assert await cluster.outcomes() == [("interrupted", at(13)), ("succeeded", at(13))]


async def test_a_trigger_whose_claim_was_answered_to_nobody_makes_one_tick_beside_the_plan(cluster: Cluster) -> None:
    stage = await cluster.host(cron="0 * * * *")
    await cluster.store.trigger_worker("check")
    await _lose_the_answer(cluster, stage)
    (found,) = await cluster.store.worker("check")
    assert (found.next_at, found.is_triggered) == (at(13), True)
    for _ in range(3):
        await stage.ticker.tick_due()
    assert len(cluster.ran) == 1


async def _lose_the_answer(cluster: Cluster, stage: Stage) -> None:
    """Of the claim that comes next; then the host finds out what it has."""
    answered, stage.store.claim_ticks = stage.store.claim_ticks, _answers_to_nobody(stage.store.claim_ticks)  # type: ignore[method-assign]
    with pytest.raises(OSError, match="the line went dead"):
        await stage.ticker.tick_due()
    stage.store.claim_ticks = answered  # type: ignore[method-assign]
    cluster.clock.advance(MINUTE)
    await stage.ticker.look_for_lost_answers()
    await stage.ticker.flush(timedelta(seconds=1))


def _answers_to_nobody(claim: Callable[..., Awaitable[list[bool]]]) -> Callable[..., Awaitable[list[bool]]]:
    async def claim_and_lose_the_answer(*args: Any) -> list[bool]:
        await claim(*args)
        raise OSError("the line went dead")

    return claim_and_lose_the_answer


async def test_a_worker_that_is_removed_and_added_again_in_a_tick_waits_for_its_end(cluster: Cluster) -> None:
    async def long(context: PeriodicWorkerContext) -> None:
        begun.set()
        await may_end.wait()

    begun, may_end = asyncio.Event(), asyncio.Event()
    stage = await cluster.host(every=HOUR, run_on_start=True)
    cluster.work = long
    ticking = asyncio.create_task(stage.ticker.tick_due())
    async with asyncio.timeout(5):
        await begun.wait()
    await cluster.store.withdraw_workers(stage.host, ["check"])
    await cluster.store.declare_workers(stage.host, stage.declarations.one("check", stage.host))
    again = asyncio.create_task(stage.ticker.tick_due())
    for _ in range(20):
        await asyncio.sleep(0)
    assert len(cluster.ran) == 1
    may_end.set()
    await asyncio.gather(ticking, again)
    await stage.ticker.tick_due()
    assert len(cluster.ran) == 2


async def test_a_host_ends_though_its_store_takes_no_settlement(cluster: Cluster) -> None:
    async def refuse(*_: object) -> list[SettleAnswer]:
        raise StoreUnavailableError("the file is gone")

    stage = await cluster.host(cron="0 * * * *")
    stage.store.settle_ticks = refuse  # type: ignore[method-assign]
    cluster.clock.advance(HOUR)
    with pytest.raises(StoreUnavailableError):
        await stage.ticker.tick_due()
    await stage.ticker.flush(timedelta(seconds=1))
    await stage.ticker.stop()
    assert len(cluster.ran) == 1


# ------------------------------------------------------------------------------------------------------------ retries


async def test_a_tick_may_be_tried_again_inside_of_itself(cluster: Cluster) -> None:
    async def shaky(context: PeriodicWorkerContext) -> None:
        attempts.append(context.attempt)
        if context.attempt < 3:
            raise OSError("no connection")

    attempts: list[int] = []
    await cluster.host(cron="0 * * * *", retry=Retry(max_attempts=5))
    cluster.work = shaky
    await cluster.pass_time(HOUR)
    (record,) = await cluster.store.tick_records("check", 10)
    assert attempts == [1, 2, 3]
    assert (record.outcome, record.attempt_count) == (TickOutcome.SUCCEEDED, 3)


async def test_what_its_policy_gives_up_on_is_not_tried_again(cluster: Cluster) -> None:
    async def wrong(context: PeriodicWorkerContext) -> None:
        raise ValueError("nonsense")

    await cluster.host(cron="0 * * * *", retry=Retry(max_attempts=5, give_up_on=(ValueError,)))
    cluster.work = wrong
    await cluster.pass_time(HOUR)
    (record,) = await cluster.store.tick_records("check", 10)
    assert (record.outcome, record.attempt_count) == (TickOutcome.FAILED, 1)


# ------------------------------------------------------------------------------------------------- rolling deployments


async def test_of_two_versions_side_by_side_the_later_ones_schedule_holds(cluster: Cluster) -> None:
    await cluster.host(cron="0 * * * *")
    await cluster.host(cron="30 * * * *")
    await cluster.host(cron="0 * * * *")  # a process of the old version, started anew
    await cluster.pass_time(2 * HOUR)
    assert [moment for _, moment in cluster.ran] == [at(12, 30), at(13, 30)]


async def test_a_deployment_that_is_taken_back_takes_its_schedule_back(cluster: Cluster) -> None:
    old, new = await cluster.host(cron="0 * * * *"), await cluster.host(cron="30 * * * *")
    await cluster.pass_time(40 * MINUTE)
    await cluster.store.give_up(new.host)
    cluster.hosts.remove(new)
    assert await cluster.store.needs_declaring(old.host)
    await cluster.store.declare_workers(old.host, old.declarations.all(old.host))
    await cluster.pass_time(HOUR)
    assert [moment for _, moment in cluster.ran] == [at(12, 30), at(13)]
