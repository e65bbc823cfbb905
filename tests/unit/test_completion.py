"""Completing a job in a transaction: what cannot carry it is refused, and half of it is never committed."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiosqlite
import pytest

from dawam import App, JobContext
from dawam.clock import SystemClock
from dawam.errors import NotSupportedError, StoreBusyError, StoreError, TransactionError
from dawam.ids import new_host_id
from dawam.jobs.outcome import Settlement, Succeeded
from dawam.runtime import Runtime
from dawam.stores.sqlite.store import SqliteStore
from dawam.stores.values import CompletionStatements, Statement
from tests.support.applications import always, running
from tests.support.claims import claimed
from tests.support.hosts import host_info

app = App()


@app.job("charge")
async def charge() -> int:
    return 1


class Careless(SqliteStore):
    """Something more is executed at the end of a completion."""

    more: Statement

    def completion_statements(self, success: Settlement) -> CompletionStatements:
        found = super().completion_statements(success)
        return CompletionStatements(found.guard, [*found.rest, self.more])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "shop.db"


@pytest.fixture
def store(path: Path) -> SqliteStore:
    return SqliteStore(path, clock=SystemClock())


@pytest.fixture
async def runtime(store: SqliteStore, path: Path) -> AsyncIterator[Runtime]:
    async with running(app, store=always(store), run_host=False) as runtime:
        with closing(sqlite3.connect(path)) as db:
            db.execute("CREATE TABLE shop_order (id INTEGER)")
        yield runtime


@pytest.fixture
async def job(runtime: Runtime) -> JobContext:
    """One that runs here."""
    host = new_host_id()
    await runtime.parts.store.register(host_info(host, SystemClock().now()), timedelta(minutes=5))
    await runtime.parts.manager.enqueue(charge.call())
    [taken] = await runtime.parts.store.claim(host, ["default"], 1)
    return runtime.job_context(taken)


def orders(path: Path) -> int:
    with closing(sqlite3.connect(path)) as db:
        [(count,)] = db.execute("SELECT count(*) FROM shop_order").fetchall()
    return int(count)


async def state_of(runtime: Runtime, job: JobContext) -> str:
    found = await runtime.parts.store.get(job.id)
    assert found is not None
    return found.state


async def test_a_store_that_cannot_do_it_says_so_with_the_cure() -> None:
    async with running(app, settings={"Store.Url": "memory://"}, run_host=False) as runtime:
        context = runtime.job_context(claimed("charge"))
        with pytest.raises(NotSupportedError, match="no transactional completion: leave complete_in out"):
            await context.complete_in(object())
        with pytest.raises(NotSupportedError):
            context.complete_in_sync(object())
        assert context.completion is None


async def test_what_is_no_transaction_is_refused(job: JobContext) -> None:
    with pytest.raises(TransactionError, match="which is no connection or session of a known kind"):
        await job.complete_in("default")
    assert job.completion is None


async def test_an_asynchronous_connection_is_refused_in_blocking_code(job: JobContext, path: Path) -> None:
    async with aiosqlite.connect(path) as db:
        with pytest.raises(TransactionError, match="asynchronous Connection in blocking code"):
            job.complete_in_sync(db)
    assert job.completion is None


async def test_a_transaction_on_another_database_is_refused(job: JobContext, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other.db")) as db:
        with pytest.raises(TransactionError, match="jobs are kept in"):
            job.complete_in_sync(db)
        with pytest.raises(TransactionError, match="jobs are kept in"):
            await job.complete_in(db)
    assert job.completion is None


async def test_a_result_that_cannot_be_stored_is_refused_while_it_can_be_mended(
    runtime: Runtime, job: JobContext, path: Path
) -> None:
    with closing(sqlite3.connect(path)) as db:
        with pytest.raises(TypeError, match="the result of charge cannot be stored"):
            job.complete_in_sync(db, "one")
        job.complete_in_sync(db, 1)
        db.commit()
    assert job.completion == Succeeded(b"1")
    assert await state_of(runtime, job) == "succeeded"


async def test_a_blocking_connection_may_be_used_on_the_loop(runtime: Runtime, job: JobContext, path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        await job.complete_in(db, 1)
        db.commit()
    assert await state_of(runtime, job) == "succeeded"


async def test_a_lock_that_another_holds_is_said_and_the_attempt_goes_on_as_before(
    runtime: Runtime, job: JobContext, path: Path
) -> None:
    with closing(sqlite3.connect(path)) as holder, closing(sqlite3.connect(path, timeout=0)) as late:
        holder.execute("INSERT INTO shop_order VALUES (1)")
        with pytest.raises(StoreBusyError):
            job.complete_in_sync(late)
        holder.rollback()
        assert job.completion is None
        job.complete_in_sync(late)
        late.commit()
    assert await state_of(runtime, job) == "succeeded"


class TestWhenItFailsHalfway:
    """The job's row has been copied to history, and what comes next cannot be done."""

    @pytest.fixture
    def store(self, path: Path) -> Careless:
        return Careless(path, clock=SystemClock())

    async def test_nothing_of_the_transaction_is_committed(
        self, store: Careless, runtime: Runtime, job: JobContext, path: Path
    ) -> None:
        store.more = Statement("INSERT INTO dawam_job (id) VALUES (?)", [(b"1",)])
        with closing(sqlite3.connect(path)) as db:
            db.execute("INSERT INTO shop_order VALUES (1)")
            with pytest.raises(StoreError):
                job.complete_in_sync(db)
            db.commit()  # as if nothing had happened
        async with aiosqlite.connect(path) as connection:
            await connection.execute("INSERT INTO shop_order VALUES (1)")
            with pytest.raises(StoreError):
                await job.complete_in(connection)
            await connection.commit()
        assert (await state_of(runtime, job), orders(path), job.completion) == ("running", 0, None)

    async def test_also_when_it_is_interrupted_and_only_the_store_knows(
        self, store: Careless, runtime: Runtime, job: JobContext, path: Path
    ) -> None:
        began = asyncio.Event()
        loop = asyncio.get_running_loop()

        def slow(_: Any) -> int:
            loop.call_soon_threadsafe(began.set)
            return 1

        store.more = Statement("INSERT INTO shop_order VALUES (slow(?))", [(1,)] * 1_000)
        async with aiosqlite.connect(path) as connection:
            await connection.create_function("slow", 1, slow)
            completing = asyncio.create_task(job.complete_in(connection))
            await began.wait()
            completing.cancel()
            with pytest.raises(asyncio.CancelledError):
                await completing
            await connection.commit()
        assert (await state_of(runtime, job), orders(path)) == ("running", 0)
        assert job.completion == Succeeded()
