"""Claimed jobs, as a store hands them out."""

from datetime import UTC, datetime
from typing import Any

from dawam import Priority
from dawam.ids import new_id
from dawam.jobs.record import ClaimedJob

FIRST_DUE = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def claimed(name: str = "work", args: bytes = b"{}", **fields: Any) -> ClaimedJob:
    """A first attempt, unless the fields say otherwise."""
    values = {
        "id": new_id(),
        "fence": 1,
        "name": name,
        "args": args,
        "args_version": 1,
        "args_encoding": "json",
        "queue": "default",
        "priority": Priority.NORMAL,
        "headers": {},
        "attempt_count": 0,
        "crash_count": 0,
        "lost_count": 0,
        "snooze_count": 0,
        "created_at": FIRST_DUE,
        "run_at": FIRST_DUE,
        "counted_from": FIRST_DUE,
    }
    return ClaimedJob(**{**values, **fields})
