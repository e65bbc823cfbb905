"""How a job leaves the hot table: to history, or for good."""

from typing import Any

from dawam.stores.sql.database import Database
from dawam.stores.sql.place import Place

REMOVE_RECORDS = ("remove_attempts", "remove_logs")
"""What goes with a job that is deleted."""


def remove_records(db: Database, ids: tuple[Any, ...]) -> None:
    """Deletes what is kept of the attempts of some jobs."""
    for statement in REMOVE_RECORDS:
        db.execute(statement, ids)


def finish(
    db: Database,
    place: Place,
    key: Any,
    state: str,
    *,
    finished_at: int,
    settled_fence: int,
    charge: int = 0,
    losses: int = 0,
    crashes: int = 0,
    progress: str | None = None,
    error: str | None = None,
    fingerprint: str | None = None,
    result: str | None = None,
) -> None:
    """Moves an unfinished job to history as `state` says, or deletes it where none is kept."""
    if place.keeps(state):
        ended = (key, state, settled_fence, charge, losses, finished_at, progress, error)
        db.execute("keep_finished", (*ended, place.application, crashes, result, fingerprint or None))
    else:
        remove_records(db, (*db.many([key]), place.application))
    db.execute("remove_job", (key, place.application))


def cancel_waiting(db: Database, place: Place, key: Any, now: int, reason: str) -> None:
    """Cancels a job that no host holds; what was settled before stays settled."""
    (_, _, settled_fence, *_) = db.execute("claim_of", (key, place.application)).fetchone()
    finish(db, place, key, "cancelled", finished_at=now, settled_fence=settled_fence, error=cancelled_line(reason))


def cancelled_line(reason: str) -> str | None:
    """What a cancelled job shows as its last error; nothing where nobody said why."""
    return f"Cancelled: {reason}" if reason else None
