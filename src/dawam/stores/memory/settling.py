"""`add` and `settle`: take jobs in, and write how their attempts ended."""

from collections.abc import Sequence
from datetime import datetime

from dawam.jobs.outcome import (
    Cancelled,
    ErrorDetails,
    Failed,
    HandedBack,
    Outcome,
    Parked,
    Retrying,
    SettleAnswer,
    Settlement,
    Snoozed,
    Succeeded,
)
from dawam.jobs.record import AttemptRecord, NewJob
from dawam.jobs.state import StoredState
from dawam.stores.memory.row import Row, utc
from dawam.stores.memory.shelf import Place


def add(place: Place, jobs: Sequence[NewJob]) -> list[bool]:
    return _put_new(place, _new_rows(place, jobs))


def settle(place: Place, settlements: Sequence[Settlement]) -> list[SettleAnswer]:
    # made before anything is written: a follow-up that cannot be stored must leave everything as it was
    follow_ups = [_new_rows(place, settlement.new_jobs) for settlement in settlements]
    return [_settle_one(place, each, rows) for each, rows in zip(settlements, follow_ups, strict=True)]


def _new_rows(place: Place, jobs: Sequence[NewJob]) -> list[Row]:
    now = place.clock.now()
    return [Row.of(job, now) for job in jobs]


def _put_new(place: Place, rows: list[Row]) -> list[bool]:
    answers: list[bool] = []
    for row in rows:
        is_new = row.id not in place.section.rows
        if is_new:
            place.section.put(row)
        answers.append(is_new)
    return answers


def _settle_one(place: Place, settlement: Settlement, follow_ups: list[Row]) -> SettleAnswer:
    row = place.section.rows.get(settlement.id)
    if row is None:
        return SettleAnswer.LOST
    if row.state is not StoredState.RUNNING or row.fence != settlement.fence:
        return SettleAnswer.ALREADY if row.settled_fence == settlement.fence else SettleAnswer.LOST
    outcome = settlement.outcome
    if row.cancel_requested and isinstance(outcome, Retrying | Snoozed | Parked | HandedBack):
        outcome = Cancelled(row.cancel_reason)
    if settlement.progress is not None:
        row.progress = settlement.progress
    row.settled_fence = settlement.fence
    if isinstance(outcome, Retrying | Failed):
        _charge(row, settlement, outcome.error)
    _move(place, row, outcome, settlement.ended_at)
    _put_new(place, follow_ups)
    return SettleAnswer.ACCEPTED


def _charge(row: Row, settlement: Settlement, error: ErrorDetails) -> None:
    row.attempt_count += 1
    row.last_error, row.fingerprint = f"{error.type}: {error.message}", error.fingerprint or row.fingerprint
    row.attempts.append(
        AttemptRecord(
            job_id=row.id,
            fence=settlement.fence,
            attempt=row.attempt_count,
            host=row.host or "",
            started_at=settlement.started_at,
            ended_at=settlement.ended_at,
            error_type=error.type,
            error_message=error.message,
            traceback=error.traceback,
        )
    )


def _move(place: Place, row: Row, outcome: Outcome, ended_at: datetime) -> None:
    match outcome:
        case Succeeded(result):
            row.result = None if result is None else result.decode()
            place.finish(row, StoredState.SUCCEEDED, ended_at)
        case Failed():
            place.finish(row, StoredState.FAILED, ended_at)
        case Cancelled(reason):
            place.cancel(row, ended_at, reason)
        case Retrying(run_at):
            _wait_until(place, row, run_at)
        case Snoozed(run_at):
            row.snooze_count += 1
            row.counted_from = utc(run_at)
            _wait_until(place, row, run_at)
        case Parked(reason):
            row.last_error = f"Parked: {reason}"
            place.section.wait(row, StoredState.PARKED)
        case HandedBack():
            place.section.wait(row, StoredState.READY)


def _wait_until(place: Place, row: Row, run_at: datetime) -> None:
    row.run_at = utc(run_at)
    is_due = row.run_at <= place.clock.now()
    place.section.wait(row, StoredState.READY if is_due else StoredState.SCHEDULED)
