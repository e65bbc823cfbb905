"""The activity log: written with every change of stock, and every day rid of what is older than thirty days."""

import logging
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from dawam import LocalEventBus, PeriodicWorkerContext, UnitOfWork
from dawam.errors import SettingsError
from dawam.testing import AppHarness
from examples.inventory.activity.log import ActivityLog
from examples.inventory.activity.options import ActivityOptions
from examples.inventory.activity.workers.cleanup import ActivityCleanupWorker
from examples.inventory.app import app
from examples.inventory.products.events import ProductStockChanged
from examples.inventory.products.repository import UnknownProductError
from examples.inventory.tests.rows import select
from examples.inventory.tests.shelf import CHAIR, CHAIR_ID, TEA_ID, change_stock, order

NOW = datetime(2026, 3, 29, 3, 0, tzinfo=UTC)
"""Europe puts its clocks forward in this night."""
DAY, MICROSECOND = timedelta(days=1), timedelta(microseconds=1)
WORKER = f"{ActivityCleanupWorker.__module__}.{ActivityCleanupWorker.__qualname__}"


def texts(database: Path) -> list[str]:
    return [text for (text,) in select(database, "SELECT text FROM activity_log ORDER BY id")]


def ticks(report_names: Sequence[str]) -> int:
    return sum(name == WORKER for name in report_names)


async def write(harness: AppHarness, *entries: tuple[datetime, str]) -> None:
    async with harness.scope() as scope:
        unit_of_work: UnitOfWork[AsyncSession] = await scope.get(UnitOfWork[AsyncSession])
        async with unit_of_work.begin() as session:
            for at, text in entries:
                ActivityLog(session).add(at, CHAIR_ID, text)


def tick_at(moment: datetime) -> PeriodicWorkerContext:
    return PeriodicWorkerContext(name=WORKER, tick=1, planned_at=moment, started_at=moment)


async def clean_up(harness: AppHarness, tick: PeriodicWorkerContext | None = None) -> None:
    """One tick at this very moment, without waiting for the day to end."""
    unit_of_work: Any = UnitOfWork[AsyncSession]  # abstract, which is no matter to whoever asks for it
    options = harness.get(ActivityOptions)
    await ActivityCleanupWorker(harness.get(unit_of_work), options, harness.clock, logging.getLogger(WORKER)).do_work(
        tick or tick_at(harness.clock.now())
    )


@pytest.fixture
async def night(database: Path) -> AsyncIterator[AppHarness]:
    """The inventory in the night of the clocks, with three entries to a batch."""
    settings = {"Store.Url": f"sqlite:///{database}", "Activity.BatchSize": 3, "Products.ChecksStock": False}
    async with AppHarness(app, settings=settings, start=NOW) as harness:
        yield harness


@pytest.fixture(params=["Pacific/Kiritimati", "America/Los_Angeles", "Europe/Berlin"])
def far_away(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A machine whose clock shows another time of day."""
    with monkeypatch.context() as patched:
        patched.setenv("TZ", request.param)
        time.tzset()
        yield request.param
    time.tzset()


@pytest.mark.guide(15)
async def test_every_change_of_stock_is_written_down_with_it(harness: AppHarness, database: Path) -> None:
    await change_stock(harness, CHAIR, to=9)
    await change_stock(harness, CHAIR, to=30)

    assert texts(database) == ["stock of Chair down to 9", "stock of Chair up to 30"]
    moments = select(database, "SELECT DISTINCT at FROM activity_log")
    assert moments == [(harness.clock.now().isoformat(),)]


@pytest.mark.guide(15)
async def test_a_change_that_is_rolled_back_is_not_written_down(harness: AppHarness, database: Path) -> None:
    with pytest.raises(UnknownProductError):
        await order(harness, CHAIR_ID, TEA_ID, uuid4())

    assert texts(database) == []

    await order(harness, CHAIR_ID, TEA_ID)
    assert texts(database) == ["stock of Chair down to 9", "stock of شاي أخضر down to 9"]


@pytest.mark.guide(15)
async def test_exactly_thirty_days_are_kept_and_a_microsecond_more_goes(night: AppHarness, database: Path) -> None:
    limit = NOW - 30 * DAY
    await write(night, (limit - MICROSECOND, "older"), (limit, "exactly"), (limit + MICROSECOND, "younger"))

    await clean_up(night)
    assert texts(database) == ["exactly", "younger"]

    night.clock.advance(MICROSECOND)
    await clean_up(night)
    assert texts(database) == ["younger"]


@pytest.mark.guide(15)
async def test_the_zone_of_the_machine_and_that_of_a_moment_do_not_matter(
    night: AppHarness, database: Path, far_away: str
) -> None:
    limit = NOW - 30 * DAY
    for zone in (ZoneInfo(far_away), ZoneInfo("Europe/Berlin"), timezone(timedelta(hours=14))):
        await write(
            night,
            ((limit - MICROSECOND).astimezone(zone), "older"),
            (limit.astimezone(zone), "exactly"),
        )

    await clean_up(night)

    assert texts(database) == ["exactly"] * 3
    assert select(database, "SELECT DISTINCT at FROM activity_log") == [(limit.isoformat(),)]


@pytest.mark.guide(15)
async def test_it_comes_once_a_day_and_a_month_is_left(night: AppHarness, database: Path) -> None:
    started = night.clock.now()
    names: list[str] = []
    for _ in range(45):
        await change(night)
        report = await night.advance(DAY)
        names += [ended.name for ended in report.ended]

    assert ticks(names) == 45
    [(oldest, count)] = select(database, "SELECT min(at), count(*) FROM activity_log")
    assert oldest == (started + 15 * DAY).isoformat()
    assert count == 30


async def change(harness: AppHarness) -> None:
    await harness.get(LocalEventBus).publish(ProductStockChanged(uuid4(), "Lamp", 40, decreased=False))


@pytest.mark.guide(15)
async def test_each_batch_is_a_transaction_of_its_own(
    night: AppHarness, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await write(night, *((NOW - 31 * DAY, f"entry {number}") for number in range(10)))
    left: list[int] = []
    delete = ActivityLog.delete_before

    async def watched(self: ActivityLog, moment: datetime, at_most: int) -> int:
        left.append(len(texts(database)))  # through a connection of its own: what has been committed so far
        return await delete(self, moment, at_most)

    monkeypatch.setattr(ActivityLog, "delete_before", watched)
    await clean_up(night)

    assert left == [10, 7, 4, 1]
    assert texts(database) == []


@pytest.mark.guide(15)
async def test_a_batch_that_fails_keeps_those_before_it_and_the_next_day_finds_the_rest(
    night: AppHarness, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await write(night, *((NOW - 31 * DAY, f"entry {number}") for number in range(10)))
    delete = ActivityLog.delete_before
    calls: list[int] = []

    async def fail_at_the_third(self: ActivityLog, moment: datetime, at_most: int) -> int:
        calls.append(at_most)
        if len(calls) == 3:
            raise ConnectionError("the database is away")
        return await delete(self, moment, at_most)

    with monkeypatch.context() as patched:
        patched.setattr(ActivityLog, "delete_before", fail_at_the_third)
        failed = await night.advance(DAY)

    assert [ended.name for ended in failed.ended if ended.error is not None] == [WORKER]
    assert len(texts(database)) == 4

    await night.advance(DAY)
    assert texts(database) == []


@pytest.mark.guide(15)
async def test_a_host_that_stops_waits_for_one_batch_only(
    night: AppHarness, database: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, WORKER)
    await write(night, *((NOW - 31 * DAY, f"entry {number}") for number in range(10)))
    tick = tick_at(NOW)
    delete = ActivityLog.delete_before

    async def stop_meanwhile(self: ActivityLog, moment: datetime, at_most: int) -> int:
        tick.stop()
        return await delete(self, moment, at_most)

    monkeypatch.setattr(ActivityLog, "delete_before", stop_meanwhile)
    await clean_up(night, tick)

    assert len(texts(database)) == 7
    assert "3 activities deleted; the host is stopping" in caplog.text


@pytest.mark.guide(15)
async def test_how_long_and_how_often_is_the_operators_to_say(database: Path) -> None:
    settings = {"Activity.KeepFor": "7d", "Activity.CleanUpEvery": "1h", "Store.Url": f"sqlite:///{database}"}
    async with AppHarness(app, settings=settings, start=NOW) as harness:
        await write(harness, (NOW - 7 * DAY, "a week"), (NOW - 6 * DAY, "six days"))
        report = await harness.advance(timedelta(hours=2))

    assert ticks([ended.name for ended in report.ended]) == 2
    assert texts(database) == ["six days"]


@pytest.mark.parametrize(("name", "value"), [("KEEP_FOR", "0s"), ("BATCH_SIZE", "0")])
def test_what_would_delete_everything_or_nothing_is_refused(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"DAWAM__ACTIVITY__{name}", value)
    with pytest.raises(SettingsError, match=name.lower()):
        app.build()
