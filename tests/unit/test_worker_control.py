"""The human hand on workers: pause, resume, trigger, reschedule; and what people see of them."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from dawam import App, PeriodicWorkerContext, Retry, WorkerControl
from dawam.errors import RegistrationError
from dawam.testing import AppHarness
from dawam.workers.record import TickOutcome
from dawam.workers.schedules.schedule import Cron
from dawam.workers.schedules.stored import from_text

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class Story:
    """An application with one hourly worker, which writes down its ticks and fails when told to."""

    def __init__(self) -> None:
        self.app = App()
        self.ticks: list[PeriodicWorkerContext] = []
        self.failures = 0

        @self.app.worker(cron="0 * * * *", name="check", retry=Retry(max_attempts=2, jitter=0))
        async def check(context: PeriodicWorkerContext) -> None:
            self.ticks.append(context)
            if self.failures:
                self.failures -= 1
                raise OSError("no connection")


@pytest.fixture
def story() -> Story:
    return Story()


@pytest.fixture
async def harness(story: Story) -> AsyncIterator[AppHarness]:
    async with AppHarness(story.app, start=NOON) as harness:
        yield harness


@pytest.fixture
def workers(harness: AppHarness) -> WorkerControl:
    return harness.get(WorkerControl)


async def test_a_paused_worker_does_not_tick_and_makes_up_for_nothing(
    story: Story, harness: AppHarness, workers: WorkerControl
) -> None:
    assert await workers.pause("check")
    await harness.advance(3 * HOUR)
    (info,) = await workers.get("check")
    assert info.is_paused
    assert await workers.resume("check")
    await harness.advance(30 * MINUTE)
    assert story.ticks == []
    await harness.advance(30 * MINUTE)
    assert [context.planned_at for context in story.ticks] == [NOON + 4 * HOUR]


async def test_a_triggered_worker_ticks_at_once_and_keeps_its_plan(
    story: Story, harness: AppHarness, workers: WorkerControl
) -> None:
    await harness.advance(10 * MINUTE)
    assert await workers.trigger("check")
    await harness.advance(timedelta(seconds=1))
    assert [context.is_triggered for context in story.ticks] == [True]
    await harness.advance(50 * MINUTE)
    assert [context.planned_at for context in story.ticks[1:]] == [NOON + HOUR]
    planned, triggered = await workers.history("check")
    assert (planned.is_triggered, triggered.is_triggered) == (False, True)


async def test_a_paused_worker_can_be_triggered(story: Story, harness: AppHarness, workers: WorkerControl) -> None:
    await workers.pause("check")
    await workers.trigger("check")
    await harness.advance(3 * HOUR)
    assert len(story.ticks) == 1


async def test_another_schedule_holds_until_the_codes_own_is_restored(
    story: Story, harness: AppHarness, workers: WorkerControl
) -> None:
    assert await workers.reschedule("check", cron="*/10 * * * *")
    await harness.advance(HOUR)
    assert len(story.ticks) == 6
    (info,) = await workers.get("check")
    assert (from_text(info.schedule), from_text(info.declared_schedule)) == (Cron("*/10 * * * *"), Cron("0 * * * *"))
    assert await workers.restore_schedule("check")
    await harness.advance(HOUR)
    assert len(story.ticks) == 7


async def test_a_schedule_that_cannot_be_meant_is_refused_and_changes_nothing(workers: WorkerControl) -> None:
    with pytest.raises(RegistrationError, match="longer than zero"):
        await workers.reschedule("check", every=timedelta(0))
    (info,) = await workers.get("check")
    assert info.schedule == info.declared_schedule


@pytest.mark.parametrize("verb", ["pause", "resume", "trigger", "restore_schedule", "remove"])
async def test_a_name_that_is_not_there_is_answered_with_no(workers: WorkerControl, verb: str) -> None:
    assert not await getattr(workers, verb)("chekc")


async def test_a_new_schedule_for_a_name_that_is_not_there_is_answered_with_no(workers: WorkerControl) -> None:
    assert not await workers.reschedule("chekc", every=HOUR)


async def test_people_see_how_it_goes(story: Story, harness: AppHarness, workers: WorkerControl) -> None:
    story.failures = 3
    await harness.advance(2 * HOUR)
    (info,) = await workers.list()
    assert (info.name, info.tick_count, info.failure_count) == ("check", 2, 0)
    assert (info.last_outcome, info.last_planned_at, info.next_at) == (
        TickOutcome.SUCCEEDED,
        NOON + 2 * HOUR,
        NOON + 3 * HOUR,
    )
    assert info.last_error is None
    second, first = await workers.history("check")
    assert (first.outcome, first.attempt_count, first.error_type, first.error_message) == (
        TickOutcome.FAILED,
        2,
        "OSError",
        "no connection",
    )
    assert "no connection" in first.traceback
    assert (second.outcome, second.attempt_count, second.error_type) == (TickOutcome.SUCCEEDED, 2, "")


async def test_failures_in_a_row_are_counted(story: Story, harness: AppHarness, workers: WorkerControl) -> None:
    story.failures = 6
    await harness.advance(3 * HOUR)
    (info,) = await workers.get("check")
    assert info.failure_count == 3


async def test_only_so_many_records_are_kept(story: Story) -> None:
    settings = {"BackgroundWorkers.KeptRecords": 3}
    async with AppHarness(story.app, start=NOON, settings=settings) as harness:
        await harness.advance(10 * HOUR)
        records = await harness.get(WorkerControl).history("check")
    assert [record.planned_at for record in records] == [NOON + hours * HOUR for hours in (10, 9, 8)]


async def test_a_page_of_nothing_is_fine_and_less_is_not(workers: WorkerControl) -> None:
    assert await workers.list(max_result_count=0) == []
    with pytest.raises(ValueError, match="0 or more"):
        await workers.list(max_result_count=-1)
