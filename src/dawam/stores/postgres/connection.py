"""Opens connections to the server, and says in our words what PostgreSQL complains about."""

import asyncio
import re
from datetime import timedelta
from typing import Any

import psycopg
from psycopg import errors
from psycopg.types.numeric import Int8Dumper

from dawam.errors import SchemaError, StoreBusyError, StoreError, StoreUnavailableError
from dawam.stores.postgres.address import Address
from dawam.stores.postgres.arrays import register_arrays

OLDEST_SERVER = 130000
"""PostgreSQL 13, as the server tells its version."""
Connection = psycopg.Connection[tuple[Any, ...]]
AsyncConnection = psycopg.AsyncConnection[tuple[Any, ...]]

PLANS = {"enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off"}
"""There is an index for nearly everything that is asked here, and what is joined are few rows with a large table. A plan
that was made while the table was nearly empty, and is kept, would else read all of it once it has grown."""
HOT_PLANS = {**PLANS, "enable_bitmapscan": "off"}
"""For connections with the few hot statements: each goes through an index, row by row."""
_ALWAYS = {"plan_cache_mode": "force_generic_plan", "jit": "off", "timezone": "UTC"}
_KEEPALIVE = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 30_000}
"""A peer that vanished without a word is noticed within half a minute."""


def settings(address: Address, *, hot: bool) -> dict[str, str]:
    """What a session of ours is set to."""
    milliseconds = str(address.statement_timeout // timedelta(milliseconds=1))
    waits = {"statement_timeout": milliseconds, "idle_in_transaction_session_timeout": milliseconds}
    return {**_ALWAYS, **waits, **(HOT_PLANS if hot else PLANS)}


def parameters(address: Address, purpose: str, *, hot: bool) -> dict[str, Any]:
    """What libpq is given."""
    said = {**_KEEPALIVE, **address.parameters, "application_name": f"dawam {purpose}"}
    said["connect_timeout"] = max(1, round(address.connect_timeout.total_seconds()))
    if address.has_session:
        options = " ".join(f"-c {name}={value}" for name, value in settings(address, hot=hot).items())
        said["options"] = f"{said.get('options', '')} {options}".strip()
    return said


async def connect(address: Address, purpose: str, *, hot: bool = False) -> AsyncConnection:
    """A connection in autocommit mode, for coroutines. Raises our errors."""
    try:
        async with asyncio.timeout(address.connect_timeout.total_seconds() + 1):
            db = await psycopg.AsyncConnection.connect(
                **parameters(address, purpose, hot=hot), autocommit=True, cursor_factory=psycopg.AsyncRawCursor
            )
    except (psycopg.Error, OSError, TimeoutError) as error:
        raise translated(error, address) from error
    _prepare(db, address)
    return db


def connect_blocking(address: Address, purpose: str) -> Connection:
    """The same for threads, with transactions begun and ended by whoever uses it."""
    try:
        db = psycopg.Connection.connect(
            **parameters(address, purpose, hot=False), autocommit=True, cursor_factory=psycopg.RawCursor
        )
    except (psycopg.Error, OSError) as error:
        raise translated(error, address) from error
    _prepare(db, address)
    return db


def _prepare(db: "Connection | AsyncConnection", address: Address) -> None:
    db.prepare_threshold = 0 if address.has_session else None
    db.adapters.register_dumper(int, Int8Dumper)  # one type for all, or each size of number had a plan of its own
    register_arrays(db)


def translated(error: BaseException, address: Address) -> Exception:
    """Our error for one of psycopg's; what is no fault of the database is given back as it is."""
    where = f"PostgreSQL {address.place}"
    if isinstance(error, TimeoutError):
        return StoreUnavailableError(
            f"{where} did not answer within {address.statement_timeout.total_seconds():g} s: look whether the server "
            "is overloaded or frozen, or the network between is cut"
        )
    if isinstance(error, OSError):
        return StoreUnavailableError(f"{where} cannot be reached: {error}")
    if not isinstance(error, psycopg.Error):
        return error if isinstance(error, Exception) else StoreError(f"{where}: {error}")
    for kinds, ours, cure in _CURES:
        if isinstance(error, kinds):
            return ours(f"{where}: {_text(error)}. {cure}")
    if is_gone(error):
        return StoreUnavailableError(f"{where}: {_text(error)}. {_connection_cure(error, address)}")
    if isinstance(error, errors.DataError | errors.IntegrityError):
        return error  # some row of the batch: whoever wrote it finds out which
    return StoreError(f"{where}: {_text(error)}")


def is_gone(error: BaseException) -> bool:
    """Whether the connection, and not a statement, has failed: nothing of it can be used any more."""
    return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError) and (
        error.sqlstate is None or error.sqlstate[:2] in ("08", "28") or error.sqlstate in _GONE
    )


_GONE = frozenset({"57P01", "57P02", "57P03", "57P05", "53300", "25P03"})
"""Shut down by somebody, crashed, not up yet, idle for too long; no connection left."""


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
    ((errors.TooManyConnections,), StoreUnavailableError, "Raise max_connections, or run fewer processes"),
)


def _connection_cure(error: psycopg.Error, address: Address) -> str:
    text = str(error)
    user = address.parameters.get("user") or "the user of this process"
    if isinstance(error, errors.InvalidPassword) or "password authentication failed" in text:
        return f"Check the password of {user} in Store.Url"
    if "no password supplied" in text:
        return f"Store.Url has no password for {user}"
    if "does not exist" in text and "database" in text:
        return "Create the database first, or name another one in Store.Url"
    if "too many clients" in text or "remaining connection slots" in text:
        return "Raise max_connections, or run fewer processes"
    if "unsupported startup parameter" in text:
        return "A pooler stands between: say session=off in Store.Url (docs/howto/postgresql.md)"
    return "It is tried again; check host, port and that the server runs"


_LINES = re.compile(r"\s*\n\s*")


def _text(error: psycopg.Error) -> str:
    """The first line of what the server or libpq says: the others quote statements and rows."""
    return _LINES.split(str(error).strip() or type(error).__name__, maxsplit=1)[0].rstrip(".")
