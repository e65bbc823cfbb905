"""Workers and recurring jobs in words: the rows of `workers list`, the page of `workers show`, and both as JSON."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec

from dawam.observability.durations import spoken_duration, spoken_moment, spoken_wait
from dawam.observability.lines import plural
from dawam.workers.record import MOST_COUNTED, TickOutcome, TickRecord, WorkerInfo
from dawam.workers.schedules.stored import from_text

LIST_HEADERS = ("NAME", "SCHEDULE", "NEXT", "LAST", "STATE")
HISTORY_HEADERS = ("PLANNED", "OUTCOME", "TOOK", "HOST", "DETAIL")
_LABEL_WIDTH = 12
_SHOWN = tuple(name for name in WorkerInfo.__struct_fields__ if name != "job")
_UNREADABLE = "cannot be read by this version of Dawam"


def list_row(worker: WorkerInfo, now: datetime) -> tuple[str, ...]:
    """One line of `workers list`."""
    return (
        worker.name,
        schedule_text(worker.schedule),
        next_text(worker, now),
        last_text(worker, now),
        state_text(worker),
    )


def schedule_text(stored: str) -> str:
    """The schedule as a person would write it down."""
    try:
        return str(from_text(stored))
    except Exception:  # noqa: BLE001  (newer code may have written anything; the list must be shown all the same)
        return _UNREADABLE


def next_text(worker: WorkerInfo, now: datetime) -> str:
    """When it ticks next."""
    if worker.host is not None:
        return "when this one ends" if worker.is_triggered else "after this one"
    if worker.is_triggered:
        return "now, triggered"
    if worker.is_paused:
        return "-"
    if worker.next_at is None:
        return "never again"
    if worker.next_at > now:
        return spoken_wait(worker.next_at, now)
    return f"due since {spoken_moment(worker.next_at, now)}"


def last_text(worker: WorkerInfo, now: datetime) -> str:
    """How its last tick went."""
    if worker.last_outcome is None or worker.last_planned_at is None:
        return "-"
    failures = f", {worker.failure_count} in a row" if worker.failure_count > 1 else ""
    moment = worker.last_ended_at or worker.last_planned_at
    return f"{worker.last_outcome} {spoken_moment(moment, now)}{failures}"


def state_text(worker: WorkerInfo) -> str:
    """What it does now, and what hinders it."""
    parts = ["enqueues " + worker.job.name] if worker.job is not None else []
    if worker.host is not None:
        parts.append(f"running on {worker.host}")
    if worker.is_paused:
        parts.append("paused")
    if not worker.declared_by and not worker.is_stored:
        parts.append("no live host has it")
    if worker.schedule != worker.declared_schedule:
        parts.append("rescheduled")
    if not worker.is_cluster_wide:
        parts.append(f"on {worker.place}")
    return ", ".join(parts) or "waiting"


def page(worker: WorkerInfo, now: datetime) -> Iterator[str]:
    """`workers show`, line by line."""
    yield worker.name
    for label, text in _facts(worker, now):
        yield f"  {label:<{_LABEL_WIDTH}}{text}"


def _facts(worker: WorkerInfo, now: datetime) -> Iterator[tuple[str, str]]:
    yield "schedule", f"{schedule_text(worker.schedule)}: {_explained(worker.schedule)}"
    if worker.schedule != worker.declared_schedule:
        yield "in the code", schedule_text(worker.declared_schedule)
    yield "state", state_text(worker)
    yield "next", next_text(worker, now)
    yield "last", last_text(worker, now)
    yield "ticks", f"{worker.tick_count:,}"
    if worker.job is None:
        yield "runs on", "one host at a time" if worker.is_cluster_wide else f"every host; this is {worker.place}"
        yield "after crash", worker.after_crash.value
    yield "catch up", plural(worker.catch_up, "missed tick")
    if worker.jitter:
        yield "jitter", f"up to {spoken_duration(worker.jitter)}"
    yield (
        "declared by",
        ", ".join(worker.declared_by) or ("put there at run time" if worker.is_stored else "no live host"),
    )
    if worker.last_error:
        yield "last error", worker.last_error


def _explained(stored: str) -> str:
    try:
        return from_text(stored).explain()
    except Exception:  # noqa: BLE001
        return _UNREADABLE


def history_row(record: TickRecord, now: datetime) -> tuple[str, ...]:
    """One line of the history."""
    planned, outcome = spoken_moment(record.planned_at, now), record.outcome.value
    if record.outcome is TickOutcome.MISSED:
        last = record.planned_until
        until = "" if last is None or last == record.planned_at else f" to {spoken_moment(last, now)}"
        more = " or more" if record.count >= MOST_COUNTED else ""
        return f"{planned}{until}", f"missed {record.count:,}{more}", "-", "-", ""
    took = "-" if record.duration is None else spoken_duration(record.duration)
    tries = f" after {record.attempt_count} attempts" if record.attempt_count > 1 else ""
    error = f"{record.error_type}: {record.error_message}" if record.error_type else ""
    what = f"job {record.job_id}" if record.job_id is not None else error
    return planned, f"{outcome}{tries}{', triggered' if record.is_triggered else ''}", took, record.host or "-", what


def worker_json(worker: WorkerInfo, records: Sequence[TickRecord] | None = None) -> dict[str, Any]:
    """A worker for tools; the args of a recurring job are the JSON text that is stored."""
    job = worker.job
    shown: dict[str, Any] = {
        **msgspec.to_builtins({name: getattr(worker, name) for name in _SHOWN}),
        "schedule": schedule_text(worker.schedule),
        "declared_schedule": schedule_text(worker.declared_schedule),
        "explained": _explained(worker.schedule),
        "job": None
        if job is None
        else {"name": job.name, "queue": job.queue, "args": job.args.decode("utf-8", "replace")},
    }
    if records is not None:
        shown["history"] = [msgspec.to_builtins(record) for record in records]
    return shown
