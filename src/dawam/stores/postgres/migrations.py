"""Brings the tables up to date: numbered files, each applied once, under a lock that all processes share.

The lock belongs to the transaction, so it works behind a pooler as well, and goes with a process that dies.
"""

from collections.abc import Iterator

from psycopg import errors

from dawam.errors import SchemaError, StoreUnavailableError
from dawam.stores.postgres.address import Address
from dawam.stores.postgres.connection import OLDEST_SERVER, Connection
from dawam.stores.sql.statements import load_migrations
from dawam.stores.values import SchemaReport

STEPS = load_migrations("dawam.stores.postgres")
EXPECTED = len(STEPS)
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('dawam migrations of ' || $1, 0))"
_VERSION = "SELECT version, minimum_code_version FROM {}.dawam_schema"


def migrate(db: Connection, address: Address) -> SchemaReport:
    """Applies what is missing, inside the caller's transaction: two processes cannot apply a step twice."""
    require_server(db, address)
    db.execute(_LOCK, [address.schema])
    found = check(db, address).found
    if found < EXPECTED:
        for statement in script(address.schema, found, db):
            db.execute(statement.encode(), prepare=False)
    return check(db, address)


def script(schema: str, found: int = 0, db: Connection | None = None) -> Iterator[str]:
    """The statements that lead from one version to the newest, one by one; for people as well, without a connection."""
    if db is None or not _has_schema(db, schema):
        yield f"CREATE SCHEMA IF NOT EXISTS {schema}"
    yield f"SET LOCAL search_path TO {schema}"
    for number, _, text in STEPS[found:]:
        yield text.strip().removesuffix(";")
        yield f"UPDATE dawam_schema SET version = {number}"


def check(db: Connection, address: Address) -> SchemaReport:
    """What is there, beside what this code expects. Raises `SchemaError` when the tables are beyond this code."""
    found = 0
    (table,) = db.execute("SELECT to_regclass($1)", [f"{address.schema}.dawam_schema"]).fetchall()[0]
    if table is not None:
        try:
            found, minimum = db.execute(_VERSION.format(address.schema).encode()).fetchall()[0]
        except errors.InsufficientPrivilege as error:
            raise StoreUnavailableError(
                f"PostgreSQL {address.place}: {str(error).splitlines()[0]}. The role of Store.Url may not read the "
                f"tables in the schema {address.schema}: grant it the rights on the schema and its tables"
            ) from error
        if minimum > EXPECTED:
            raise SchemaError(
                f"the tables in PostgreSQL {address.place} are of version {found} and need code that knows version "
                f"{minimum}; this Dawam knows {EXPECTED}: upgrade it"
            )
    return SchemaReport(found, EXPECTED, tuple(name for number, name, _ in STEPS if number > found))


def require_current(db: Connection, address: Address) -> None:
    """Refuses to work on tables that are missing or too old, and on a server that is."""
    require_server(db, address)
    report = check(db, address)
    if report.pending:
        raise SchemaError(
            f"the tables in PostgreSQL {address.place}, schema {address.schema}, are "
            f"{f'of version {report.found}' if report.found else 'missing'}, and this Dawam needs version "
            f"{report.expected}: run `dawam store migrate`"
        )


def require_server(db: Connection, address: Address) -> None:
    """Refuses a server that is too old for the statements."""
    if db.info.server_version < OLDEST_SERVER:
        raise StoreUnavailableError(
            f"PostgreSQL {address.place} is version {db.info.server_version // 10000}, and jobs need "
            f"{OLDEST_SERVER // 10000} or newer: upgrade the server, or use another store"
        )


def _has_schema(db: Connection, schema: str) -> bool:
    return db.execute("SELECT 1 FROM pg_namespace WHERE nspname = $1", [schema]).fetchone() is not None
