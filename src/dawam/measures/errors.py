"""Which errors there were: all occurrences of one are a group, known by its fingerprint."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from dawam.jobs.outcome import ErrorDetails


class ErrorMark(StrEnum):
    """What somebody said of a group of errors."""

    OPEN = ""
    """Nothing."""
    RESOLVED = "resolved"
    """It will not come again. If it does, it is open again."""
    IGNORED = "ignored"
    """It may come again, and nobody wants to hear of it."""


class SeenError(Struct, frozen=True, kw_only=True):
    """What a host has seen of one error for a while: its newest occurrence, and when it saw the first and the last."""

    error: ErrorDetails
    name: str
    """Of the job."""
    queue: str
    job_id: UUID
    first_seen_at: datetime
    last_seen_at: datetime


class ErrorGroup(Struct, frozen=True, kw_only=True):
    """All occurrences of one error, whichever jobs they befell; the newest of them stands for all."""

    fingerprint: str
    error_type: str
    error_message: str
    traceback: str
    name: str
    queue: str
    job_id: UUID
    first_seen_at: datetime
    last_seen_at: datetime
    mark: ErrorMark = ErrorMark.OPEN
    marked_at: datetime | None = None

    @property
    def has_come_back(self) -> bool:
        """Whether it was seen since somebody said that it is resolved."""
        return self.mark is ErrorMark.RESOLVED and self.marked_at is not None and self.last_seen_at > self.marked_at

    @property
    def is_open(self) -> bool:
        """Whether somebody should look at it."""
        return self.mark is ErrorMark.OPEN or self.has_come_back
