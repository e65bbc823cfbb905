"""Opens connections to the server, and says in our words what PostgreSQL complains about."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

import psycopg
from psycopg import errors, waiting
from psycopg.abc import PQGen
from psycopg.types.numeric import Int8Dumper

from dawam.errors import RowRefusedError, SchemaError, StoreBusyError, StoreError, StoreUnavailableError
from dawam.stores.postgres.address import Address
from dawam.stores.postgres.arrays import register_arrays
from dawam.stores.postgres.cures import connection_cure, may_come_back, text_of
from dawam.stores.postgres.statements import statements

T = TypeVar("T")
OLDEST_SERVER = 130000
"""PostgreSQL 13, as the server tells its version."""

PLANS = {"enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off"}
"""There is an index for nearly everything that is asked here, and what is joined are few rows with a large table. A
plan that was made while the table was nearly empty, and is kept, would else read all of it once it has grown."""
HOT_PLANS = {**PLANS, "enable_bitmapscan": "off"}
"""For connections with the few hot statements: each goes through an index, row by row."""
_ALWAYS = {
    "plan_cache_mode": "force_generic_plan",
    "jit": "off",
    "timezone": "UTC",
    "default_transaction_isolation": "read committed",  # what claims are made for, whatever a database is set to
}
_KEEPALIVE = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 30_000}
"""A peer that vanished without a word is noticed within half a minute."""
_SELDOM = 60.0
"""Seconds from one wake-up without a reason to the next, of a coroutine that waits for the server."""
_REFUSED_SETTINGS = "unsupported startup parameter"


class Connection(psycopg.Connection[tuple[Any, ...]]):
    """For threads."""

    has_session = True
    """Whether it stays with one session of the server."""
    waits_since: float | None = None
    """Since when it waits for the server, on the monotonic clock; None while it does not."""

    def wait(self, *args: Any, **kwargs: Any) -> Any:
        self.waits_since = time.monotonic()
        try:
            return super().wait(*args, **kwargs)
        finally:
            self.waits_since = None

    def cut(self) -> None:
        """From another thread: whoever waits for an answer of the server waits no more."""
        _cut(self.fileno)


class AsyncConnection(psycopg.AsyncConnection[tuple[Any, ...]]):
    """For coroutines. It does not survive that whoever waits for an answer is cancelled.

    psycopg asks the server to cancel the statement then, and waits for its answer: a server that is frozen would hold
    up the end of a host.
    """

    has_session = True
    """Whether it stays with one session of the server."""
    was_cut = False

    async def wait(self, gen: PQGen[T], interval: float = _SELDOM, timeout: float | None = None) -> T:
        at_most: dict[str, float] = {} if timeout is None else {"timeout": timeout}  # which older ones do not know
        try:
            return await waiting.wait_async(gen, self.pgconn.socket, interval=interval, **at_most)
        except asyncio.CancelledError:
            self.pgconn.finish()
            raise

    def cut(self) -> None:
        """Whoever waits for an answer of the server waits no more."""
        self.was_cut = True
        _cut(self.fileno)


def settings(address: Address, *, hot: bool) -> dict[str, str]:
    """What a session of ours is set to."""
    milliseconds = str(address.statement_timeout // timedelta(milliseconds=1))
    waits = {"statement_timeout": milliseconds, "idle_in_transaction_session_timeout": milliseconds}
    return {**_ALWAYS, **waits, **(HOT_PLANS if hot else PLANS)}


def parameters(address: Address, purpose: str, *, hot: bool) -> dict[str, Any]:
    """What libpq is given."""
    said = {**_KEEPALIVE, **address.parameters, "application_name": f"dawam {purpose}"}
    said["connect_timeout"] = max(1, round(address.connect_timeout.total_seconds()))
    if address.has_session is None:
        ours = {name: value.replace(" ", "\\ ") for name, value in settings(address, hot=hot).items()}
        options = " ".join(f"-c {name}={value}" for name, value in ours.items())
        said["options"] = f"{said.get('options', '')} {options}".strip()
    return said


async def connect(address: Address, purpose: str, *, hot: bool = False) -> AsyncConnection:
    """A connection in autocommit mode, for coroutines. Raises our errors."""
    try:
        async with asyncio.timeout(address.connect_timeout.total_seconds() + 1):
            db = await AsyncConnection.connect(
                **parameters(address, purpose, hot=hot), autocommit=True, cursor_factory=psycopg.AsyncRawCursor
            )
            statement, values = _first(address, hot=hot)
            cursor = await db.execute(statement, values, prepare=False)
            db.has_session = _has_session(address, db, await cursor.fetchone())
    except (psycopg.Error, OSError, TimeoutError) as error:
        if _refuses_settings(address, error):
            return await connect(replace(address, has_session=False), purpose, hot=hot)
        raise _unreachable(error, address) from error
    _prepare(db)
    return db


def connect_blocking(address: Address, purpose: str) -> Connection:
    """The same for threads, with transactions begun and ended by whoever uses it."""
    try:
        db = Connection.connect(
            **parameters(address, purpose, hot=False), autocommit=True, cursor_factory=psycopg.RawCursor
        )
        statement, values = _first(address, hot=False)
        with _cut_after(address.connect_timeout, db):
            db.has_session = _has_session(address, db, db.execute(statement, values, prepare=False).fetchone())
    except (psycopg.Error, OSError) as error:
        if _refuses_settings(address, error):
            return connect_blocking(replace(address, has_session=False), purpose)
        raise _unreachable(error, address) from error
    _prepare(db)
    return db


def _first(address: Address, *, hot: bool) -> tuple[bytes, list[Any]]:
    """What a connection begins with: who answers, or the settings, which a pooler would not let through otherwise."""
    ours = statements(address.schema)
    if address.has_session:
        return ours["set_up"].query, [*columns_of(settings(address, hot=hot)), False]
    return ours["backend"].query, []


def columns_of(said: Mapping[str, str]) -> list[list[str]]:
    """Names and values, as `set_up` takes them."""
    return [list(said), list(said.values())]


def _has_session(address: Address, db: "Connection | AsyncConnection", answer: tuple[Any, ...] | None) -> bool:
    """A pooler names a process of its own when a connection begins, and the server's process that answers another."""
    return answer == (db.info.backend_pid,) if address.has_session is None else address.has_session


def _refuses_settings(address: Address, error: Exception) -> bool:
    """Whether it was a pooler that let no settings of a session through, and nobody has said that there is none."""
    return address.has_session is None and _REFUSED_SETTINGS in str(error)


def _unreachable(error: Exception, address: Address) -> Exception:
    if isinstance(error, TimeoutError):
        return _silent(address, address.connect_timeout)
    return translated(error, address)


def _prepare(db: "Connection | AsyncConnection") -> None:
    db.prepare_threshold = 0 if db.has_session else None
    db.adapters.register_dumper(int, Int8Dumper)  # one type for all, or each size of number had a plan of its own
    register_arrays(db)


@contextmanager
def _cut_after(patience: timedelta, db: Connection) -> Generator[None]:
    timer = threading.Timer(patience.total_seconds(), db.cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _cut(descriptor: Callable[[], int]) -> None:
    with suppress(Exception), socket.socket(fileno=socket.dup(descriptor())) as line:  # it may be closed by now
        line.shutdown(socket.SHUT_RDWR)


def translated(error: BaseException, address: Address) -> Exception:
    """Our error for one of psycopg's; what is no fault of the database is given back as it is."""
    where = f"PostgreSQL {address.place}"
    if isinstance(error, TimeoutError):
        return _silent(address, address.statement_timeout)
    if isinstance(error, OSError):
        return StoreUnavailableError(f"{where} cannot be reached: {error}", is_away=True)
    if not isinstance(error, psycopg.Error):
        return error if isinstance(error, Exception) else StoreError(f"{where}: {error}")
    for kinds, ours, cure in _CURES:
        if isinstance(error, kinds):
            return ours(f"{where}: {text_of(error)}. {cure}")
    if is_gone(error):
        cure = connection_cure(error, address.user)
        return StoreUnavailableError(f"{where}: {text_of(error)}. {cure}", is_away=may_come_back(error))
    if isinstance(error, errors.DataError | errors.IntegrityError):
        return RowRefusedError(where, text_of(error))
    return StoreError(f"{where}: {text_of(error)}")


def _silent(address: Address, patience: timedelta) -> StoreUnavailableError:
    return StoreUnavailableError(
        f"PostgreSQL {address.place} did not answer within {patience.total_seconds():g} s: look whether the server is "
        "overloaded or frozen, or the network between is cut",
        is_away=True,
    )


def is_gone(error: BaseException) -> bool:
    """Whether the connection, and not a statement, has failed: nothing of it can be used any more."""
    if isinstance(error, (errors.ReadOnlySqlTransaction, *_STALE_PLANS)):  # another server is the primary by now
        return True
    return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError) and (
        error.sqlstate is None or error.sqlstate[:2] in ("08", "28") or error.sqlstate in _GONE
    )


_GONE = frozenset({"57P01", "57P02", "57P03", "57P05", "53300", "25P03"})
"""Shut down by somebody, crashed, not up yet, idle for too long; no connection left."""


_STALE_PLANS = (errors.InvalidSqlStatementName, errors.DuplicatePreparedStatement)
"""What a pooler in transaction mode makes of prepared statements."""
_CURES: tuple[tuple[tuple[type[psycopg.Error], ...], type[StoreError], str], ...] = (
    (
        (errors.UndefinedTable, errors.InvalidSchemaName, errors.UndefinedColumn),
        SchemaError,
        "The tables of Dawam are missing or too old: run `dawam store migrate`",
    ),
    (
        (errors.InsufficientPrivilege,),
        StoreUnavailableError,
        "The role of Store.Url may not do this: grant it the rights on the schema and its tables, or let a role that "
        "has them run `dawam store migrate`",
    ),
    (
        (errors.LockNotAvailable, errors.DeadlockDetected, errors.SerializationFailure),
        StoreBusyError,
        "Somebody else held a lock for too long: it is tried again",
    ),
    (
        (errors.QueryCanceled,),
        StoreBusyError,
        "The statement took longer than statement_timeout allows: the server is busy, or somebody holds a lock. If the "
        "lock is your own, open while you enqueue, pass it as transaction= or commit it first",
    ),
    (
        (errors.DiskFull, errors.OutOfMemory),
        StoreUnavailableError,
        "The server has no room left: free some; nothing that was enqueued before is lost",
    ),
    (
        (errors.ReadOnlySqlTransaction,),
        StoreUnavailableError,
        "The server only reads: it is a standby, or set to default_transaction_read_only. Name the primary, or say "
        "target_session_attrs=read-write",
    ),
    (
        _STALE_PLANS,
        StoreUnavailableError,
        "A pooler in transaction mode seems to stand between: say session=off in Store.Url (docs/howto/postgresql.md)",
    ),
    ((errors.TooManyConnections,), StoreUnavailableError, "Raise max_connections, or run fewer processes"),
)
