"""Jobs that settle themselves in their own transaction, on a host: their outcome is what the store says."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from dawam import App, JobContext, Retry, injected
from dawam.errors import JobFailedError
from dawam.events.lifecycle import CompletionLeftOpen, JobSettled
from dawam.host import completions
from dawam.jobs.outcome import HandedBack, Outcome, Retrying, SettleAnswer, Succeeded
from dawam.jobs.record import JobInfo
from dawam.runtime import Runtime
from dawam.stores.values import CancelAnswer
from tests.support.applications import running, seen_by, until

SOON = timedelta(seconds=20)
AT_ONCE = Retry(first_wait=timedelta(0), max_attempts=3)
MakeSession = async_sessionmaker[AsyncSession]


class Shop:
    """An application, the database that its jobs share with its orders, and sessions on it."""

    def __init__(self, url: str, make_session: MakeSession) -> None:
        self.url, self.make_session = url, make_session
        self.app = App()
        self.settings: dict[str, object] = {"Store.Url": url}

    async def insert(self, session: AsyncSession) -> None:
        await session.execute(text("INSERT INTO shop_order VALUES (1)"))

    async def orders(self) -> int:
        async with self.make_session() as session:
            return int(await session.scalar(text("SELECT count(*) FROM shop_order")) or 0)


@pytest.fixture(params=["sqlite", "postgresql"])
async def shop(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Shop]:
    if request.param == "sqlite":
        url, driver = f"sqlite:///{tmp_path / 'shop.db'}", "aiosqlite"
    else:
        url, driver = request.getfixturevalue("emptied_postgres_url"), "asyncpg"
    engine = create_async_engine(url.replace("://", f"+{driver}://", 1))
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE shop_order (id integer)"))
    yield Shop(url, async_sessionmaker(engine))
    await engine.dispose()


async def found(runtime: Runtime, job_id: Any) -> JobInfo:
    info = await runtime.parts.store.get(job_id)
    assert info is not None
    return info


def outcomes(seen: Any) -> list[tuple[Outcome, SettleAnswer]]:
    return [(event.outcome, event.answer) for event in seen.events]


async def test_a_job_that_completed_itself_is_told_of_as_any_that_succeeded(shop: Shop) -> None:
    @shop.app.job("charge")
    async def charge(context: JobContext = injected) -> int:
        async with shop.make_session() as session, session.begin():
            await shop.insert(session)
            await context.complete_in(session, 41)
        return 7  # the result was said before

    async with running(shop.app, settings=shop.settings) as runtime:
        seen = seen_by(runtime, JobSettled)
        job = await charge.enqueue()
        assert await job.result(within=SOON) == 41
        await until(lambda: bool(seen.events))
        assert outcomes(seen) == [(Succeeded(b"41"), SettleAnswer.ACCEPTED)]
        assert (await found(runtime, job.id)).attempt_count == 0
    assert await shop.orders() == 1


async def test_where_successes_are_not_kept_it_is_gone_and_told_of_all_the_same(shop: Shop) -> None:
    @shop.app.job("charge")
    async def charge(context: JobContext = injected) -> None:
        async with shop.make_session() as session, session.begin():
            await shop.insert(session)
            await context.complete_in(session)

    settings = {**shop.settings, "BackgroundJobs.StoreSuccessfulJobs": False}
    async with running(shop.app, settings=settings) as runtime:
        seen = seen_by(runtime, JobSettled)
        job = await charge.enqueue()
        await until(lambda: bool(seen.events))
        assert outcomes(seen) == [(Succeeded(), SettleAnswer.ACCEPTED)]
        assert await runtime.parts.store.get(job.id) is None
    assert await shop.orders() == 1


async def test_a_transaction_that_was_rolled_back_in_silence_is_a_failed_attempt(shop: Shop) -> None:
    @shop.app.job("charge", retry=AT_ONCE)
    async def charge(context: JobContext = injected) -> int:
        async with shop.make_session() as session:
            await shop.insert(session)
            await context.complete_in(session, context.attempt)
            if context.attempt == 2:
                await session.commit()
        return context.attempt

    async with running(shop.app, settings=shop.settings) as runtime:
        job = await charge.enqueue()
        assert await job.result(within=SOON) == 2
        [failure] = await runtime.parts.store.attempts(job.id)
        assert failure.error_type == "dawam.errors.CompletionRolledBack"
        assert "Commit after complete_in" in failure.error_message
        assert (await found(runtime, job.id)).attempt_count == 1
    assert await shop.orders() == 1


async def test_an_error_that_rolls_it_back_is_judged_as_it_is(shop: Shop) -> None:
    @shop.app.job("charge", retry=Retry(first_wait=timedelta(0), give_up_on=(PermissionError,)))
    async def charge(context: JobContext = injected) -> None:
        async with shop.make_session() as session, session.begin():
            await shop.insert(session)
            await context.complete_in(session)
            raise PermissionError("the card was refused")

    async with running(shop.app, settings=shop.settings) as runtime:
        job = await charge.enqueue()
        with pytest.raises(JobFailedError, match="the card was refused"):
            await job.result(within=SOON)
        assert (await found(runtime, job.id)).attempt_count == 1
    assert await shop.orders() == 0


async def test_an_error_after_the_commit_changes_nothing(shop: Shop) -> None:
    @shop.app.job("charge")
    async def charge(context: JobContext = injected) -> str:
        async with shop.make_session() as session, session.begin():
            await shop.insert(session)
            await context.complete_in(session, "done")
        raise ConnectionError("the mail server is away")

    async with running(shop.app, settings=shop.settings) as runtime:
        seen = seen_by(runtime, JobSettled)
        job = await charge.enqueue()
        assert await job.result(within=SOON) == "done"
        await until(lambda: bool(seen.events))
        assert outcomes(seen) == [(Succeeded(b'"done"'), SettleAnswer.ACCEPTED)]
        assert await runtime.parts.store.attempts(job.id) == []
    assert await shop.orders() == 1


async def test_a_time_limit_and_a_request_to_cancel_lose_to_a_commit(shop: Shop) -> None:
    committed = asyncio.Event()

    @shop.app.job("charge", time_limit=timedelta(milliseconds=500))
    async def charge(context: JobContext = injected) -> None:
        async with shop.make_session() as session, session.begin():
            await shop.insert(session)
            await context.complete_in(session)
        committed.set()
        await asyncio.get_running_loop().create_future()

    async with running(shop.app, settings=shop.settings) as runtime:
        seen = seen_by(runtime, JobSettled)
        job = await charge.enqueue()
        async with asyncio.timeout(20):
            await committed.wait()
        assert await runtime.parts.desk.control.cancel(job.id) is CancelAnswer.FINISHED
        await until(lambda: bool(seen.events))
        assert outcomes(seen) == [(Succeeded(), SettleAnswer.ACCEPTED)]
    assert await shop.orders() == 1


async def test_a_time_limit_before_the_commit_wins(shop: Shop) -> None:
    @shop.app.job("charge", time_limit=timedelta(milliseconds=200), retry=Retry(first_wait=timedelta(hours=1)))
    async def charge(context: JobContext = injected) -> None:
        async with shop.make_session() as session, session.begin():
            await shop.insert(session)
            await context.complete_in(session)
            await asyncio.get_running_loop().create_future()

    async with running(shop.app, settings=shop.settings) as runtime:
        seen = seen_by(runtime, JobSettled)
        job = await charge.enqueue()
        await until(lambda: bool(seen.events))
        [(outcome, answer)] = outcomes(seen)
        assert isinstance(outcome, Retrying)
        assert (outcome.error.type, answer) == ("dawam.errors.TimeLimitExceeded", SettleAnswer.ACCEPTED)
        assert (await found(runtime, job.id)).state == "waiting"
    assert await shop.orders() == 0


async def test_a_host_that_stops_before_the_commit_hands_the_job_back_uncharged(shop: Shop) -> None:
    completed = asyncio.Event()

    @shop.app.job("charge")
    async def charge(context: JobContext = injected) -> None:
        async with shop.make_session() as session, session.begin():
            await shop.insert(session)
            await context.complete_in(session)
            completed.set()
            await asyncio.get_running_loop().create_future()

    settings = {**shop.settings, "Host.ShutdownGrace": "100ms"}
    async with running(shop.app, settings=settings) as runtime:
        seen = seen_by(runtime, JobSettled)
        job = await charge.enqueue()
        async with asyncio.timeout(20):
            await completed.wait()
    [(outcome, answer)] = outcomes(seen)
    assert isinstance(outcome, HandedBack)
    assert answer is SettleAnswer.ACCEPTED
    async with running(shop.app, settings=shop.settings, run_host=False) as runtime:
        info = await found(runtime, job.id)
        assert (info.state, info.attempt_count, info.lost_count, info.crash_count) == ("waiting", 0, 0, 0)
    assert await shop.orders() == 0


async def test_follow_ups_of_a_completed_job_run(shop: Shop) -> None:
    ran = asyncio.Event()

    @shop.app.job("receipt")
    async def receipt() -> None:
        ran.set()

    @shop.app.job("charge")
    async def charge(context: JobContext = injected) -> None:
        await context.enqueue(receipt.call())
        async with shop.make_session() as session, session.begin():
            await context.complete_in(session)

    async with running(shop.app, settings={**shop.settings, "Host.Poll": "1h"}):
        await charge.enqueue()
        async with asyncio.timeout(20):
            await ran.wait()


async def test_a_transaction_that_stays_open_holds_up_no_other_job_and_is_told_of(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shop.url.startswith("sqlite"):
        pytest.skip("SQLite lets one transaction write at a time, so an open one holds up everybody")
    monkeypatch.setattr(completions, "_WARN_AFTER", 0.1)
    left_open: list[AsyncSession] = []

    @shop.app.job("forget", retry=Retry(max_attempts=1))
    async def forget(context: JobContext = injected) -> None:
        session = shop.make_session()
        left_open.append(session)
        await shop.insert(session)
        await context.complete_in(session)

    @shop.app.job("fail", retry=Retry(max_attempts=1))
    async def fail() -> None:
        raise ValueError("settled one by one, as that of the transaction will be")

    async with running(shop.app, settings=shop.settings) as runtime:
        told = seen_by(runtime, CompletionLeftOpen)
        forgotten = await forget.enqueue()
        await until(lambda: bool(told.events))
        with pytest.raises(JobFailedError):
            await (await fail.enqueue()).result(within=SOON)
        assert (await found(runtime, forgotten.id)).state == "running"
        assert [event.job.id for event in told.events] == [forgotten.id]

        await left_open[0].rollback()

        with pytest.raises(JobFailedError, match="CompletionRolledBack"):
            await forgotten.result(within=SOON)
        await left_open[0].close()
    assert await shop.orders() == 0


async def test_a_job_in_a_thread_completes_itself_in_a_blocking_transaction(shop: Shop) -> None:
    connect: Callable[..., Any] = psycopg.connect
    if shop.url.startswith("sqlite"):
        connect = sqlite3.connect

    @shop.app.job("charge", retry=AT_ONCE)
    def charge(context: JobContext = injected) -> int:
        connection = connect(shop.url.removeprefix("sqlite:///"))
        try:
            connection.execute("INSERT INTO shop_order VALUES (1)")
            context.complete_in_sync(connection, context.attempt)
            if context.attempt == 2:
                connection.commit()
        finally:
            connection.close()
        return context.attempt

    async with running(shop.app, settings=shop.settings) as runtime:
        job = await charge.enqueue()
        assert await job.result(within=SOON) == 2
        assert [each.error_type for each in await runtime.parts.store.attempts(job.id)] == [
            "dawam.errors.CompletionRolledBack"
        ]
    assert await shop.orders() == 1
