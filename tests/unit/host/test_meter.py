"""What ends in a host is measured: how often, how it ended, how long it had waited and ran."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from dawam import App, Priority, Retry
from dawam.errors import StoreUnavailableError
from dawam.events.lifecycle import LifecycleEvents
from dawam.host.meter import Meter
from dawam.ids import HostId, new_id
from dawam.jobs.outcome import (
    Cancelled,
    ErrorDetails,
    Failed,
    HandedBack,
    Outcome,
    Parked,
    Retrying,
    Snoozed,
    Succeeded,
)
from dawam.jobs.record import ClaimedJob, NewJob
from dawam.measures.record import WHOLE, Measure, summed
from dawam.stores.memory import MemoryStore
from dawam.testing.clock import ManualClock
from tests.support.applications import always, running, until
from tests.support.hosts import host_info

HOST = HostId("here-1-0001")
SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)
ERROR = ErrorDetails("OSError", "the printer is out of paper")


class Fickle(MemoryStore):
    """Is away when it is told so."""

    is_away = False

    async def keep_measures(self, rows: Sequence[Measure]) -> None:
        if self.is_away:
            raise StoreUnavailableError("the store is away")
        await super().keep_measures(rows)


class Bench:
    """A meter on a store in memory, and jobs that it is told of."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.store = Fickle(clock=self.clock)
        self.meter = Meter(store=self.store, clock=self.clock, events=LifecycleEvents(), host=HOST)

    async def job(self, name: str = "print", queue: str = "default") -> ClaimedJob:
        """One that is due now."""
        now = self.clock.now()
        new = NewJob(
            id=new_id(), name=name, queue=queue, priority=Priority.NORMAL, args=b"{}", created_at=now, run_at=now
        )
        await self.store.register(host_info(HOST, now), DAY)
        await self.store.add([new])
        [claimed] = await self.store.claim(HOST, [queue], 1)
        return claimed

    async def ended(
        self, outcome: Outcome | None = None, *, waited: timedelta = SECOND, ran: timedelta = MINUTE, **job: str
    ) -> None:
        claimed = await self.job(**job)
        started_at = self.clock.now() + waited
        self.meter.ended(claimed, outcome or Succeeded(), started_at, started_at + ran)

    async def told(self) -> list[Measure]:
        """Of each name in each queue."""
        found = await self.store.measures(MINUTE, self.clock.now() - DAY, self.clock.now() + DAY)
        return [each for each in found if each.name != WHOLE]


@pytest.fixture
async def bench() -> Bench:
    bench = Bench()
    await bench.store.open()
    return bench


async def test_attempts_are_counted_by_how_they_ended(bench: Bench) -> None:
    later = bench.clock.now() + MINUTE
    for outcome in (Succeeded(), Succeeded(), Failed(ERROR), Retrying(later, ERROR), Cancelled()):
        await bench.ended(outcome)
    await bench.meter.flush()
    [told] = await bench.told()
    assert (told.name, told.queue) == ("print", "default")
    assert (told.succeeded, told.failed, told.retried, told.cancelled) == (2, 1, 1, 1)


async def test_how_long_they_waited_and_ran_is_told_to_a_sixteenth(bench: Bench) -> None:
    await bench.ended(waited=3 * SECOND, ran=7 * MINUTE)
    await bench.meter.flush()
    [told] = await bench.told()
    waited, ran = told.waits.percentile(0.5), told.runs.percentile(0.5)
    assert waited is not None
    assert ran is not None
    assert abs(waited - 3 * SECOND) < SECOND / 4
    assert abs(ran - 7 * MINUTE) < MINUTE / 2


async def test_what_was_put_back_for_no_fault_of_its_own_is_not_measured(bench: Bench) -> None:
    for outcome in (HandedBack("the host stops"), Snoozed(bench.clock.now() + MINUTE), Parked("unknown")):
        await bench.ended(outcome)
    await bench.meter.flush()
    assert await bench.told() == []


async def test_each_name_and_queue_has_a_row(bench: Bench) -> None:
    await bench.ended(name="print")
    await bench.ended(name="print", queue="mail")
    await bench.ended(name="ship")
    await bench.meter.flush()
    assert [(each.name, each.queue) for each in await bench.told()] == [
        ("print", "default"), ("print", "mail"), ("ship", "default"),
    ]  # fmt: skip


async def test_each_queue_has_a_row_for_all_its_names_and_one_stands_for_all_queues(bench: Bench) -> None:
    await bench.ended(name="print")
    await bench.ended(name="print", queue="mail")
    await bench.ended(Failed(ERROR), name="ship", ran=SECOND)
    await bench.meter.flush()
    names = await bench.told()
    whole = await bench.store.measures(MINUTE, bench.clock.now() - DAY, bench.clock.now() + DAY, name=WHOLE)
    assert [(each.queue, each.succeeded, each.failed) for each in whole] == [
        (WHOLE, 2, 1), ("default", 1, 1), ("mail", 1, 0),
    ]  # fmt: skip
    assert whole[0].runs == summed(names).runs


async def test_each_telling_is_a_part_and_nothing_is_told_twice(bench: Bench) -> None:
    await bench.ended()
    await bench.meter.flush()
    await bench.meter.flush()
    await bench.ended()
    await bench.meter.flush()
    told = await bench.told()
    assert [each.succeeded for each in told] == [1, 1]
    assert len({each.part for each in told}) == 2


async def test_what_the_store_did_not_take_is_told_later_at_its_own_minute(bench: Bench) -> None:
    await bench.ended()
    began = bench.clock.now()
    bench.store.is_away = True
    with pytest.raises(StoreUnavailableError):
        await bench.meter.flush()
    bench.clock.advance(10 * MINUTE)
    await bench.ended()
    bench.store.is_away = False
    await bench.meter.flush()
    assert [each.at - _minute(began) for each in await bench.told()] == [timedelta(0), 10 * MINUTE]


async def test_of_very_many_some_stand_for_the_others_and_all_are_counted(bench: Bench) -> None:
    claimed, now = await bench.job(), bench.clock.now()
    for _ in range(9_000):
        bench.meter.ended(claimed, Succeeded(), now + SECOND, now + MINUTE)
    await bench.meter.flush()
    [told] = await bench.told()
    assert told.succeeded == told.waits.count == told.runs.count == 9_000


async def test_a_host_tells_what_it_did_at_the_latest_when_it_ends() -> None:
    app, attempts = App(), 0

    @app.job("print", retry=Retry(first_wait=timedelta(milliseconds=10)))
    async def print_() -> None:
        nonlocal attempts
        attempts += 1
        if attempts == 1:
            raise OSError("out of paper")

    clock = ManualClock()
    store = MemoryStore(clock=clock)

    async def is_done() -> bool:
        clock.advance(SECOND)
        return (await store.counts()).succeeded == 1

    async with running(app, store=always(store)) as runtime:
        await runtime.parts.manager.enqueue("print", {})
        await until(is_done)
    await store.open()
    rows = await store.measures(MINUTE, clock.now() - DAY, clock.now() + DAY, name="print")
    total = summed(rows)
    assert (total.succeeded, total.retried, total.failed) == (1, 1, 0)


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


async def test_an_error_is_told_with_how_often_and_its_newest_occurrence(bench: Bench) -> None:
    error = ErrorDetails("OSError", "the printer is out of paper", "", "0123456789abcdef")
    await bench.ended(Failed(error))
    await bench.ended(Retrying(bench.clock.now() + MINUTE, error))
    await bench.meter.flush()
    [told] = await bench.told()
    assert told.errors == {error.fingerprint: 2}
    group = await bench.store.error_group(error.fingerprint)
    assert group is not None
    assert (group.error_message, group.name) == (error.message, "print")
    await bench.meter.flush()
    assert len(await bench.told()) == 1, "nothing is told twice"


async def test_an_error_that_was_not_told_because_the_store_was_away_is_told_later(bench: Bench) -> None:
    error = ErrorDetails("OSError", "the printer is out of paper", "", "0123456789abcdef")
    await bench.ended(Failed(error))
    bench.store.is_away = True
    with pytest.raises(StoreUnavailableError):
        await bench.meter.flush()
    bench.store.is_away = False
    await bench.meter.flush()
    assert await bench.store.error_group(error.fingerprint) is not None


async def test_of_very_many_errors_so_many_are_told(bench: Bench) -> None:
    for number in range(250):
        await bench.ended(Failed(ErrorDetails("OSError", "", "", f"{number:016x}")))
    await bench.meter.flush()
    assert len(await bench.store.error_groups(1_000)) == 200
    [told] = await bench.told()
    assert (told.failed, len(told.errors)) == (250, 200)
