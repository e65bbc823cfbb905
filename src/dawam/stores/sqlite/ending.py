"""How a job leaves the hot table: to history, or for good."""

import sqlite3

from dawam.stores.sqlite.place import SQL, Place
from dawam.stores.sqlite.rows import many


def finish(
    db: sqlite3.Connection,
    place: Place,
    key: bytes,
    state: str,
    *,
    finished_at: int,
    settled_fence: int,
    charge: int = 0,
    losses: int = 0,
    crashes: int = 0,
    progress: str | None = None,
    error: str | None = None,
) -> None:
    """Moves an unfinished job to history as `failed` or `cancelled`, or deletes it where none is kept."""
    if place.keeps(state):
        row = (key, state, settled_fence, charge, losses, finished_at, progress, error, place.application, crashes)
        db.execute(SQL["keep_finished"], row)
    else:
        db.execute(SQL["remove_attempts"], (*many([key]), place.application))
    db.execute(SQL["remove_job"], (key, place.application))


def cancel_waiting(db: sqlite3.Connection, place: Place, key: bytes, now: int, reason: str) -> None:
    """Cancels a job that no host holds; what was settled before stays settled."""
    (_, _, settled_fence, *_) = db.execute(SQL["claim_of"], (key, place.application)).fetchone()
    finish(db, place, key, "cancelled", finished_at=now, settled_fence=settled_fence, error=cancelled_line(reason))


def cancelled_line(reason: str) -> str | None:
    """What a cancelled job shows as its last error; nothing where nobody said why."""
    return f"Cancelled: {reason}" if reason else None
