"""`settle`: writes how attempts ended, each guarded by its fence."""

import sqlite3
from collections import defaultdict
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
from dawam.stores.sqlite.adding import add
from dawam.stores.sqlite.ending import cancelled_line, finish
from dawam.stores.sqlite.place import SQL, Place
from dawam.stores.sqlite.rows import many


def settle(db: sqlite3.Connection, place: Place, settlements: Sequence[Settlement]) -> list[SettleAnswer]:
    plain = [each for each in settlements if isinstance(each.outcome, Succeeded) and not each.new_jobs]
    is_mixed = len(plain) < len(settlements)
    if is_mixed and len({each.id for each in settlements}) < len(settlements):
        plain = []  # of two ends of one job the first counts, so they are written in order
    together = len(plain) > 1 and _succeed_together(db, place, plain)
    if together and not is_mixed:
        return [SettleAnswer.ACCEPTED] * len(plain)
    done = set(map(id, plain)) if together else set[int]()
    return [SettleAnswer.ACCEPTED if id(each) in done else _settle_one(db, place, each) for each in settlements]


def _succeed_together(db: sqlite3.Connection, place: Place, successes: Sequence[Settlement]) -> bool:
    """The fast way for what nearly every batch is: all succeeded, all still claimed. False: nothing was done."""
    by_fence: dict[int, list[Settlement]] = defaultdict(list)
    for each in successes:
        by_fence[each.fence].append(each)
    db.execute("SAVEPOINT settling")
    try:
        all_claimed = all(_succeed(db, place, fence, group) for fence, group in by_fence.items())
    except sqlite3.IntegrityError:  # one of them twice
        all_claimed = False
    if not all_claimed:
        db.execute("ROLLBACK TO settling")
    db.execute("RELEASE settling")
    return all_claimed


def _succeed(db: sqlite3.Connection, place: Place, fence: int, settlements: Sequence[Settlement]) -> bool:
    """Ends jobs that succeeded under one fence; False when not all of them were claimed under it."""
    ids, ends = many([each.id.bytes for each in settlements], [_end(each) for each in settlements])
    batch = (ids, ends, fence, place.application)
    if place.keeps("succeeded"):
        db.execute(SQL["keep_succeeded"], batch)
    elif fence > 1:  # the first claim of a job has no attempts behind it
        db.execute(SQL["remove_attempts"], (ids, ends, place.application))
    return db.execute(SQL["remove_claimed"], batch).rowcount == len(settlements)


def _end(success: Settlement) -> int | tuple[int, str | None, str | None]:
    ended_at = to_microseconds(success.ended_at)
    result = success.outcome.result if isinstance(success.outcome, Succeeded) else None
    if result is None and success.progress is None:
        return ended_at
    return ended_at, success.progress, None if result is None else result.decode()


def _settle_one(db: sqlite3.Connection, place: Place, settlement: Settlement) -> SettleAnswer:
    key = settlement.id.bytes
    row = db.execute(SQL["claim_of"], (key, place.application)).fetchone()
    if row is None:
        row = db.execute(SQL["settled_fence_of_finished"], (key, place.application)).fetchone()
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
        row = (
            key,
            fence,
            attempt_count + 1,
            host,
            *times,
            error.type,
            error.message,
            error.traceback,
            place.application,
        )
        db.execute(SQL["add_attempt"], row)
    if settlement.new_jobs:
        add(db, place, settlement.new_jobs)
    return SettleAnswer.ACCEPTED


def _too_late(settlement: Settlement, settled_fence: int) -> SettleAnswer:
    return SettleAnswer.ALREADY if settled_fence == settlement.fence else SettleAnswer.LOST


def _write(db: sqlite3.Connection, place: Place, settlement: Settlement, outcome: Any) -> None:
    """Moves the job as its outcome says."""
    key, fence, progress = settlement.id.bytes, settlement.fence, settlement.progress
    ended_at = to_microseconds(settlement.ended_at)
    match outcome:
        case Succeeded():
            _succeed(db, place, fence, [settlement])
        case Failed(error):
            finish(
                db, place, key, "failed", finished_at=ended_at, settled_fence=fence, charge=1, progress=progress,
                error=_line(error),
            )  # fmt: skip
        case Cancelled(reason):
            why = cancelled_line(reason)
            finish(
                db, place, key, "cancelled", finished_at=ended_at, settled_fence=fence, progress=progress, error=why
            )  # fmt: skip
        case Retrying(run_at, error):
            state = _place_of(run_at, place)
            _back(db, place, key, state, fence, charge=1, run_at=run_at, progress=progress, error=_line(error))
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
    db: sqlite3.Connection,
    place: Place,
    key: bytes,
    state: str,
    fence: int,
    *,
    charge: int = 0,
    snooze: int = 0,
    run_at: datetime | None = None,
    counted_from: datetime | None = None,
    progress: str | None = None,
    error: str | None = None,
) -> None:
    """Puts a running job back among the waiting ones."""
    due = None if run_at is None else to_microseconds(run_at)
    counted = None if counted_from is None else to_microseconds(counted_from)
    db.execute(
        SQL["reschedule_claimed"], (key, state, fence, charge, snooze, due, counted, progress, error, place.application)
    )


def _place_of(run_at: datetime, place: Place) -> str:
    return "ready" if to_microseconds(run_at) <= place.now() else "scheduled"


def _line(error: ErrorDetails) -> str:
    return f"{error.type}: {error.message}"
