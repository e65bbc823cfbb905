"""Waiting for a result: typed where it succeeded, an error that says why where there is none."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from dawam import App, Cancel, Fail, Retry
from dawam.doorbells.base import Topic
from dawam.errors import (
    JobCancelledError,
    JobFailedError,
    NotRunningError,
    ResultNotKeptError,
    ResultTimeoutError,
)
from dawam.runtime import Runtime
from tests.support.applications import running

QUICK = {"Store.Url": "memory://", "Host.Poll": "20ms"}
SOON = timedelta(seconds=5)


@dataclass
class Invoice:
    number: int
    issued_at: datetime


@pytest.fixture
def app() -> App:
    return App()


@pytest.fixture
async def runtime(app: App) -> AsyncIterator[Runtime]:
    async with running(app, settings=QUICK) as runtime:
        yield runtime


async def test_a_result_comes_back_with_its_type(app: App) -> None:
    issued_at = datetime.fromisoformat("2026-01-05T09:00:00.123456+00:00")

    @app.job("invoice")
    async def invoice(number: int) -> Invoice:
        return Invoice(number, issued_at)

    async with running(app, settings=QUICK):
        assert await (await invoice.enqueue(7)).result(within=SOON) == Invoice(7, issued_at)


async def test_a_result_can_be_awaited_by_the_id_alone(app: App) -> None:
    @app.job("double")
    async def double(number: int) -> dict[str, int]:
        return {"doubled": number * 2}

    async with running(app, settings=QUICK) as runtime:
        manager, job = runtime.parts.manager, await double.enqueue(4)
        assert await manager.result(job.id, within=SOON) == {"doubled": 8}
        assert await manager.result(str(job), within=SOON) == {"doubled": 8}
        with pytest.raises(ValueError, match="is no job id"):
            await manager.result("12")


async def test_nothing_returned_is_none(app: App) -> None:
    @app.job("work")
    async def work() -> None:
        return None

    async with running(app, settings=QUICK):
        assert await (await work.enqueue()).result(within=SOON) is None


async def test_it_may_be_asked_for_after_the_end_and_by_several(app: App) -> None:
    @app.job("work")
    async def work() -> int:
        return 7

    async with running(app, settings=QUICK):
        job = await work.enqueue()
        assert await asyncio.gather(*(job.result(within=SOON) for _ in range(5))) == [7] * 5
        assert await job.result(within=SOON) == 7


async def test_the_bell_wakes_who_waits_long_before_the_next_look(app: App) -> None:
    began, may_end = asyncio.Event(), asyncio.Event()

    @app.job("work")
    async def work() -> int:
        began.set()
        await may_end.wait()
        return 7

    async with running(app, settings=QUICK):
        waiting = asyncio.create_task((await work.enqueue()).result())
        await began.wait()
        await asyncio.sleep(0.05)  # it has looked once, and waits
        may_end.set()
        async with asyncio.timeout(0.5):  # its poll is a second
            assert await waiting == 7


async def test_a_failed_job_raises_its_last_error(app: App) -> None:
    @app.job("work", retry=Retry(max_attempts=1))
    async def work() -> None:
        raise ValueError("no stock")

    async with running(app, settings=QUICK):
        job = await work.enqueue()
        with pytest.raises(JobFailedError, match=r"job 'work' .* failed: ValueError: no stock") as raised:
            await job.result(within=SOON)
        assert raised.value.job_id == job.id


async def test_a_job_that_gave_itself_up_has_failed_and_one_that_cancelled_itself_was_cancelled(app: App) -> None:
    @app.job("fail")
    async def fail() -> None:
        raise Fail("no such order")

    @app.job("cancel")
    async def cancel() -> None:
        raise Cancel("not needed")

    async with running(app, settings=QUICK):
        with pytest.raises(JobFailedError, match="no such order"):
            await (await fail.enqueue()).result(within=SOON)
        with pytest.raises(JobCancelledError, match="was cancelled"):
            await (await cancel.enqueue()).result(within=SOON)


async def test_a_job_that_a_person_cancels_while_somebody_waits(app: App) -> None:
    @app.job("work")
    async def work() -> None:
        return None

    async with running(app, settings=QUICK, run_host=False) as runtime:
        job = await work.enqueue()
        waiting = asyncio.create_task(job.result())
        await asyncio.sleep(0.01)
        await runtime.parts.desk.control.cancel(job.id)
        async with asyncio.timeout(0.5):
            with pytest.raises(JobCancelledError):
                await waiting


async def test_a_wait_that_is_too_long_ends_and_the_job_may_still_finish(app: App) -> None:
    may_end = asyncio.Event()

    @app.job("work")
    async def work() -> int:
        await may_end.wait()
        return 7

    async with running(app, settings=QUICK):
        job = await work.enqueue()
        with pytest.raises(ResultTimeoutError, match=r"did not finish within 0:00:00\.050000") as raised:
            await job.result(within=timedelta(milliseconds=50))
        assert isinstance(raised.value, TimeoutError)
        may_end.set()
        assert await job.result(within=SOON) == 7


async def test_the_callers_own_time_out_is_not_taken_for_ours(app: App) -> None:
    @app.job("work")
    async def work() -> None:
        return None

    async with running(app, settings=QUICK, run_host=False):
        job = await work.enqueue()
        with pytest.raises(TimeoutError) as raised:
            async with asyncio.timeout(0.03):
                await job.result()
        assert not isinstance(raised.value, ResultTimeoutError)


async def test_where_successful_jobs_are_deleted_it_says_so_at_once(app: App) -> None:
    @app.job("work")
    async def work() -> int:
        return 7

    async with running(app, settings={**QUICK, "BackgroundJobs.StoreSuccessfulJobs": False}):
        job = await work.enqueue()
        with pytest.raises(ResultNotKeptError, match=r"Set BackgroundJobs\.StoreSuccessfulJobs to true"):
            await job.result()


async def test_a_job_that_was_deleted_has_none(app: App) -> None:
    @app.job("work")
    async def work() -> int:
        return 7

    async with running(app, settings=QUICK, run_host=False) as runtime:
        job = await work.enqueue()
        waiting = asyncio.create_task(job.result())
        await asyncio.sleep(0.01)
        assert await runtime.parts.desk.control.delete(job.id)
        async with asyncio.timeout(0.5):
            with pytest.raises(ResultNotKeptError, match=r"there is no job .* it was deleted"):
                await waiting


async def test_a_job_that_is_not_committed_has_none_yet(app: App, tmp_path: Path) -> None:
    @app.job("work")
    async def work() -> int:
        return 7

    settings = {"Store.Url": f"sqlite:///{tmp_path}/jobs.db", "Host.Poll": "20ms"}
    async with running(app, settings=settings) as runtime:
        db = sqlite3.connect(tmp_path / "jobs.db")
        job = await runtime.parts.manager.enqueue(work.call(), transaction=db)
        with pytest.raises(ResultNotKeptError, match="if it was enqueued inside a transaction, commit that first"):
            await job.result()
        db.commit()
        assert await job.result(within=SOON) == 7
        db.close()


async def test_nothing_is_left_listening(app: App) -> None:
    @app.job("work")
    async def work() -> int:
        return 7

    async with running(app, settings=QUICK) as runtime:
        for _ in range(3):
            await (await work.enqueue()).result(within=SOON)
        doorbell = runtime.parts.store.doorbell
        assert doorbell._listeners[Topic.FINISHED] == ()  # type: ignore[attr-defined]


async def test_after_the_application_was_closed_there_is_nobody_to_ask(app: App, tmp_path: Path) -> None:
    @app.job("work")
    async def work() -> int:
        return 7

    async with running(app, settings={"Store.Url": f"sqlite:///{tmp_path}/jobs.db"}, run_host=False):
        job = await work.enqueue()
    with pytest.raises(NotRunningError):
        await job.result()
