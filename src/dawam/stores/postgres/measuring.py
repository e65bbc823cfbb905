"""What the tables hold and how large they are, who uses the server, and what about it is not as it should be."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from dawam.clock import from_microseconds
from dawam.stores.keeper import Connections, OldSnapshot, StoreStats, TableStats
from dawam.stores.sql import reading
from dawam.stores.sql.database import Database
from dawam.stores.sql.place import Place
from dawam.stores.values import SchemaReport

CONNECTIONS_OF_A_HOST = 7
"""See `PostgresStore`."""
_OLD = timedelta(minutes=10)
_OLD_IN_TRANSACTIONS = 1_000_000
"""For those of whom no moment is known."""
_MANY_DEAD = 100_000
_SHOWN = ("fsync", "synchronous_commit", "full_page_writes", "autovacuum", "max_connections")
_RESERVED = ("superuser_reserved_connections", "reserved_connections")
_DURABILITY = {
    "fsync": "fsync is off: a power failure can destroy the whole database. Turn it on in postgresql.conf",
    "full_page_writes": "full_page_writes is off: a power failure can leave damaged pages. Turn it on in "
    "postgresql.conf",
    "synchronous_commit": "synchronous_commit is off: a power failure can take the jobs that were enqueued last. Turn "
    "it on, for the server, the database, the role, or in Store.Url",
}
_UPKEEP = {
    "autovacuum": "autovacuum is off: rows that are gone pile up, and claims become slow. Turn it on in "
    "postgresql.conf",
    "track_counts": "track_counts is off: autovacuum does not see what there is to do. Turn it on in postgresql.conf",
}


def stats(db: Database, place: Place, schema: str, report: SchemaReport) -> StoreStats:
    oldest_due, oldest_finished = db.execute("oldest", (place.application,)).fetchone()
    (attempt_count,) = db.execute("count_attempts", (place.application,)).fetchone()
    worker_count, tick_count = db.execute("count_workers", (place.application,)).fetchone()
    tables = tuple(TableStats(*row) for row in _rows(db, schema))
    settings: dict[str, str] = dict(db.execute("server_settings").fetchall())
    snapshot = oldest_snapshot(db)
    return StoreStats(
        counts=reading.counts(db, place, None),
        attempt_count=attempt_count,
        worker_count=worker_count,
        tick_count=tick_count,
        oldest_due_at=None if oldest_due is None else from_microseconds(oldest_due),
        oldest_finished_at=None if oldest_finished is None else from_microseconds(oldest_finished),
        schema=report,
        size=sum(table.size + table.index_size for table in tables),
        other_applications=tuple(name for (name,) in db.execute("other_applications", (place.application,))),
        settings={"PostgreSQL": settings["server_version"], **{name: settings[name] for name in _SHOWN}},
        tables=tables,
        oldest_snapshot=snapshot,
        connections=_connections(db, settings),
        doubts=(*durability_doubts(settings), *_doubts(settings, tables, snapshot, place.clock.now())),
    )


def durability_doubts(settings: Mapping[str, str]) -> tuple[str, ...]:
    """Why the newest commits could be lost when the power fails."""
    return tuple(text for name, text in _DURABILITY.items() if settings[name] == "off")


def oldest_snapshot(db: Database) -> OldSnapshot | None:
    row = db.execute("oldest_snapshot").fetchone()
    return None if row is None else OldSnapshot(holder=row[0], began_at=row[1], transaction_count=row[2])


def _rows(db: Database, schema: str) -> Iterator[tuple[str, int, int, int, int]]:
    yield from db.execute("table_sizes", (schema,))


def _connections(db: Database, settings: Mapping[str, str]) -> Connections:
    (open_count,) = db.execute("open_connections").fetchone()
    reserved = sum(int(settings.get(name, 0)) for name in _RESERVED)
    limit = int(settings["max_connections"]) - reserved
    return Connections(open_count=open_count, limit=limit, count_of_a_host=CONNECTIONS_OF_A_HOST)


def _doubts(
    settings: Mapping[str, str], tables: tuple[TableStats, ...], snapshot: OldSnapshot | None, now: datetime
) -> Iterator[str]:
    yield from (text for name, text in _UPKEEP.items() if settings[name] == "off")
    if snapshot is not None and _is_old(snapshot, now):
        yield (
            f"{snapshot.holder} has held a snapshot for {snapshot.transaction_count:,} transactions: rows that are "
            "gone since cannot be cleaned up, and claims become slow. End it"
        )
    for table in tables:
        if table.dead_row_count > max(_MANY_DEAD, table.row_count):
            yield (
                f"{table.name} holds about {table.dead_row_count:,} rows that are gone: see whether autovacuum keeps "
                "up, and what holds it up"
            )


def _is_old(snapshot: OldSnapshot, now: datetime) -> bool:
    if snapshot.began_at is None:
        return snapshot.transaction_count > _OLD_IN_TRANSACTIONS
    return now - snapshot.began_at > _OLD
