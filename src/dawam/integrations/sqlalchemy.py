"""SQLAlchemy: jobs in the transaction of a session or connection, and a unit of work made of a session factory.

services.add_instance(SqlAlchemyUnitOfWork(make_session), as_type=UnitOfWork[AsyncSession])

async with unit_of_work.begin() as session:
    session.add(product)
    await jobs.enqueue(...)          # joins: commits with the product, or is gone with it
    await bus.publish(...)           # handled just before the commit
"""

from collections.abc import AsyncIterator, Callable, Generator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager, suppress
from sqlite3 import Error as SqliteError
from typing import Any

from sqlalchemy import URL, Connection, event, make_url
from sqlalchemy.exc import DBAPIError, InvalidRequestError, UnboundExecutionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, async_sessionmaker
from sqlalchemy.orm import Session, SessionTransaction

from dawam.errors import SettingsError, TransactionError
from dawam.stores.postgres import foreign as postgres
from dawam.stores.postgres.words import OWN_WORDS
from dawam.stores.sqlite.transaction import DATABASE_LIST, explained, main_database, refuse_autocommit
from dawam.stores.values import Statement
from dawam.unit_of_work import UnitOfWork, current_unit_of_work

_DATABASE = "dawam.database"
_NOT_STARTED = "the connection passed as transaction= is not open: await its start() first"
_SQLITE, _POSTGRES, _ASYNCPG = "sqlite", "postgresql", "asyncpg"
_ENGINES = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
_WORDS_OF_SQLITE = ("synchronous",)
_AUTOCOMMIT_CURE = 'an isolation_level other than "AUTOCOMMIT"'


def engine_url(store_url: str) -> URL:
    """The URL of an async engine on the database that `Store.Url` names, so that one setting says where both are.

    A blocking engine, or one with another driver: `engine_url(...).set(drivername="postgresql+psycopg2")`.
    """
    url = make_url(store_url)
    if url.drivername not in _ENGINES:
        known = ", ".join(f"{scheme}://" for scheme in _ENGINES)
        raise SettingsError(f"a store on {url.drivername}:// is no database of SQLAlchemy's: {known} were expected")
    return url.difference_update_query([*OWN_WORDS, *_WORDS_OF_SQLITE]).set(drivername=_ENGINES[url.drivername])


class SqlAlchemyUnitOfWork(UnitOfWork[AsyncSession]):
    """Units of work on the sessions of one factory. One object serves a whole application."""

    def __init__(self, sessions: async_sessionmaker[AsyncSession]) -> None:
        self._sessions = sessions

    def transaction(self) -> AbstractAsyncContextManager[AsyncSession]:
        return self._sessions.begin()

    async def flush(self, transaction: AsyncSession) -> None:
        await transaction.flush()

    @property
    def origin(self) -> object:
        return self._sessions

    async def session(self) -> AsyncIterator[AsyncSession]:
        """The session of the current unit, or else one of its own that commits nothing by itself.

        `services.provide(unit_of_work.session)` has repositories of event handlers work in the unit that publishes.
        """
        unit = current_unit_of_work()
        if unit is not None and unit.origin is self.origin and isinstance(unit.transaction, AsyncSession):
            yield unit.transaction
            return
        async with self._sessions() as session:
            yield session


def adapt(foreign: object) -> "SqlAlchemyTransaction | None":
    """Wraps a `Session`, `AsyncSession`, `Connection` or `AsyncConnection`."""
    match foreign:
        case AsyncSession():
            return SqlAlchemyTransaction(foreign.sync_session, foreign.run_sync)
        case AsyncConnection():
            return SqlAlchemyTransaction(foreign.sync_connection, foreign.run_sync)
        case Session() | Connection():
            return SqlAlchemyTransaction(foreign)
        case _:
            return None


class SqlAlchemyTransaction:
    """The transaction of a session or connection. See `dawam.stores.transaction.Transaction`.

    `run_sync` is what the async kinds have to run blocking code with.
    """

    def __init__(self, place: Session | Connection | None, run_sync: Callable[..., Any] | None = None) -> None:
        self._place = place
        self._run_sync = run_sync

    @property
    def is_async(self) -> bool:
        return self._run_sync is not None

    async def database(self) -> str:
        return str(await self._on_loop(self.database_blocking))

    def database_blocking(self) -> str:
        with _speaking_our_words():
            connection = self._connection()
            known = connection.info.get(_DATABASE)  # kept by the driver's connection, which never changes its database
            if known is None:
                known = connection.info[_DATABASE] = _database_of(connection)
            return str(known)

    async def run(self, statements: Sequence[Statement]) -> None:
        await self._on_loop(lambda: self.run_blocking(statements))

    def run_blocking(self, statements: Sequence[Statement]) -> None:
        with _speaking_our_words():
            connection = self._connection()
            _refuse_autocommit(connection)
            for statement in statements:
                formed = _in_drivers_form(connection, statement)
                connection.exec_driver_sql(formed.sql, [tuple(row) for row in formed.rows])

    async def answers(self, statement: Statement) -> bool:
        return bool(await self._on_loop(lambda: self.answers_blocking(statement)))

    def answers_blocking(self, statement: Statement) -> bool:
        with _speaking_our_words():
            connection = self._connection()
            _refuse_autocommit(connection)
            return bool(_fetched(connection, statement))

    async def spoil(self) -> None:
        with suppress(Exception):
            await self._on_loop(self.spoil_blocking)

    def spoil_blocking(self) -> None:
        with suppress(Exception):
            connection = self._connection()
            if connection.dialect.name == _POSTGRES:
                _fetched(connection, postgres.SPOIL)  # it always fails
            elif self._place is not None:  # SQLite knows no transaction that lives on and cannot be committed
                self._place.rollback()

    def after_commit(self, callback: Callable[[], None]) -> bool:
        """Sessions tell of their commit; of a plain connection's SQLAlchemy tells only before it."""
        if not isinstance(self._place, Session):
            return False
        _CommitWatch.of(self._place).add(self._place, callback)
        return True

    def _connection(self) -> Connection:
        if self._place is None:
            raise TransactionError(_NOT_STARTED)
        return self._place.connection() if isinstance(self._place, Session) else self._place

    async def _on_loop(self, work: Callable[[], Any]) -> Any:
        if self._run_sync is None:  # it blocks
            return work()
        if self._place is None:
            raise TransactionError(_NOT_STARTED)

        def in_greenlet(_: object) -> Any:
            return work()

        with _speaking_our_words():
            return await self._run_sync(in_greenlet)


class _CommitWatch:
    """Calls back at the commit of a session, for what was not rolled back before; one for each session.

    A savepoint that is rolled back takes away what was done inside of it, though the session commits later.
    """

    def __init__(self, session: Session) -> None:
        self._waiting: list[tuple[frozenset[SessionTransaction], Callable[[], None]]] = []
        event.listen(session, "after_commit", self._committed)
        event.listen(session, "after_soft_rollback", self._rolled_back)
        event.listen(session, "after_transaction_end", self._ended)

    @classmethod
    def of(cls, session: Session) -> "_CommitWatch":
        watch: _CommitWatch = session.info.get(cls) or session.info.setdefault(cls, cls(session))
        return watch

    def add(self, session: Session, callback: Callable[[], None]) -> None:
        inside = frozenset(_with_parents(session.get_nested_transaction() or session.get_transaction()))
        self._waiting.append((inside, callback))

    def _committed(self, session: Session) -> None:
        if session.in_nested_transaction():  # a savepoint was released: that is no commit yet
            return
        waiting, self._waiting = self._waiting, []
        for _inside, callback in waiting:
            callback()

    def _rolled_back(self, _: Session, ended: SessionTransaction) -> None:
        self._waiting = [each for each in self._waiting if ended not in each[0]]

    def _ended(self, _: Session, ended: SessionTransaction) -> None:
        if ended.parent is None:  # also by close(), of which nobody else tells
            self._waiting.clear()


def _with_parents(transaction: SessionTransaction | None) -> Generator[SessionTransaction]:
    while transaction is not None:
        yield transaction
        transaction = transaction.parent


def _database_of(connection: Connection) -> str:
    if connection.dialect.name == _SQLITE:
        return main_database([tuple(row) for row in connection.exec_driver_sql(DATABASE_LIST)])
    if connection.dialect.name == _POSTGRES:
        return str(_fetched(connection, postgres.DATABASE)[0][0])
    return connection.engine.url.set(username=None, password=None, query={}).render_as_string()


def _refuse_autocommit(connection: Connection) -> None:
    driver = connection.connection
    if connection.dialect.name == _SQLITE:
        refuse_autocommit(driver.driver_connection)
    elif getattr(driver.dbapi_connection, "autocommit", False) is True:
        raise TransactionError(postgres.COMMITS_BY_ITSELF.format(cure=_AUTOCOMMIT_CURE))


def _fetched(connection: Connection, statement: Statement) -> list[tuple[Any, ...]]:
    """What a statement of one row answers."""
    formed = _in_drivers_form(connection, statement)
    return [tuple(row) for row in connection.exec_driver_sql(formed.sql, tuple(formed.rows[0]))]


def _in_drivers_form(connection: Connection, statement: Statement) -> Statement:
    """What is executed goes to the driver as it is, so it has to be in the driver's own form: asyncpg knows `$1`."""
    dialect = connection.dialect
    takes_percents = dialect.name == _POSTGRES and dialect.driver != _ASYNCPG
    return postgres.with_percents(statement) if takes_percents else statement


@contextmanager
def _speaking_our_words() -> Generator[None]:
    try:
        yield
    except UnboundExecutionError as error:
        raise TransactionError(
            "the session passed as transaction= has no one database (it is bound per table): pass the connection that "
            "carries your own statements, as in session.connection(bind_arguments=...)"
        ) from error
    except DBAPIError as error:
        cause = error.orig or error
        ours = explained(cause) if isinstance(cause, SqliteError) else postgres.explained(cause)
        if ours is None:
            raise
        raise ours from error
    except (InvalidRequestError, RuntimeError) as error:  # the latter of a connection that lives on another loop
        raise TransactionError(f"the session or connection passed as transaction= cannot be used: {error}") from error
