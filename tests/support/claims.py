"""Claimed jobs, as a store hands them out."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from dawam import Priority
from dawam.clock import to_microseconds
from dawam.ids import new_id
from dawam.jobs.record import ClaimedJob

FIRST_DUE = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def claimed(
    name: str = "work",
    args: bytes = b"{}",
    *,
    id: UUID | None = None,  # noqa: A002  (it is the id)
    priority: Priority = Priority.NORMAL,
    headers: Mapping[str, str] | None = None,
    created_at: datetime = FIRST_DUE,
    run_at: datetime = FIRST_DUE,
    counted_from: datetime = FIRST_DUE,
    **fields: Any,
) -> ClaimedJob:
    """A first attempt, unless the fields say otherwise."""
    counts = {"attempt_count": 0, "crash_count": 0, "lost_count": 0, "snooze_count": 0}
    values = {"fence": 1, "args_version": 1, "args_encoding": "json", "queue": "default", **counts}
    return ClaimedJob(
        **{**values, **fields},
        id=id or new_id(),
        name=name,
        args_text=args.decode(),
        args_are_hexadecimal=0,
        rank=-priority,
        headers_text=msgspec.json.encode(headers).decode() if headers else "",
        created_stamp=to_microseconds(created_at),
        run_stamp=to_microseconds(run_at),
        counted_stamp=to_microseconds(counted_from),
    )
