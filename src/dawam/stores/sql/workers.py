"""What hosts and people read of workers."""

from collections import defaultdict
from datetime import timedelta
from typing import Any

from dawam.clock import from_microseconds
from dawam.ids import HostId
from dawam.stores.sql.database import Database
from dawam.stores.sql.place import Place
from dawam.stores.sql.worker_rows import tick_record
from dawam.stores.sql.worker_table import SqlWorkerTable, declarations, said, worker_rows
from dawam.stores.ticking.declaring import is_to_be_forgotten
from dawam.stores.ticking.row import Key, WorkerRow
from dawam.workers.record import DueTicks, RunningTick, TickRecord, WorkerInfo

_NOBODY = ""


def due_ticks(db: Database, place: Place, host: HostId, limit: int) -> DueTicks:
    now = place.now()
    asked = {"application": place.application, "host": host, "now": now}
    due = worker_rows(db.execute("due_workers", {**asked, "limit": max(limit, 0)}))
    later = db.execute("next_due_at", asked).fetchone()
    next_at = None if later is None else from_microseconds(later[0])
    return DueTicks(tuple(row.as_due() for row in due), next_at, from_microseconds(now))


def needs_declaring(db: Database, place: Place, host: HostId) -> bool:
    return db.execute("needs_declaring", said(place, host=host)).fetchone() is not None


def needs_forgetting(db: Database, place: Place, after: timedelta) -> bool:
    """Whether `forget_workers` has anything to do."""
    table = SqlWorkerTable(db, place)
    now = table.now()
    return (
        any(row.orphaned_at is None or is_to_be_forgotten(row, after, now) for row in table.lonely_rows())
        or bool(table.found_rows())
        or table.has_remains(now - after)
    )


def ticks_of(db: Database, place: Place, host: HostId) -> list[RunningTick]:
    rows = db.execute("ticks_of_host", (place.application, host))
    return [
        RunningTick(
            name, where, fence, from_microseconds(claimed_at), from_microseconds(planned_at), bool(is_triggered)
        )
        for name, where, fence, claimed_at, planned_at, is_triggered in rows
    ]


def workers(db: Database, place: Place, limit: int, after: Key | None) -> list[WorkerInfo]:
    behind = ("", "") if after is None else after
    return _seen(db, place, "list_workers", (*behind, max(limit, 0)))


def worker(db: Database, place: Place, name: str) -> list[WorkerInfo]:
    return _seen(db, place, "workers_named", (name,))


def tick_records(db: Database, place: Place, name: str, limit: int) -> list[TickRecord]:
    return [tick_record(row, db.id_of) for row in db.execute("list_ticks", (place.application, name, max(limit, 0)))]


def _seen(db: Database, place: Place, statement: str, parameters: tuple[Any, ...]) -> list[WorkerInfo]:
    rows: list[WorkerRow] = worker_rows(db.execute(statement, (place.application, *parameters)))
    declared_by: defaultdict[Key, list[HostId]] = defaultdict(list)
    for each in declarations(db, place, {row.key[0] for row in rows}, _NOBODY):
        declared_by[each.key].append(each.host)
    return [row.as_info(declared_by[row.key]) for row in rows]
