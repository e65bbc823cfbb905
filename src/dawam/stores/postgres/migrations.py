"""Brings the tables up to date: numbered files, each applied once, under a lock that all processes share.

The lock belongs to the transaction, so it works behind a pooler as well, and goes with a process that dies.
"""

from collections.abc import Sequence
from typing import Any

from psycopg import errors

from dawam.errors import SchemaError, StoreUnavailableError
from dawam.stores.postgres.address import Address
from dawam.stores.postgres.connection import OLDEST_SERVER, Connection
from dawam.stores.postgres.script import NEWEST, STEPS, script
from dawam.stores.postgres.statements import statements
from dawam.stores.values import SchemaReport


def migrate(db: Connection, address: Address) -> SchemaReport:
    """Applies what is missing, inside the caller's transaction: two processes cannot apply a step twice."""
    require_server(db, address)
    _fetch(db, address, "lock_migrations", [address.schema])
    found = check(db, address).found
    if found < NEWEST:
        for statement in script(address.schema, found):
            db.execute(statement.encode(), prepare=False)
    return check(db, address)


def check(db: Connection, address: Address) -> SchemaReport:
    """What is there, beside what this code expects. Raises `SchemaError` when the tables are beyond this code."""
    found = 0
    if _fetch(db, address, "schema_table", [address.schema, "dawam_schema"]):
        try:
            [(found, minimum)] = _fetch(db, address, "schema_version")
        except errors.InsufficientPrivilege as error:
            raise StoreUnavailableError(
                f"PostgreSQL {address.place}: {str(error).splitlines()[0]}. The role of Store.Url may not read the "
                f"tables in the schema {address.schema}: grant it the rights on the schema and its tables"
            ) from error
        if minimum > NEWEST:
            raise SchemaError(
                f"the tables in PostgreSQL {address.place} are of version {found} and need code that knows version "
                f"{minimum}; this Dawam knows {NEWEST}: upgrade it"
            )
    return SchemaReport(found, NEWEST, tuple(name for number, name, _ in STEPS if number > found))


def require_current(db: Connection, address: Address) -> None:
    """Refuses to work on tables that are missing or too old, and on a server that is."""
    require_server(db, address)
    report = check(db, address)
    if report.pending:
        state = f"of version {report.found}" if report.found else "missing"
        raise SchemaError(
            f"the tables in PostgreSQL {address.place}, schema {address.schema}, are {state}, and this Dawam needs "
            f"version {report.expected}: run `dawam store migrate`"
        )


def require_server(db: Connection, address: Address) -> None:
    """Refuses a server that is too old for the statements."""
    if db.info.server_version < OLDEST_SERVER:
        raise StoreUnavailableError(
            f"PostgreSQL {address.place} is version {db.info.server_version // 10000}, and jobs need "
            f"{OLDEST_SERVER // 10000} or newer: upgrade the server, or use another store"
        )


def _fetch(db: Connection, address: Address, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    return db.execute(statements(address.schema)[statement].query, parameters).fetchall()
