"""`settle`: writes how attempts ended, one by one, each guarded by its fence."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dawam.clock import to_microseconds
from dawam.jobs.outcome import (
    Cancelled,
    ErrorDetails,
    Failed,
    HandedBack,
    Parked,
    Retrying,
    SettleAnswer,
    Settlement,
    Snoozed,
    Succeeded,
)
from dawam.stores.sql.database import Database
from dawam.stores.sql.ending import cancelled_line, finish
from dawam.stores.sql.place import Place


def settle(db: Database, place: Place, settlements: Sequence[Settlement]) -> list[SettleAnswer]:
    return [settle_one(db, place, each) for each in settlements]


def settle_one(db: Database, place: Place, settlement: Settlement) -> SettleAnswer:
    key = db.key(settlement.id)
    row = db.execute("claim_of", (key, place.application)).fetchone()
    if row is None:
        row = db.execute("settled_fence_of_finished", (key, place.application)).fetchone()
        return _too_late(settlement, row[0] if row else 0)
    state, fence, settled_fence, cancel_requested, host, attempt_count, cancel_reason = row
    if state != "running" or fence != settlement.fence:
        return _too_late(settlement, settled_fence)
    outcome = settlement.outcome
    if cancel_requested and isinstance(outcome, Retrying | Snoozed | Parked | HandedBack):
        outcome = Cancelled(cancel_reason)
    _write(db, place, settlement, outcome)
    error = outcome.error if isinstance(outcome, Retrying | Failed) else None
    if error is not None and (isinstance(outcome, Retrying) or place.keeps("failed")):
        times = (to_microseconds(settlement.started_at), to_microseconds(settlement.ended_at))
        ended = (key, fence, attempt_count + 1, host, *times, error.type, error.message, error.traceback)
        db.execute("add_attempt", (*ended, place.application))
    if settlement.new_jobs:
        db.add(place, settlement.new_jobs)
    return SettleAnswer.ACCEPTED


def _too_late(settlement: Settlement, settled_fence: int) -> SettleAnswer:
    return SettleAnswer.ALREADY if settled_fence == settlement.fence else SettleAnswer.LOST


def _write(db: Database, place: Place, settlement: Settlement, outcome: Any) -> None:
    """Moves the job as its outcome says."""
    key, fence, progress = db.key(settlement.id), settlement.fence, settlement.progress
    ended_at = to_microseconds(settlement.ended_at)
    match outcome:
        case Succeeded(result):
            text = None if result is None else result.decode()
            finish(
                db, place, key, "succeeded", finished_at=ended_at, settled_fence=fence, progress=progress, result=text
            )  # fmt: skip
        case Failed(error):
            finish(
                db, place, key, "failed", finished_at=ended_at, settled_fence=fence, charge=1, progress=progress,
                error=_line(error), fingerprint=error.fingerprint,
            )  # fmt: skip
        case Cancelled(reason):
            why = cancelled_line(reason)
            finish(
                db, place, key, "cancelled", finished_at=ended_at, settled_fence=fence, progress=progress, error=why
            )  # fmt: skip
        case Retrying(run_at, error):
            state = _place_of(run_at, place)
            _back(
                db, place, key, state, fence, charge=1, run_at=run_at, progress=progress, error=_line(error),
                fingerprint=error.fingerprint,
            )  # fmt: skip
        case Snoozed(run_at):
            state = _place_of(run_at, place)
            _back(db, place, key, state, fence, snooze=1, run_at=run_at, counted_from=run_at, progress=progress)
        case Parked(reason):
            _back(db, place, key, "parked", fence, progress=progress, error=f"Parked: {reason}")
        case HandedBack():
            _back(db, place, key, "ready", fence, progress=progress)
        case _:
            raise TypeError(f"{outcome!r} is no outcome")


def _back(
    db: Database,
    place: Place,
    key: Any,
    state: str,
    fence: int,
    *,
    charge: int = 0,
    snooze: int = 0,
    run_at: datetime | None = None,
    counted_from: datetime | None = None,
    progress: str | None = None,
    error: str | None = None,
    fingerprint: str | None = None,
) -> None:
    """Puts a running job back among the waiting ones."""
    due = None if run_at is None else to_microseconds(run_at)
    counted = None if counted_from is None else to_microseconds(counted_from)
    moved = (key, state, fence, charge, snooze, due, counted, progress, error)
    db.execute("reschedule_claimed", (*moved, place.application, fingerprint or None))


def _place_of(run_at: datetime, place: Place) -> str:
    return "ready" if to_microseconds(run_at) <= place.now() else "scheduled"


def _line(error: ErrorDetails) -> str:
    return f"{error.type}: {error.message}"
