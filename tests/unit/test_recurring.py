"""Recurring jobs: a schedule enqueues a job, which then is a job like all others."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dawam import (
    App,
    AsyncBackgroundJob,
    JobContext,
    Module,
    Priority,
    RecurringJobManager,
    Retry,
    Services,
    WorkerControl,
    carry,
    injected,
)
from dawam.errors import ArgsError, RegistrationError, UnknownJobError
from dawam.events.lifecycle import LifecycleEvents, WorkerTooFrequent
from dawam.stores.values import JobFilter
from dawam.testing import AppHarness

HOUR = timedelta(hours=1)
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class ReportArgs:
    title: str


class ReportJob(AsyncBackgroundJob[ReportArgs]):
    made: list[str] = []  # noqa: RUF012  (the stories look at it)

    async def execute(self, args: ReportArgs) -> None:
        self.made.append(args.title)


class ReportsModule(Module):
    def configure_services(self, services: Services) -> None:
        services.add_job(ReportJob)


def reporting(**recurring: Any) -> tuple[App, list[tuple[str, str]]]:
    """An application whose function job `report` writes down its title and the moment that it was planned for."""
    app, made = App(), list[tuple[str, str]]()

    @app.job("report", retry=Retry(max_attempts=2, first_wait=timedelta(minutes=1), jitter=0))
    async def report(title: str, context: JobContext = injected) -> None:
        made.append((title, context.headers["planned-at"]))
        if title == "shaky" and context.attempt == 1:
            raise OSError("no paper")

    if recurring:
        app.recurring("hourly", report.call(recurring.pop("title", "stock")), **recurring)
    return app, made


@pytest.fixture
async def harness() -> AsyncIterator[AppHarness]:
    app, _ = reporting()
    async with AppHarness(app, start=NOON) as harness:
        yield harness


# ------------------------------------------------------------------------------------------------ declared in code


async def test_a_recurring_job_is_enqueued_at_each_of_its_moments_and_run() -> None:
    app, made = reporting(cron="0 * * * *")
    async with AppHarness(app, start=NOON) as harness:
        report = await harness.advance(3 * HOUR)
    assert made == [("stock", f"2026-03-01T{hour}:00:00+00:00") for hour in (13, 14, 15)]
    assert report.succeeded == 3


async def test_it_has_retry_and_history_as_every_job() -> None:
    app, made = reporting(title="shaky", every=HOUR)
    async with AppHarness(app, start=NOON) as harness:
        report = await harness.advance(HOUR + timedelta(minutes=2))
        assert (report.retried, report.succeeded) == (1, 1)
        (job,) = await harness.inspector.find_jobs(JobFilter(tag="recurring:hourly"))
        assert (job.state, job.attempt_count) == ("succeeded", 1)
        (record,) = await harness.get(WorkerControl).history("hourly")
        assert record.job_id == job.id
    assert len(made) == 2


async def test_the_zone_of_its_calendar_counts() -> None:
    app, made = reporting(cron="30 16 * * *", time_zone="Asia/Riyadh")
    async with AppHarness(app, start=NOON) as harness:
        await harness.advance(2 * HOUR)
    assert made == [("stock", "2026-03-01T13:30:00+00:00")]


async def test_what_each_of_its_jobs_is_told() -> None:
    app, _ = reporting(every=HOUR, queue="slow", priority=Priority.LOW, headers={"asked-by": "the plan"})
    async with AppHarness(app, start=NOON) as harness:
        await harness.advance(HOUR)
        (job,) = await harness.inspector.find_jobs(JobFilter(tag="recurring:hourly"))
    assert (job.queue, job.priority, job.headers["asked-by"]) == ("slow", Priority.LOW, "the plan")


async def test_a_class_job_is_found_by_its_args() -> None:
    app = App(ReportsModule)
    app.recurring("by-args", args=ReportArgs("a"), every=HOUR)
    app.recurring("by-class", ReportJob, args=ReportArgs("b"), every=HOUR)
    async with AppHarness(app, start=NOON) as harness:
        ReportJob.made.clear()
        await harness.advance(HOUR)
    assert sorted(ReportJob.made) == ["a", "b"]


async def test_a_start_may_ask_for_one_at_once() -> None:
    app, made = reporting(cron="0 0 * * *", run_on_start=True)
    async with AppHarness(app, start=NOON) as harness:
        await harness.advance(timedelta(seconds=1))
    assert len(made) == 1


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ({}, "^recurring job 'hourly' has no schedule"),
        ({"every": HOUR, "cron": "0 * * * *"}, "both `every` and `cron`"),
        ({"cron": "0 25 * * *"}, "25"),
        ({"every": HOUR, "catch_up": 5_000}, "^recurring job 'hourly': catch_up=5000: 0 to 1,000 was expected"),
    ],
)
async def test_a_plan_that_cannot_be_meant_keeps_the_application_from_being_built(
    words: dict[str, Any], reason: str
) -> None:
    app, _ = reporting()
    app.recurring("hourly", "report", args={"title": "stock"}, **words)
    with pytest.raises(RegistrationError, match=reason):
        await AppHarness(app).__aenter__()


async def test_a_job_that_nobody_knows_is_refused() -> None:
    app, _ = reporting()
    app.recurring("hourly", "reprot", args={"title": "stock"}, every=HOUR)
    with pytest.raises(UnknownJobError, match="did you mean 'report'"):
        await AppHarness(app).__aenter__()


async def test_args_that_do_not_fit_are_refused() -> None:
    app, _ = reporting()
    app.recurring("hourly", "report", args={"titel": "stock"}, every=HOUR)
    with pytest.raises(ArgsError, match="missing required field `title`"):
        await AppHarness(app).__aenter__()


async def test_no_job_at_all_is_refused() -> None:
    app, _ = reporting()
    app.recurring("hourly", every=HOUR)
    with pytest.raises(RegistrationError, match="has no job"):
        await AppHarness(app).__aenter__()


def test_one_name_for_two_of_them_is_refused() -> None:
    app, _ = reporting(every=HOUR)
    with pytest.raises(RegistrationError, match="two recurring jobs are named 'hourly'"):
        app.recurring("hourly", "report", args={"title": "stock"}, every=HOUR)


async def test_the_name_of_a_worker_is_refused() -> None:
    app, _ = reporting(every=HOUR)

    @app.worker(every=HOUR, name="hourly")
    async def tick() -> None: ...

    with pytest.raises(RegistrationError, match="has the name of a worker"):
        await AppHarness(app).__aenter__()


# ----------------------------------------------------------------------------------------------------- at run time


async def test_one_is_put_there_changed_listed_and_removed(harness: AppHarness) -> None:
    recurring = harness.get(RecurringJobManager)
    await recurring.put("daily", "report", args={"title": "stock"}, cron="0 13 * * *")
    found = await recurring.get("daily")
    assert found is not None
    assert (found.is_stored, found.next_at) == (True, datetime(2026, 3, 1, 13, tzinfo=UTC))
    await recurring.put("daily", "report", args={"title": "sales"}, cron="0 14 * * *")
    assert [(each.name, each.next_at) for each in await recurring.list()] == [
        ("daily", datetime(2026, 3, 1, 14, tzinfo=UTC))
    ]
    await harness.advance(3 * HOUR)
    assert [args.title for args in harness.enqueued("report")] == ["sales"]
    assert await recurring.remove("daily")
    assert not await recurring.remove("daily")
    assert await recurring.get("daily") is None
    await harness.advance(timedelta(days=1))
    assert len(harness.enqueued("report")) == 1


async def test_one_that_the_code_declares_is_left_to_the_code() -> None:
    app, _ = reporting(every=HOUR)
    async with AppHarness(app, start=NOON) as harness:
        with pytest.raises(RegistrationError, match="'hourly' is declared in the code"):
            await harness.get(RecurringJobManager).put("hourly", "report", args={"title": "x"}, every=HOUR)


async def test_a_worker_is_no_recurring_job(harness: AppHarness) -> None:
    assert await harness.get(RecurringJobManager).get("nothing") is None
    assert not await harness.get(RecurringJobManager).remove("nothing")


async def test_it_can_be_triggered_and_paused_like_a_worker(harness: AppHarness) -> None:
    recurring, workers = harness.get(RecurringJobManager), harness.get(WorkerControl)
    await recurring.put("daily", "report", args={"title": "stock"}, cron="0 13 * * *")
    assert await workers.pause("daily")
    await harness.advance(2 * HOUR)
    assert harness.enqueued("report") == []
    assert await workers.trigger("daily")
    await harness.advance(timedelta(seconds=1))
    assert len(harness.enqueued("report")) == 1


async def test_one_of_the_code_cannot_be_removed_at_run_time() -> None:
    app, _ = reporting(every=HOUR)
    async with AppHarness(app, start=NOON) as harness:
        recurring = harness.get(RecurringJobManager)
        with pytest.raises(RegistrationError, match="take it out there, or hold it with"):
            await recurring.remove("hourly")
        assert await recurring.get("hourly") is not None


async def test_what_is_carried_where_it_is_put_stays_there(harness: AppHarness) -> None:
    recurring = harness.get(RecurringJobManager)
    with carry(tenant="acme"):
        await recurring.put("daily", "report", args={"title": "stock"}, every=HOUR, headers={"region": "north"})
    await harness.advance(HOUR)
    (job,) = await harness.inspector.find_jobs(JobFilter(tag="recurring:daily"))
    assert "tenant" not in job.headers
    assert job.headers["region"] == "north"


@pytest.mark.guide(19)
async def test_one_that_is_put_there_to_come_too_often_is_named(harness: AppHarness) -> None:
    told: list[WorkerTooFrequent] = []
    harness.get(LifecycleEvents).subscribe(WorkerTooFrequent, told.append)
    await harness.get(RecurringJobManager).put("eager", "report", args={"title": "x"}, every=timedelta(milliseconds=5))
    assert told == [WorkerTooFrequent("eager", timedelta(milliseconds=5), is_recurring_job=True)]
