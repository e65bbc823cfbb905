"""Jobs in the transaction of a caller's own connection, on real files: there on commit, gone on rollback."""

import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import aiosqlite
import pytest
from sqlalchemy import create_engine, event, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import Session

from dawam.clock import SystemClock
from dawam.errors import SchemaError, StoreBusyError, TransactionError
from dawam.ids import new_id
from dawam.jobs.priority import Priority
from dawam.jobs.record import NewJob
from dawam.opening import TRANSACTIONS
from dawam.stores.sqlite.store import SqliteStore
from dawam.stores.transaction import Transactions
from dawam.stores.values import Statement

transactions = Transactions(TRANSACTIONS)


def a_job() -> NewJob:
    now = datetime.now(UTC)
    return NewJob(
        id=new_id(),
        name="shop.receipt",
        args=b"{}",
        queue="default",
        priority=Priority.NORMAL,
        created_at=now,
        run_at=now,
    )


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(tmp_path / "shop.db", clock=SystemClock())
    await store.open()
    with sqlite3.connect(store.path) as db:
        db.execute("CREATE TABLE shop_order (id INTEGER PRIMARY KEY)")
    db.close()
    yield store
    await store.close()


@pytest.fixture
async def engine(store: SqliteStore) -> AsyncIterator[AsyncEngine]:
    engine = create_async_engine(f"sqlite+aiosqlite:///{store.path}")
    yield engine
    await engine.dispose()


def orders(store: SqliteStore) -> int:
    db = sqlite3.connect(store.path)
    (count,) = db.execute("SELECT count(*) FROM shop_order").fetchone()
    db.close()
    return int(count)


class TestASqlite3Connection:
    @pytest.fixture
    def db(self, store: SqliteStore) -> sqlite3.Connection:
        return sqlite3.connect(store.path)

    def enqueue(self, store: SqliteStore, db: sqlite3.Connection, *jobs: NewJob) -> None:
        transaction = transactions.adapt(db)
        assert not transaction.is_async
        assert transaction.database_blocking() == store.database
        transaction.run_blocking(store.add_statements(jobs))

    async def test_shows_order_and_job_after_the_commit_and_not_before(
        self, store: SqliteStore, db: sqlite3.Connection
    ) -> None:
        job, second = a_job(), a_job()
        db.execute("INSERT INTO shop_order DEFAULT VALUES")
        self.enqueue(store, db, job, second)
        assert await store.get(job.id) is None
        db.commit()
        assert orders(store) == 1
        assert await store.get(job.id) is not None
        assert await store.get(second.id) is not None
        db.close()

    async def test_shows_neither_after_a_rollback(self, store: SqliteStore, db: sqlite3.Connection) -> None:
        job = a_job()
        self.enqueue(store, db, job)  # begins the transaction, as an insert of the caller's own would
        db.execute("INSERT INTO shop_order DEFAULT VALUES")
        db.rollback()
        assert orders(store) == 0
        assert await store.get(job.id) is None
        db.close()

    async def test_a_savepoint_that_is_rolled_back_takes_the_job_away(
        self, store: SqliteStore, db: sqlite3.Connection
    ) -> None:
        kept, dropped = a_job(), a_job()
        self.enqueue(store, db, kept)
        db.execute("SAVEPOINT half")
        self.enqueue(store, db, dropped)
        db.execute("ROLLBACK TO half")
        db.commit()
        assert await store.get(kept.id) is not None
        assert await store.get(dropped.id) is None
        db.close()

    async def test_in_autocommit_mode_it_needs_an_open_transaction(self, store: SqliteStore) -> None:
        job = a_job()
        db = sqlite3.connect(store.path, isolation_level=None)
        with pytest.raises(TransactionError, match="execute BEGIN first, or leave transaction= out"):
            self.enqueue(store, db, job)
        db.execute("BEGIN")
        self.enqueue(store, db, job)
        db.execute("COMMIT")
        assert await store.get(job.id) is not None
        db.close()

    async def test_that_is_closed_is_refused(self, store: SqliteStore, db: sqlite3.Connection) -> None:
        db.close()
        with pytest.raises(TransactionError, match="closed database"):
            self.enqueue(store, db, a_job())

    async def test_waits_for_the_lock_as_long_as_the_caller_said_and_then_says_so(self, store: SqliteStore) -> None:
        holder, late = sqlite3.connect(store.path), sqlite3.connect(store.path, timeout=0)
        holder.execute("INSERT INTO shop_order DEFAULT VALUES")
        with pytest.raises(StoreBusyError):
            self.enqueue(store, late, a_job())
        holder.rollback()
        holder.close()
        late.close()

    def test_on_a_file_without_our_tables_names_the_cure(self, store: SqliteStore, tmp_path: Path) -> None:
        db = sqlite3.connect(tmp_path / "other.db")
        with pytest.raises(SchemaError, match="dawam store migrate"):
            transactions.adapt(db).run_blocking(store.add_statements([a_job()]))
        db.close()

    def test_names_its_file_whatever_path_leads_there(self, store: SqliteStore, tmp_path: Path) -> None:
        (tmp_path / "link.db").symlink_to(store.path)
        db = sqlite3.connect(tmp_path / "link.db")
        assert transactions.adapt(db).database_blocking() == store.database
        db.close()

    def test_in_memory_is_no_file(self, store: SqliteStore) -> None:
        db = sqlite3.connect(":memory:")
        name = transactions.adapt(db).database_blocking()
        assert name.startswith("sqlite::memory:")
        assert name != store.database
        db.close()

    def test_cannot_tell_of_its_commit(self, db: sqlite3.Connection) -> None:
        assert transactions.adapt(db).after_commit(lambda: None) is False
        db.close()


class TestAnAiosqliteConnection:
    async def enqueue(self, store: SqliteStore, db: aiosqlite.Connection, job: NewJob) -> None:
        transaction = transactions.adapt(db)
        assert transaction.is_async
        assert await transaction.database() == store.database
        await transaction.run(store.add_statements([job]))
        assert transaction.after_commit(lambda: None) is False

    async def test_commits_and_rolls_back_the_job_with_the_order(self, store: SqliteStore) -> None:
        lost, kept = a_job(), a_job()
        async with aiosqlite.connect(store.path) as db:
            await db.execute("INSERT INTO shop_order DEFAULT VALUES")
            await self.enqueue(store, db, lost)
            await db.rollback()
            await db.execute("INSERT INTO shop_order DEFAULT VALUES")
            await self.enqueue(store, db, kept)
            assert await store.get(kept.id) is None
            await db.commit()
        assert orders(store) == 1
        assert await store.get(lost.id) is None
        assert await store.get(kept.id) is not None

    async def test_with_rows_as_mappings_does_as_well(self, store: SqliteStore) -> None:
        async with aiosqlite.connect(store.path) as db:
            db.row_factory = aiosqlite.Row
            assert await transactions.adapt(db).database() == store.database

    async def test_in_autocommit_mode_or_closed_is_refused(self, store: SqliteStore) -> None:
        async with aiosqlite.connect(store.path, isolation_level=None) as db:
            with pytest.raises(TransactionError, match="execute BEGIN first"):
                await self.enqueue(store, db, a_job())
        with pytest.raises(TransactionError, match=r"[Cc]onnection"):
            await self.enqueue(store, db, a_job())


class TestASqlAlchemySession:
    async def enqueue(self, store: SqliteStore, session: AsyncSession, rung: list[str] | None = None) -> NewJob:
        job = a_job()
        transaction = transactions.adapt(session)
        assert transaction.is_async
        assert await transaction.database() == store.database
        await transaction.run(store.add_statements([job]))
        rings = rung if rung is not None else []
        assert transaction.after_commit(lambda: rings.append(str(job.id))) is True
        return job

    async def test_commits_the_job_with_the_order_and_tells_after_it(
        self, store: SqliteStore, engine: AsyncEngine
    ) -> None:
        rung: list[str] = []
        async with AsyncSession(engine) as session, session.begin():
            await session.execute(text("INSERT INTO shop_order DEFAULT VALUES"))
            job = await self.enqueue(store, session, rung)
            assert await store.get(job.id) is None
            assert rung == []
        assert orders(store) == 1
        assert await store.get(job.id) is not None
        assert rung == [str(job.id)]

    async def test_rolls_the_job_back_and_never_tells_of_it(self, store: SqliteStore, engine: AsyncEngine) -> None:
        rung: list[str] = []
        async with AsyncSession(engine) as session:
            rolled_back = await self.enqueue(store, session, rung)
            await session.rollback()
            committed = await self.enqueue(store, session, rung)
            await session.commit()
            await session.execute(text("INSERT INTO shop_order DEFAULT VALUES"))
            await session.commit()
        assert await store.get(rolled_back.id) is None
        assert rung == [str(committed.id)]

    async def test_closed_without_a_commit_forgets_what_waited_for_it(
        self, store: SqliteStore, engine: AsyncEngine
    ) -> None:
        rung: list[str] = []
        session = AsyncSession(engine)
        dropped = await self.enqueue(store, session, rung)
        await session.close()
        await session.execute(text("INSERT INTO shop_order DEFAULT VALUES"))
        await session.commit()
        await session.close()
        assert await store.get(dropped.id) is None
        assert rung == []

    @pytest.fixture
    def with_savepoints(self, engine: AsyncEngine) -> AsyncEngine:
        """sqlite3 begins too late for savepoints unless SQLAlchemy begins itself: the way its documentation gives."""

        @event.listens_for(engine.sync_engine, "connect")
        def leave_begin_to_us(connection: object, _: object) -> None:
            connection.isolation_level = None  # type: ignore[attr-defined]

        @event.listens_for(engine.sync_engine, "begin")
        def begin(connection: object) -> None:
            connection.exec_driver_sql("BEGIN")  # type: ignore[attr-defined]

        return engine

    async def test_a_savepoint_that_is_rolled_back_takes_the_job_away(
        self, store: SqliteStore, with_savepoints: AsyncEngine
    ) -> None:
        rung: list[str] = []
        async with AsyncSession(with_savepoints) as session, session.begin():
            outer = await self.enqueue(store, session, rung)
            savepoint = await session.begin_nested()
            dropped = await self.enqueue(store, session, rung)
            await savepoint.rollback()
            async with session.begin_nested():
                kept = await self.enqueue(store, session, rung)
            assert rung == []  # the end of a savepoint is no commit
        assert await store.get(dropped.id) is None
        assert rung == [str(outer.id), str(kept.id)]

    async def test_in_autocommit_mode_is_refused(self, store: SqliteStore, engine: AsyncEngine) -> None:
        autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")
        async with AsyncSession(autocommit) as session:
            with pytest.raises(TransactionError, match="execute BEGIN first"):
                await self.enqueue(store, session)

    async def test_without_a_bind_is_refused_with_the_cure(self) -> None:
        async with AsyncSession() as session:
            with pytest.raises(TransactionError, match="has no one database"):
                await transactions.adapt(session).database()

    async def test_whose_lock_another_holds_says_so(self, store: SqliteStore) -> None:
        impatient = create_async_engine(f"sqlite+aiosqlite:///{store.path}", connect_args={"timeout": 0})
        holder = sqlite3.connect(store.path)
        holder.execute("INSERT INTO shop_order DEFAULT VALUES")
        async with AsyncSession(impatient) as session:
            with pytest.raises(StoreBusyError):
                await self.enqueue(store, session)
        holder.rollback()
        holder.close()
        await impatient.dispose()

    async def test_that_blocks_does_the_same(self, store: SqliteStore) -> None:
        engine = create_engine(f"sqlite:///{store.path}")
        rung: list[str] = []
        lost, kept = a_job(), a_job()
        with Session(engine) as session:
            for job, end in ((lost, session.rollback), (kept, session.commit)):
                transaction = transactions.adapt(session)
                assert transaction.database_blocking() == store.database
                transaction.run_blocking(store.add_statements([job]))
                transaction.after_commit(lambda job=job: rung.append(str(job.id)))
                end()
        engine.dispose()
        assert await store.get(lost.id) is None
        assert rung == [str(kept.id)]


class TestASqlAlchemyConnection:
    async def test_commits_and_rolls_back_the_job(self, store: SqliteStore, engine: AsyncEngine) -> None:
        lost, kept = a_job(), a_job()
        async with engine.connect() as connection:
            await self.run(connection, store.add_statements([lost]))
            await connection.rollback()
            await self.run(connection, store.add_statements([kept]))
            await connection.commit()
        assert await store.get(lost.id) is None
        assert await store.get(kept.id) is not None

    async def run(self, connection: AsyncConnection, statements: Sequence[Statement]) -> None:
        transaction = transactions.adapt(connection)
        await transaction.run(statements)
        assert transaction.after_commit(lambda: None) is False

    async def test_that_blocks_does_the_same(self, store: SqliteStore) -> None:
        engine, job = create_engine(f"sqlite:///{store.path}"), a_job()
        with engine.begin() as connection:
            transaction = transactions.adapt(connection)
            assert transaction.database_blocking() == store.database
            transaction.run_blocking(store.add_statements([job]))
        engine.dispose()
        assert await store.get(job.id) is not None

    async def test_that_is_closed_or_not_started_is_refused(self, store: SqliteStore, engine: AsyncEngine) -> None:
        with pytest.raises(TransactionError, match="not open"):
            await transactions.adapt(engine.connect()).database()
        async with engine.connect() as connection:
            pass
        with pytest.raises(TransactionError, match="closed"):
            await transactions.adapt(connection).database()


class _Stranger:
    pass


@pytest.mark.parametrize("foreign", [_Stranger(), "BEGIN", lambda: None])
def test_what_is_no_connection_is_refused_with_what_was_expected(foreign: Callable[[], None] | str | _Stranger) -> None:
    with pytest.raises(TransactionError, match="aiosqlite, asyncpg, django, psycopg, sqlalchemy, sqlite3"):
        transactions.adapt(foreign)
