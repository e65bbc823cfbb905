"""A caller's own `sqlite3.Connection` as a transaction that can carry jobs."""

import sqlite3
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from dawam.errors import SchemaError, TransactionError
from dawam.stores.sqlite.connection import translated
from dawam.stores.transaction import BlockingTransaction
from dawam.stores.values import Statement

DATABASE_LIST = "PRAGMA database_list"


def adapt(foreign: object) -> "SqliteTransaction | None":
    """Wraps a `sqlite3.Connection`."""
    return SqliteTransaction(foreign) if isinstance(foreign, sqlite3.Connection) else None


class SqliteTransaction(BlockingTransaction):
    """To be used from the thread of the connection. See `dawam.stores.transaction.Transaction`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def database_blocking(self) -> str:
        with speaking_our_words():
            return main_database(self._connection.execute(DATABASE_LIST).fetchall())

    def run_blocking(self, statements: Sequence[Statement]) -> None:
        refuse_autocommit(self._connection)
        with speaking_our_words():
            for statement in statements:
                self._connection.executemany(statement.sql, statement.rows)

    def answers_blocking(self, statement: Statement) -> bool:
        refuse_autocommit(self._connection)
        [row] = statement.rows
        with speaking_our_words():
            return bool(self._connection.execute(statement.sql, row).fetchall())

    def spoil_blocking(self) -> None:
        """SQLite knows no transaction that lives on and cannot be committed."""
        with suppress(sqlite3.Error):
            self._connection.rollback()


def main_database(databases: Sequence[Sequence[Any]]) -> str:
    """The name of the main database, from the rows of `PRAGMA database_list`; comparable with `SqliteStore.database`.

    One that lives in memory, or in a temporary file, has a name that no file has.
    """
    path = next(str(row[2] or "") for row in databases if row[1] == "main")
    return f"sqlite:{Path(path).resolve()}" if path else "sqlite::memory:"


def refuse_autocommit(connection: Any) -> None:
    """Refuses a connection on which a job would be committed at once: `sqlite3`'s, or one with the same attributes."""
    is_autocommit = connection.isolation_level is None and getattr(connection, "autocommit", -1) in (-1, True)
    if is_autocommit and not connection.in_transaction:
        raise TransactionError(
            "the connection passed as transaction= commits each statement by itself (isolation_level=None) and has no "
            "open transaction, so the job would not share the fate of your data: execute BEGIN first, or leave "
            "transaction= out"
        )


@contextmanager
def speaking_our_words() -> Generator[None]:
    """Turns what `sqlite3` complains about into our errors, with their cures."""
    try:
        yield
    except (sqlite3.ProgrammingError, ValueError) as error:
        raise TransactionError(f"the connection passed as transaction= cannot be used here: {error}") from error
    except sqlite3.Error as error:
        raise explained(error) from error


def explained(error: sqlite3.Error) -> Exception:
    """Our error for what went wrong while a job was added in the caller's transaction."""
    if "no such table: dawam_" in str(error):
        return SchemaError(
            f"the database of transaction= has no tables of Dawam ({error}): open the application once, or run "
            "`dawam store migrate`"
        )
    return translated(error, Path("the database of transaction="))
