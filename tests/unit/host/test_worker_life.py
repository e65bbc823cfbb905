"""The life of workers in one process: told of when they begin, and named when they tick too often."""

from datetime import timedelta

import pytest

from dawam import App, PeriodicWorkerContext
from dawam.events.lifecycle import WorkerStarted, WorkerTooFrequent
from dawam.testing import AppHarness


async def nothing(context: PeriodicWorkerContext) -> None:
    """Work that is done at once."""


@pytest.mark.guide(19)
@pytest.mark.parametrize(
    ("every", "shortest", "said"),
    [
        (timedelta(milliseconds=999), "1s", [timedelta(milliseconds=999)]),
        (timedelta(seconds=1), "1s", []),
        (timedelta(milliseconds=1), None, []),
    ],
)
async def test_a_worker_that_ticks_too_often_is_named_once_when_it_begins(
    every: timedelta, shortest: str | None, said: list[timedelta]
) -> None:
    app, gaps = App(), list[timedelta]()
    app.events.subscribe(WorkerTooFrequent, lambda event: gaps.append(event.gap))
    app.worker(every=every, name="eager")(nothing)
    async with AppHarness(app, settings={"BackgroundWorkers.ShortestPeriod": shortest}):
        assert gaps == said


@pytest.mark.guide(19)
async def test_so_is_one_whose_calendar_comes_too_often() -> None:
    app, gaps = App(), list[timedelta]()
    app.events.subscribe(WorkerTooFrequent, lambda event: gaps.append(event.gap))
    app.worker(cron="0,1 * * * *", name="eager")(nothing)
    async with AppHarness(app, settings={"BackgroundWorkers.ShortestPeriod": "2m"}):
        assert gaps == [timedelta(minutes=1)]


@pytest.mark.guide(19)
async def test_so_is_a_recurring_job_that_the_code_has() -> None:
    app, eager = App(), list[WorkerTooFrequent]()
    app.events.subscribe(WorkerTooFrequent, eager.append)

    @app.job("shop.count")
    async def count() -> None: ...

    app.recurring("eager", count.call(), every=timedelta(milliseconds=200))
    app.recurring("calm", count.call(), cron="0 3 * * *")
    async with AppHarness(app):
        assert eager == [WorkerTooFrequent("eager", timedelta(milliseconds=200), is_recurring_job=True)]


async def test_disabled_workers_are_accepted_and_never_run() -> None:
    app, started = App(), list[str]()
    app.events.subscribe(WorkerStarted, lambda event: started.append(event.worker))
    app.worker(every=timedelta(minutes=1), name="never", run_on_start=True)(nothing)
    async with AppHarness(app, settings={"BackgroundWorkers.IsEnabled": False}) as harness:
        assert (await harness.advance(timedelta(hours=1))).succeeded == 0
    assert started == []
