"""The periodic chores: due jobs become ready, old history goes."""

from collections.abc import Sequence
from typing import Any

from dawam.clock import from_microseconds, to_microseconds
from dawam.ids import HostId
from dawam.stores.sql.database import Database
from dawam.stores.sql.ending import remove_records
from dawam.stores.sql.place import Place
from dawam.stores.values import HostOrders, ProgressNote, Promotion, Retention


def promote(db: Database, place: Place, limit: int) -> Promotion:
    count = db.execute("promote_due", (place.application, place.now(), max(limit, 0))).rowcount
    (next_run_at,) = db.execute("next_run_at", (place.application,)).fetchone()
    return Promotion(count, None if next_run_at is None else from_microseconds(next_run_at))


def note_progress(db: Database, place: Place, host: HostId, notes: Sequence[ProgressNote]) -> None:
    in_order = sorted(notes, key=lambda note: note.id.int)  # as everywhere, so that nobody waits for each other
    rows = [(db.key(note.id), place.application, host, note.fence, note.text) for note in in_order]
    db.executemany("note_progress", rows)


def waiting_promotion(db: Database, place: Place) -> Promotion | None:
    """A read: the answer of `promote` when nothing is due, or None when something is."""
    (next_run_at,) = db.execute("next_run_at", (place.application,)).fetchone()
    if next_run_at is None:
        return Promotion(0, None)
    return None if next_run_at <= place.now() else Promotion(0, from_microseconds(next_run_at))


def outlived(db: Database, place: Place, retention: Retention, limit: int) -> list[Any]:
    """A read: the keys of the oldest finished jobs, at most `limit`, that were kept for longer than their retention."""
    found: list[tuple[int, Any]] = []
    for state in ("succeeded", "failed", "cancelled"):
        kept_for = getattr(retention, state)
        if kept_for is not None:
            older_than = to_microseconds(place.clock.now() - kept_for)
            found += db.execute("select_outlived", (place.application, state, older_than, limit))
    return [key for _, key in sorted(found)[:limit]]


def prune(db: Database, place: Place, retention: Retention, limit: int) -> int:
    found = outlived(db, place, retention, limit)
    ids = (*db.many(found), place.application)
    remove_records(db, ids)
    db.execute("remove_finished", ids)
    return len(found)


def orders(db: Database, place: Place, host: HostId) -> HostOrders:
    cancel = db.execute("cancel_orders", (place.application, host)).fetchall()
    limits = db.execute("queue_limits", (place.application,)).fetchall()
    return HostOrders(frozenset(db.id_of(key) for (key,) in cancel), dict(limits))


def paused_queues(db: Database, place: Place) -> frozenset[str]:
    return frozenset(queue for (queue,) in db.execute("paused_queues", (place.application,)))
