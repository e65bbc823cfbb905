"""The job manager: what is enqueued is stored, all or none, and told; inside a transaction it shares its fate."""

import asyncio
import gc
import logging
import sqlite3
import threading
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import aiosqlite
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import Session

from dawam import (
    App,
    AsyncBackgroundJob,
    BackgroundJob,
    JobContext,
    LocalEventBus,
    LocalEventHandler,
    Module,
    Priority,
    Services,
    UnitOfWork,
    carry,
    injected,
    job_args,
)
from dawam.clock import SystemClock
from dawam.errors import (
    ArgsError,
    EnqueueError,
    NotRunningError,
    NotSupportedError,
    SettingsError,
    StoreBusyError,
    TransactionError,
)
from dawam.events.lifecycle import JobEnqueued, JobStarted
from dawam.integrations.sqlalchemy import SqlAlchemyUnitOfWork
from dawam.jobs.record import JobInfo
from dawam.manager import BackgroundJobManager
from dawam.preparation import ABSENT, EnqueueOptions
from dawam.runtime import Runtime
from dawam.stores.sqlite.store import SqliteStore
from dawam.stores.values import Retention
from tests.support.applications import always, built, running, seen_by, until

MEMORY = {"Store.Url": "memory://"}


@job_args("orders.receipt")
@dataclass
class ReceiptArgs:
    order_id: int


class ReceiptJob(AsyncBackgroundJob[ReceiptArgs]):
    async def execute(self, args: ReceiptArgs) -> int:
        return args.order_id


@job_args("orders.archive")
@dataclass
class ArchiveArgs:
    order_id: int


class ArchiveJob(BackgroundJob[ArchiveArgs]):
    def execute(self, args: ArchiveArgs) -> int:
        return args.order_id


@job_args("orders.export")
@dataclass
class ExportArgs:
    order_id: int


class Shop(Module):
    def configure_services(self, services: Services) -> None:
        services.add_job(ReceiptJob)
        services.add_job(ArchiveJob)
        services.add_job_args(ExportArgs)


@pytest.fixture
def app() -> App:
    return App(Shop)


@pytest.fixture
async def runtime(app: App) -> AsyncIterator[Runtime]:
    async with running(app, settings=MEMORY, run_host=False) as runtime:
        yield runtime


@pytest.fixture
def jobs(runtime: Runtime) -> BackgroundJobManager:
    return runtime.parts.manager


async def stored(runtime: Runtime) -> list[JobInfo]:
    return await runtime.parts.desk.inspector.get_jobs(max_result_count=1000)


class TestEnqueueing:
    @pytest.mark.guide(1)
    @pytest.mark.abp(4, 5)
    @pytest.mark.parametrize(
        ("job", "args", "name"),
        [
            (ReceiptJob, ReceiptArgs(7), "orders.receipt"),
            (ArchiveJob, ArchiveArgs(7), "orders.archive"),
        ],
        ids=["async", "blocking"],
    )
    async def test_answers_with_the_id_under_which_the_store_has_the_job(
        self, runtime: Runtime, jobs: BackgroundJobManager, job: Any, args: Any, name: str
    ) -> None:
        enqueued = await jobs.enqueue(job, args)
        found = await runtime.parts.store.get(enqueued.id)
        assert found is not None
        assert (found.id, found.name, found.args, found.state) == (enqueued.id, name, '{"order_id":7}', "waiting")
        assert (str(enqueued), enqueued.name, enqueued.created) == (str(found.id), name, True)
        assert enqueued.run_at == found.run_at

    @pytest.mark.abp(6, 7)
    @pytest.mark.parametrize("name", ["orders.receipt", "orders.archive", "orders.export"])
    async def test_by_name_with_a_loose_mapping_stores_the_typed_job(
        self, runtime: Runtime, jobs: BackgroundJobManager, name: str
    ) -> None:
        await jobs.enqueue(name, {"order_id": 7, "unknown": True})
        assert [(job.name, job.args) for job in await stored(runtime)] == [(name, '{"order_id":7}')]

    async def test_needs_only_the_args_where_another_process_runs_the_job(
        self, runtime: Runtime, jobs: BackgroundJobManager
    ) -> None:
        enqueued = await jobs.enqueue(ExportArgs(7))
        assert await runtime.parts.store.get(enqueued.id) is not None

    @pytest.mark.abp(11)
    async def test_that_is_refused_stores_nothing(self, runtime: Runtime, jobs: BackgroundJobManager) -> None:
        wrong: list[tuple[Any, ...]] = [
            ("orders.nothing", {}),
            ("orders.receipt", {"order_id": "seven"}),
            (ReceiptJob, ArchiveArgs(7)),
            (ReceiptArgs("seven"),),  # type: ignore[arg-type]
            (object(),),
        ]
        for arguments in wrong:
            with pytest.raises(EnqueueError):
                await jobs.enqueue(*arguments)
        with pytest.raises(EnqueueError):
            await jobs.enqueue(ReceiptArgs(7), delay=timedelta(seconds=-1))
        assert await stored(runtime) == []

    async def test_keeps_what_was_said_of_queue_priority_and_delay(
        self, runtime: Runtime, jobs: BackgroundJobManager
    ) -> None:
        enqueued = await jobs.enqueue(ReceiptArgs(7), queue="slow", priority=Priority.LOW, delay=timedelta(hours=1))
        [job] = await stored(runtime)
        assert (job.queue, job.priority, job.run_at) == ("slow", Priority.LOW, enqueued.run_at)
        assert job.run_at - job.created_at == timedelta(hours=1)
        assert (await runtime.parts.desk.inspector.counts()).scheduled == 1

    async def test_is_told(self, runtime: Runtime, jobs: BackgroundJobManager) -> None:
        seen = seen_by(runtime, JobEnqueued)
        enqueued = await jobs.enqueue(ReceiptArgs(7))
        assert [(event.job.id, event.created) for event in seen.events] == [(enqueued.id, True)]

    async def test_that_nobody_awaits_is_an_error_in_the_log_that_names_the_job(
        self, app: App, runtime: Runtime, jobs: BackgroundJobManager, caplog: pytest.LogCaptureFixture
    ) -> None:
        @app.job("greet")
        async def greet(name: str) -> None:
            return None

        jobs.enqueue(ReceiptJob, ReceiptArgs(7))
        jobs.enqueue(greet.call("Amal"))
        gc.collect()
        lines = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
        assert [line.split(":")[0] for line in lines] == [
            "job ReceiptJob was not enqueued",
            "job greet was not enqueued",
        ]
        assert all("never awaited; write `await" in line for line in lines)
        assert await stored(runtime) == []

    async def test_with_an_id_that_is_there_already_changes_nothing(self, runtime: Runtime) -> None:
        """An answer that was lost is asked for again: the client made the id."""
        prepared = runtime.parts.preparation.prepare(ReceiptArgs(7), ABSENT, EnqueueOptions()).job
        assert await runtime.parts.store.add([prepared]) == [True]
        assert await runtime.parts.store.add([prepared]) == [False]
        assert len(await stored(runtime)) == 1

    async def test_on_an_application_that_was_closed_is_refused(self, app: App) -> None:
        async with running(app, settings=MEMORY, run_host=False) as runtime:
            jobs = runtime.parts.manager
        with pytest.raises(NotRunningError, match="not open"):
            await jobs.enqueue(ReceiptArgs(7))

    async def test_in_one_application_is_not_seen_by_another(self, tmp_path: Path) -> None:
        shared = {"Store.Url": f"sqlite:///{tmp_path}/jobs.db"}
        async with (
            running(App(Shop, application="shop"), settings=shared, run_host=False) as shop,
            running(App(Shop, application="depot"), settings=shared, run_host=False) as depot,
        ):
            enqueued = await shop.parts.manager.enqueue(ReceiptArgs(7))
            assert await stored(depot) == []
            assert await depot.parts.store.get(enqueued.id) is None
            assert [job.id for job in await stored(shop)] == [enqueued.id]


class TestEnqueueingMany:
    async def test_answers_in_order(self, runtime: Runtime, jobs: BackgroundJobManager) -> None:
        enqueued = await jobs.enqueue_many([ReceiptArgs(3), ArchiveArgs(1), ReceiptArgs(2)], queue="slow")
        found = {job.id: job for job in await stored(runtime)}
        assert [(each.name, found[each.id].args) for each in enqueued] == [
            ("orders.receipt", '{"order_id":3}'),
            ("orders.archive", '{"order_id":1}'),
            ("orders.receipt", '{"order_id":2}'),
        ]
        assert {job.queue for job in found.values()} == {"slow"}

    async def test_stores_none_when_one_is_refused(self, runtime: Runtime, jobs: BackgroundJobManager) -> None:
        with pytest.raises(ArgsError):
            await jobs.enqueue_many([ReceiptArgs(1), ReceiptArgs("two"), ReceiptArgs(3)])  # type: ignore[arg-type]
        assert await stored(runtime) == []

    async def test_of_nothing_is_nothing(self, jobs: BackgroundJobManager) -> None:
        assert await jobs.enqueue_many([]) == []

    async def test_takes_whatever_can_be_walked_once(self, runtime: Runtime, jobs: BackgroundJobManager) -> None:
        assert len(await jobs.enqueue_many(ReceiptArgs(number) for number in range(250))) == 250
        assert len(await stored(runtime)) == 250


class TestWhatIsCarried:
    async def test_headers_reach_the_job_and_its_follow_ups(self) -> None:
        app = App()
        seen: list[tuple[str, dict[str, str]]] = []

        @app.job("second")
        async def second(context: JobContext = injected) -> None:
            seen.append(("second", dict(context.headers)))

        @app.job("third")
        def third(context: JobContext = injected) -> None:
            seen.append(("third", dict(context.headers)))
            third_follow_up.enqueue_sync()

        @app.job("from a thread")
        async def third_follow_up(context: JobContext = injected) -> None:
            seen.append(("from a thread", dict(context.headers)))

        @app.job("first")
        async def first(context: JobContext = injected) -> None:
            await context.enqueue(second.call())
            with carry(step="third"):
                await third.enqueue()

        async with running(app, settings=MEMORY) as runtime:
            with carry(tenant="acme"):
                enqueued = await first.enqueue()
            await until(lambda: len(seen) == 3)
            parents = {job.name: job.parent for job in await stored(runtime)}
        carried = {"tenant": "acme", "correlation_id": str(enqueued.id)}
        assert dict(seen) == {
            "second": carried,
            "third": {**carried, "step": "third"},
            "from a thread": {**carried, "step": "third"},
        }
        assert parents["second"] == parents["third"] == enqueued.id
        assert parents["first"] is None

    async def test_a_follow_up_exists_only_when_the_attempt_was_settled(self) -> None:
        app = App()
        may_end = asyncio.Event()

        @app.job("second")
        async def second() -> None:
            return None

        @app.job("first")
        async def first(context: JobContext = injected) -> None:
            await context.enqueue(second.call())
            await context.enqueue(second.call(), now=True)
            await may_end.wait()

        async with running(app, settings=MEMORY) as runtime:
            enqueued = await first.enqueue()
            await until(lambda: _count(runtime, "second", 1))
            may_end.set()
            await enqueued.result(within=timedelta(seconds=5))
            await until(lambda: _count(runtime, "second", 2))

    async def test_a_job_in_a_thread_has_follow_ups_that_commit_with_its_settlement_too(self) -> None:
        app = App()
        may_end = threading.Event()

        @app.job("second")
        async def second() -> None:
            return None

        @app.job("first")
        def first(context: JobContext = injected) -> None:
            context.enqueue_sync(second.call())
            may_end.wait(5)

        async with running(app, settings=MEMORY) as runtime:
            enqueued = await first.enqueue()
            await until(lambda: _is_running(runtime, enqueued.id))
            assert await _count(runtime, "second", 0)
            may_end.set()
            await enqueued.result(within=timedelta(seconds=5))
            await until(lambda: _count(runtime, "second", 1))


async def _is_running(runtime: Runtime, job_id: UUID) -> bool:
    job = await runtime.parts.desk.inspector.get_job(job_id)
    return job is not None and job.state == "running"


async def _count(runtime: Runtime, name: str, expected: int) -> bool:
    return len(await runtime.parts.desk.inspector.get_jobs(name=name)) == expected


# ------------------------------------------------------------------------------------------ transactions


class Orders:
    """Business data and jobs in one file, with a host running all the while."""

    def __init__(self, path: Path, runtime: Runtime, ran: list[int]) -> None:
        self.path, self.runtime, self.ran = path, runtime, ran
        self.jobs = runtime.parts.manager

    def count(self) -> int:
        db = sqlite3.connect(self.path)
        (count,) = db.execute("SELECT count(*) FROM shop_order").fetchone()
        db.close()
        return int(count)

    async def nothing_runs(self) -> None:
        """Long enough for a host that was woken, or that polls."""
        await asyncio.sleep(0.15)
        assert self.ran == []

    async def pay_and_fail(self, unit_of_work: SqlAlchemyUnitOfWork) -> None:
        async with unit_of_work.begin() as session:
            await session.execute(text(ORDER))
            await self.jobs.enqueue(*RECEIPT)
            raise LookupError

    async def has_run(self, *order_ids: int) -> None:
        await until(lambda: sorted(self.ran) == sorted(order_ids))


@asynccontextmanager
async def orders_in(path: Path) -> AsyncGenerator[Orders, None]:
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE shop_order (id INTEGER PRIMARY KEY)")
    db.close()
    ran: list[int] = []
    app = App()

    @app.job("orders.receipt")
    async def receipt(order_id: int) -> None:
        ran.append(order_id)

    store = SqliteStore(path, clock=SystemClock(), retention=Retention(), patience=timedelta(milliseconds=300))
    settings = {"Host.Poll": "50ms"}
    async with running(app, settings=settings, store=always(store)) as runtime:
        yield Orders(path, runtime, ran)


@pytest.fixture
async def orders(tmp_path: Path) -> AsyncIterator[Orders]:
    async with orders_in(tmp_path / "shop.db") as orders:
        yield orders


ORDER = "INSERT INTO shop_order (id) VALUES (7)"
RECEIPT = ("orders.receipt", {"order_id": 7})


class TestInTheCallersTransaction:
    """Each kind: the host runs nothing before the commit; commit shows order and job, rollback neither."""

    async def test_of_sqlite3(self, orders: Orders) -> None:
        db = sqlite3.connect(orders.path)
        for end in (db.rollback, db.commit):
            db.execute(ORDER)
            await orders.jobs.enqueue(*RECEIPT, transaction=db)
            await orders.nothing_runs()
            end()
            assert orders.count() == (1 if end == db.commit else 0)
        await orders.has_run(7)
        db.close()

    async def test_of_aiosqlite(self, orders: Orders) -> None:
        async with aiosqlite.connect(orders.path) as db:
            for end, count in ((db.rollback, 0), (db.commit, 1)):
                await db.execute(ORDER)
                await orders.jobs.enqueue(*RECEIPT, transaction=db)
                await orders.nothing_runs()
                await end()
                assert orders.count() == count
        await orders.has_run(7)

    @pytest.mark.parametrize("kind", ["session", "connection"])
    async def test_of_sqlalchemy(self, orders: Orders, kind: str) -> None:
        engine = create_engine(f"sqlite:///{orders.path}")
        place: Any = Session(engine) if kind == "session" else engine.connect()
        for end, count in ((place.rollback, 0), (place.commit, 1)):
            place.execute(text(ORDER))
            await orders.jobs.enqueue(*RECEIPT, transaction=place)
            await orders.nothing_runs()
            end()
            assert orders.count() == count
        await orders.has_run(7)
        place.close()
        engine.dispose()

    @pytest.mark.parametrize("kind", ["session", "connection"])
    async def test_of_async_sqlalchemy(self, orders: Orders, kind: str) -> None:
        engine = create_async_engine(f"sqlite+aiosqlite:///{orders.path}")
        place: Any = AsyncSession(engine) if kind == "session" else AsyncConnection(engine)
        if kind == "connection":
            await place.start()
        for end, count in ((place.rollback, 0), (place.commit, 1)):
            await place.execute(text(ORDER))
            await orders.jobs.enqueue(*RECEIPT, transaction=place)
            await orders.nothing_runs()
            await end()
            assert orders.count() == count
        await orders.has_run(7)
        await place.close()
        await engine.dispose()

    async def test_many_at_once_share_its_fate(self, orders: Orders) -> None:
        db = sqlite3.connect(orders.path)
        receipt = orders.runtime.parts.functions[0]
        enqueued = await orders.jobs.enqueue_many([receipt.call(n) for n in range(3)], transaction=db)
        assert [each.created for each in enqueued] == [True] * 3
        await orders.nothing_runs()
        db.commit()
        await orders.has_run(0, 1, 2)
        db.close()

    async def test_a_session_wakes_the_host_when_it_commits(self, tmp_path: Path) -> None:
        """Its poll is an hour away, so that nothing but the doorbell can have woken it."""
        started = asyncio.Event()
        app = App()

        @app.job("orders.receipt")
        async def receipt(order_id: int) -> None:
            started.set()

        path = tmp_path / "shop.db"
        settings = {"Store.Url": f"sqlite:///{path}", "Host.Poll": "1h"}
        async with running(app, settings=settings) as runtime:
            engine = create_async_engine(f"sqlite+aiosqlite:///{path}")
            seen = seen_by(runtime, JobEnqueued)
            await asyncio.sleep(0.1)  # the first looks are over
            async with AsyncSession(engine) as session, session.begin():
                await runtime.parts.manager.enqueue(*RECEIPT, transaction=session)
                assert seen.events == []
            assert len(seen.events) == 1
            async with asyncio.timeout(5):
                await started.wait()
            await engine.dispose()

    async def test_on_another_database_is_refused_and_nothing_is_stored(self, orders: Orders, tmp_path: Path) -> None:
        db = sqlite3.connect(tmp_path / "other.db")
        with pytest.raises(TransactionError, match="only a transaction on the job store's own database") as raised:
            await orders.jobs.enqueue(*RECEIPT, transaction=db)
        assert "other.db" in str(raised.value)
        assert "shop.db" in str(raised.value)
        db.close()
        await orders.nothing_runs()

    async def test_that_is_none_is_refused_naming_what_was_expected(self, orders: Orders) -> None:
        with pytest.raises(TransactionError, match="pass the object on which your own statements run"):
            await orders.jobs.enqueue(*RECEIPT, transaction=object())

    async def test_on_a_store_that_cannot_is_refused(self, runtime: Runtime, tmp_path: Path) -> None:
        db = sqlite3.connect(tmp_path / "shop.db")
        with pytest.raises(NotSupportedError, match="transactional enqueue: leave transaction= out"):
            await runtime.parts.manager.enqueue(ReceiptArgs(7), transaction=db)
        db.close()

    async def test_without_transaction_it_waits_for_the_callers_own_lock_and_says_so(self, orders: Orders) -> None:
        db = sqlite3.connect(orders.path)
        db.execute(ORDER)
        with pytest.raises(StoreBusyError, match="pass it as transaction=, or commit it first"):
            await orders.jobs.enqueue(*RECEIPT)
        db.rollback()
        db.close()


# ------------------------------------------------------------------------------------------ units of work


@dataclass(frozen=True)
class OrderPaid:
    order_id: int


class SendReceipt(LocalEventHandler[OrderPaid]):
    def __init__(self, jobs: BackgroundJobManager) -> None:
        self._jobs = jobs

    async def handle_event(self, event: OrderPaid) -> None:
        await self._jobs.enqueue("orders.receipt", {"order_id": event.order_id})


class Handlers(Module):
    def configure_services(self, services: Services) -> None:
        services.add_event_handler(SendReceipt)


@asynccontextmanager
async def paying(jobs_in: Path, data_in: Path) -> AsyncGenerator[tuple[Orders, SqlAlchemyUnitOfWork], None]:
    db = sqlite3.connect(data_in)
    db.execute("CREATE TABLE shop_order (id INTEGER PRIMARY KEY)")
    db.close()
    ran: list[int] = []
    app = App(Handlers)

    @app.job("orders.receipt")
    async def receipt(order_id: int) -> None:
        ran.append(order_id)

    store = SqliteStore(jobs_in, clock=SystemClock(), retention=Retention(), patience=timedelta(milliseconds=300))
    engine = create_async_engine(f"sqlite+aiosqlite:///{data_in}")
    async with running(app, settings={"Host.Poll": "50ms"}, store=always(store)) as runtime:
        yield Orders(data_in, runtime, ran), SqlAlchemyUnitOfWork(async_sessionmaker(engine))
    await engine.dispose()


class TestInAUnitOfWork:
    @pytest.mark.guide(2, 10)
    async def test_on_the_same_file_a_handler_neither_blocks_itself_nor_runs_early(self, tmp_path: Path) -> None:
        async with paying(tmp_path / "shop.db", tmp_path / "shop.db") as (orders, unit_of_work):
            bus = orders.runtime.parts.container
            async with unit_of_work.begin() as session:
                await session.execute(text(ORDER))  # the write lock is held from here
                await (await bus.get(LocalEventBus)).publish(OrderPaid(7))
                await orders.jobs.enqueue("orders.receipt", {"order_id": 8})
                await orders.nothing_runs()
            await orders.has_run(7, 8)
            assert orders.count() == 1

    async def test_that_is_rolled_back_leaves_neither_order_nor_job(self, tmp_path: Path) -> None:
        async with paying(tmp_path / "shop.db", tmp_path / "shop.db") as (orders, unit_of_work):
            with pytest.raises(LookupError):
                await orders.pay_and_fail(unit_of_work)
            await orders.nothing_runs()
            assert orders.count() == 0
            assert await stored(orders.runtime) == []

    async def test_on_another_database_the_job_is_enqueued_after_the_commit(self, tmp_path: Path) -> None:
        async with paying(tmp_path / "jobs.db", tmp_path / "shop.db") as (orders, unit_of_work):
            async with unit_of_work.begin() as session:
                await session.execute(text(ORDER))
                enqueued = await orders.jobs.enqueue(*RECEIPT)
                assert await orders.runtime.parts.store.get(enqueued.id) is None
                await orders.nothing_runs()
            await orders.has_run(7)
            assert orders.count() == 1

    async def test_on_another_database_a_rollback_leaves_no_job(self, tmp_path: Path) -> None:
        async with paying(tmp_path / "jobs.db", tmp_path / "shop.db") as (orders, unit_of_work):
            with pytest.raises(LookupError):
                await orders.pay_and_fail(unit_of_work)
            await orders.nothing_runs()
            assert await stored(orders.runtime) == []

    @pytest.mark.parametrize("store", ["memory://", "sqlite"])
    async def test_of_a_kind_that_we_do_not_know_the_job_waits_for_its_commit(self, tmp_path: Path, store: str) -> None:
        class Documents(UnitOfWork[str]):
            @asynccontextmanager
            async def transaction(self) -> AsyncGenerator[str, None]:
                yield "a document database's transaction"

        url = f"sqlite:///{tmp_path}/jobs.db" if store == "sqlite" else store
        async with running(App(Shop), settings={"Store.Url": url}, run_host=False) as runtime:
            async with Documents().begin():
                await runtime.parts.manager.enqueue(ReceiptArgs(7))
                assert await stored(runtime) == []
            assert len(await stored(runtime)) == 1


class TestTheStartOfAJob:
    async def test_a_job_starts_at_once_when_it_is_enqueued_in_the_same_process(self) -> None:
        """The poll is an hour away: the bell wakes the host."""
        app = App(Shop)
        async with running(app, settings={**MEMORY, "Host.Poll": "1h"}) as runtime:
            seen = seen_by(runtime, JobStarted)
            await asyncio.sleep(0.05)
            enqueued = await runtime.parts.manager.enqueue(ReceiptArgs(7))
            assert await enqueued.result(within=timedelta(seconds=5)) == 7
            assert [event.job.id for event in seen.events] == [enqueued.id]

    @pytest.mark.guide(11, 12)
    async def test_where_execution_is_switched_off_jobs_are_enqueued_and_none_is_run(self) -> None:
        app = App(Shop)
        settings = {**MEMORY, "BackgroundJobs.IsJobExecutionEnabled": False, "Host.Poll": "10ms"}
        async with running(app, settings=settings) as runtime:
            enqueued = await runtime.parts.manager.enqueue(ReceiptArgs(7))
            await asyncio.sleep(0.1)
            job = await runtime.parts.store.get(enqueued.id)
            assert job is not None
            assert job.state == "waiting"
            (host,) = await runtime.parts.store.hosts()  # it ticks workers, and serves no queue
            assert host.queues == ()


def test_a_store_that_nobody_knows_is_refused_with_those_that_are() -> None:
    with pytest.raises(SettingsError, match="names no store that is known: memory://, sqlite://"):
        built(App(), settings={"Store.Url": "mongodb://jobs"})


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("mysql://me:hunter2@host/db", "mysql://..."),
        ("me:hunter2@host/db", "..."),
        ("mysql://host/db?password=hunter2", "mysql://..."),
        ("postgresql+psycopg://host:5432/db", "postgresql+psycopg://host:5432/db"),
        ("dawam.db", "dawam.db"),
    ],
)
def test_of_a_store_that_nobody_knows_only_what_is_no_secret_is_shown(url: str, shown: str) -> None:
    with pytest.raises(SettingsError) as raised:
        built(App(), settings={"Store.Url": url})

    assert str(raised.value).startswith(f"Store.Url {shown!r} names no store")
    assert "hunter2" not in str(raised.value)
