"""How one attempt ended: the value that the executor returns and the store settles."""

import traceback
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from dawam.jobs.fingerprint import fingerprint, of_the_job
from dawam.jobs.record import NewJob


@dataclass(frozen=True, slots=True)
class ErrorDetails:
    """An error as it is stored: cleaned of what no database takes, and bounded."""

    type: str
    message: str
    traceback: str = ""
    fingerprint: str = field(default="", compare=False)
    """What all occurrences of this error share; empty where nobody asks which error it is."""

    @classmethod
    def of(cls, error: BaseException) -> "ErrorDetails":
        """What is worth keeping of a raised error."""
        kind = type(error)
        name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
        try:
            message = str(error)
        except Exception:  # noqa: BLE001  (a user's __str__ may raise anything)
            message = "(its message could not be read)"
        lines = "".join(traceback.format_exception(kind, error, of_the_job(error.__traceback__)))
        known_by = fingerprint(name, message, error.__traceback__)
        return cls(name, storable(message, MESSAGE_LIMIT), storable(lines, TRACEBACK_LIMIT), known_by)

    @classmethod
    def said(cls, kind: str, message: str) -> "ErrorDetails":
        """One that nobody raised."""
        return cls(kind, message, fingerprint=fingerprint(kind, message))


MESSAGE_LIMIT = 4_000
TRACEBACK_LIMIT = 20_000


def storable(text: str, limit: int) -> str:
    """Text that every database takes: no NUL, no lone surrogate, and no longer than `limit` characters.

    Too long a text loses its middle, because a traceback tells most at its two ends.
    """
    if len(text) <= limit and text.isascii() and "\0" not in text:  # as nearly all are
        return text
    clean = text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    if len(clean) <= limit:
        return clean
    half = (limit - 40) // 2
    return f"{clean[:half]}\n... {len(clean) - 2 * half:,} characters left out ...\n{clean[-half:]}"


class Succeeded(Struct, frozen=True):
    """Done. `result` is the returned value as JSON, or None when there is none."""

    result: bytes | None = None


class Retrying(Struct, frozen=True):
    """The attempt failed and is charged; the next one begins at `run_at`."""

    run_at: datetime
    error: ErrorDetails


class Snoozed(Struct, frozen=True):
    """The job asked to wait, uncharged; the give-up age counts anew from `run_at`."""

    run_at: datetime
    reason: str = ""


class Failed(Struct, frozen=True):
    """The attempt failed, is charged, and is the last one."""

    error: ErrorDetails


class Cancelled(Struct, frozen=True):
    """The job was cancelled, by a person or by itself."""

    reason: str = ""


class Parked(Struct, frozen=True):
    """This host does not know the job's name or args version; uncharged, it waits for a host that does."""

    reason: str = ""


class HandedBack(Struct, frozen=True):
    """The host ended the attempt for its own reasons; uncharged, the job is ready again."""

    reason: str = ""


Outcome = Succeeded | Retrying | Snoozed | Failed | Cancelled | Parked | HandedBack


class Settlement(Struct, frozen=True):
    """One attempt's end as a store writes it, guarded by the fence.

    `new_jobs` are the follow-ups: they are added if, and only if, this settlement is accepted.
    """

    id: UUID
    fence: int
    outcome: Outcome
    started_at: datetime
    ended_at: datetime
    progress: str | None = None
    new_jobs: tuple[NewJob, ...] = ()


class SettleAnswer(StrEnum):
    """What a store answers to one settlement."""

    ACCEPTED = "accepted"
    ALREADY = "already"
    """This fence was settled before: the answer had been lost, nothing is written twice."""
    LOST = "lost"
    """The claim is gone: rescued, or settled by a later one. Nothing was written."""
