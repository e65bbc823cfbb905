"""The periodic chores: due jobs become ready, old history goes."""

import sqlite3
from collections.abc import Sequence
from uuid import UUID

from dawam.clock import from_microseconds, to_microseconds
from dawam.ids import HostId
from dawam.stores.base import HostOrders, ProgressNote, Promotion, Retention
from dawam.stores.sqlite.place import SQL, Place
from dawam.stores.sqlite.rows import many


def promote(db: sqlite3.Connection, place: Place, limit: int) -> Promotion:
    count = db.execute(SQL["promote_due"], (place.application, place.now(), limit)).rowcount
    (next_run_at,) = db.execute(SQL["next_run_at"], (place.application,)).fetchone()
    return Promotion(count, None if next_run_at is None else from_microseconds(next_run_at))


def note_progress(db: sqlite3.Connection, place: Place, host: HostId, notes: Sequence[ProgressNote]) -> None:
    rows = [(note.id.bytes, place.application, host, note.fence, note.text) for note in notes]
    db.executemany(SQL["note_progress"], rows)


def waiting_promotion(db: sqlite3.Connection, place: Place) -> Promotion | None:
    """A read: the answer of `promote` when nothing is due, or None when something is."""
    (next_run_at,) = db.execute(SQL["next_run_at"], (place.application,)).fetchone()
    if next_run_at is None:
        return Promotion(0, None)
    return None if next_run_at <= place.now() else Promotion(0, from_microseconds(next_run_at))


def outlived(db: sqlite3.Connection, place: Place, retention: Retention, limit: int) -> list[tuple[bytes]]:
    """A read: the oldest finished jobs, at most `limit`, that were kept for longer than their retention."""
    found: list[tuple[bytes]] = []
    for state in ("succeeded", "failed", "cancelled"):
        kept_for = getattr(retention, state)
        if kept_for is None or len(found) >= limit:
            continue
        older_than = to_microseconds(place.clock.now() - kept_for)
        found += db.execute(
            SQL["select_outlived"], (place.application, state, older_than, limit - len(found))
        ).fetchall()
    return found


def prune(db: sqlite3.Connection, place: Place, retention: Retention, limit: int) -> int:
    found = outlived(db, place, retention, limit)
    ids = (*many([key for (key,) in found]), place.application)
    db.execute(SQL["remove_attempts"], ids)
    db.execute(SQL["remove_finished"], ids)
    return len(found)


def orders(db: sqlite3.Connection, place: Place, host: HostId) -> HostOrders:
    cancel = db.execute(SQL["cancel_orders"], (place.application, host)).fetchall()
    return HostOrders(frozenset(UUID(bytes=key) for (key,) in cancel), paused_queues(db, place))


def paused_queues(db: sqlite3.Connection, place: Place) -> frozenset[str]:
    return frozenset(queue for (queue,) in db.execute(SQL["paused_queues"], (place.application,)))
