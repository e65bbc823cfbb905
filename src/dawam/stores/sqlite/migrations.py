"""Brings the tables up to date: numbered files, each applied once, under the write lock.

The version stands in a table of our own and not in `user_version`, because the file may hold the
application's own tables too. Older code works on with newer tables as long as `minimum_code_version` allows.
"""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from dawam.errors import SchemaError
from dawam.stores.sql.statements import load_migrations
from dawam.stores.sqlite.statements import SQL
from dawam.stores.values import SchemaReport

_STEPS = load_migrations("dawam.stores.sqlite")
NEWEST = len(_STEPS)


def migrate(db: sqlite3.Connection, path: Path) -> SchemaReport:
    """Applies what is missing, inside the caller's write transaction: two processes cannot apply a step twice."""
    found = check(db, path).found
    if found < NEWEST:
        for statement in script(found):
            db.execute(statement)
    return check(db, path)


def script(found: int = 0, wanted: int = NEWEST) -> Iterator[str]:
    """The statements between two versions, to be executed in one transaction. They fail on tables of any other."""
    if found:
        yield _filled("require_version", found)
    for number, _, text in _STEPS[found:wanted]:
        yield from (statement.strip().removesuffix(";") for statement in _split(text))
        yield _filled("set_schema_version", number)


def _filled(name: str, number: int) -> str:
    """A statement with its parameter written into it."""
    return SQL[name].replace("?1", str(number))


def check(db: sqlite3.Connection, path: Path) -> SchemaReport:
    """What is there, beside what this code expects. Raises `SchemaError` when the tables are beyond this code."""
    if db.execute(SQL["schema_table"]).fetchone() is None:
        found = 0
    else:
        found, minimum = db.execute(SQL["schema_version"]).fetchone()
        if minimum > NEWEST:
            raise SchemaError(
                f"the tables in {path} are of version {found} and need code that knows version {minimum}; this Dawam "
                f"knows {NEWEST}: upgrade it"
            )
    return SchemaReport(found, NEWEST, tuple(name for number, name, _ in _STEPS if number > found))


def require_current(db: sqlite3.Connection, path: Path) -> None:
    """Refuses to work on tables that are missing or too old."""
    report = check(db, path)
    if report.pending:
        raise SchemaError(
            f"the tables in {path} are of version {report.found}, and this Dawam needs {report.expected}: run "
            "`dawam store migrate`"
        )


def _split(text: str) -> Iterator[str]:
    """The statements of a file; `executescript` would commit our transaction."""
    statement = ""
    for line in text.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
