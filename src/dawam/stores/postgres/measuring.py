"""What the tables hold and how large they are, who uses the server, and what about it is not as it should be."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from dawam.clock import from_microseconds
from dawam.stores.keeper import Connections, Doubt, OldSnapshot, StoreStats, TableStats
from dawam.stores.sql import reading
from dawam.stores.sql.database import Database
from dawam.stores.sql.place import Place
from dawam.stores.values import SchemaReport

CONNECTIONS_OF_A_HOST = 9
"""At most: see `PostgresStore`."""
_OLD = timedelta(minutes=10)
_OLD_IN_TRANSACTIONS = 1_000_000
"""For those of whom no moment is known."""
_MANY_DEAD = 100_000
_SHOWN = ("fsync", "synchronous_commit", "full_page_writes", "autovacuum", "max_connections")
_RESERVED = ("superuser_reserved_connections", "reserved_connections")
_TURN_IT_ON = "turn it on in postgresql.conf"
_DURABILITY = {
    "fsync": Doubt("fsync is off: a power failure can destroy the whole database", _TURN_IT_ON),
    "full_page_writes": Doubt("full_page_writes is off: a power failure can leave damaged pages", _TURN_IT_ON),
    "synchronous_commit": Doubt(
        "synchronous_commit is off: a power failure can take the jobs that were enqueued last",
        "turn it on: for the server, the database or the role, or in the options of Store.Url",
    ),
}
_UPKEEP = {
    "autovacuum": Doubt("autovacuum is off: rows that are gone pile up, and claims become slow", _TURN_IT_ON),
    "track_counts": Doubt("track_counts is off: autovacuum does not see what there is to do", _TURN_IT_ON),
}


def stats(db: Database, place: Place, schema: str, report: SchemaReport) -> StoreStats:
    oldest_due, oldest_finished = db.execute("oldest", (place.application,)).fetchone()
    attempt_count, logged_count = db.execute("count_attempts", (place.application,)).fetchone()
    worker_count, tick_count = db.execute("count_workers", (place.application,)).fetchone()
    tables = _tables(db, schema)
    settings: dict[str, str] = dict(db.execute("server_settings").fetchall())
    snapshot = oldest_snapshot(db)
    return StoreStats(
        counts=reading.counts(db, place, None),
        attempt_count=attempt_count,
        logged_count=logged_count,
        worker_count=worker_count,
        tick_count=tick_count,
        oldest_due_at=None if oldest_due is None else from_microseconds(oldest_due),
        oldest_finished_at=None if oldest_finished is None else from_microseconds(oldest_finished),
        schema=report,
        size=sum(table.size + table.index_size for table in tables),
        other_applications=tuple(name for (name,) in db.execute("other_applications", (place.application,))),
        settings={"PostgreSQL": settings["server_version"].split()[0], **{name: settings[name] for name in _SHOWN}},
        tables=tables,
        oldest_snapshot=snapshot,
        connections=_connections(db, settings),
        durability_doubts=durability_doubts(db),
        upkeep_doubts=tuple(_upkeep_doubts(settings, tables, snapshot)),
    )


def durability_doubts(db: Database) -> tuple[Doubt, ...]:
    """Why this session's newest commits could be lost when the power fails."""
    settings: dict[str, str] = dict(db.execute("durability_settings").fetchall())
    return tuple(doubt for name, doubt in _DURABILITY.items() if settings[name] == "off")


def upkeep_doubts(db: Database, schema: str) -> tuple[Doubt, ...]:
    """Why claims become slow, if nobody does anything."""
    settings: dict[str, str] = dict(db.execute("server_settings").fetchall())
    return tuple(_upkeep_doubts(settings, _tables(db, schema), oldest_snapshot(db)))


def oldest_snapshot(db: Database) -> OldSnapshot | None:
    row = db.execute("oldest_snapshot").fetchone()
    return None if row is None else OldSnapshot(holder=row[0], open_for=row[1], transaction_count=row[2])


def _tables(db: Database, schema: str) -> tuple[TableStats, ...]:
    return tuple(
        TableStats(name=name, size=size, index_size=index_size, row_count=rows, dead_row_count=dead)
        for name, size, index_size, rows, dead in db.execute("table_sizes", (schema,))
    )


def _connections(db: Database, settings: Mapping[str, str]) -> Connections:
    (open_count,) = db.execute("open_connections").fetchone()
    reserved = sum(int(settings.get(name, 0)) for name in _RESERVED)
    limit = int(settings["max_connections"]) - reserved
    return Connections(open_count=open_count, limit=limit, count_of_a_host=CONNECTIONS_OF_A_HOST)


def _upkeep_doubts(
    settings: Mapping[str, str], tables: tuple[TableStats, ...], snapshot: OldSnapshot | None
) -> Iterator[Doubt]:
    yield from (doubt for name, doubt in _UPKEEP.items() if settings[name] == "off")
    if snapshot is not None and _is_old(snapshot):
        age = "" if snapshot.open_for is None else f", for {snapshot.open_for // timedelta(minutes=1)} minutes"
        yield Doubt(
            f"{snapshot.holder} holds a snapshot of {snapshot.transaction_count:,} transactions ago{age}: rows that "
            "are gone since then cannot be cleaned up, and claims become slow",
            "end it, unless it is a backup that will soon be through",
        )
    for table in tables:
        if table.dead_row_count > max(_MANY_DEAD, table.row_count):
            yield Doubt(
                f"{table.name} holds about {table.dead_row_count:,} rows that are gone",
                "see whether autovacuum keeps up, and what holds it up: a long transaction, a replication slot",
            )


def _is_old(snapshot: OldSnapshot) -> bool:
    if snapshot.open_for is None:
        return snapshot.transaction_count > _OLD_IN_TRANSACTIONS
    return snapshot.open_for > _OLD
