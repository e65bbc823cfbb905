"""How one attempt ended: the value that the executor returns and the store settles."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from dawam.jobs.record import NewJob


@dataclass(frozen=True, slots=True)
class ErrorDetails:
    """An error as it is stored: cleaned of what no database takes, and bounded."""

    type: str
    message: str
    traceback: str = ""


@dataclass(frozen=True, slots=True)
class Succeeded:
    """Done. `result` is the returned value as JSON, or None when there is none."""

    result: bytes | None = None


@dataclass(frozen=True, slots=True)
class Retrying:
    """The attempt failed and is charged; the next one begins at `run_at`."""

    run_at: datetime
    error: ErrorDetails


@dataclass(frozen=True, slots=True)
class Snoozed:
    """The job asked to wait, uncharged; the give-up age counts anew from `run_at`."""

    run_at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """The attempt failed, is charged, and is the last one."""

    error: ErrorDetails


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The job was cancelled, by a person or by itself."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class Parked:
    """This host does not know the job's name or args version; uncharged, it waits for a host that does."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class HandedBack:
    """The host ended the attempt for its own reasons; uncharged, the job is ready again."""

    reason: str = ""


Outcome = Succeeded | Retrying | Snoozed | Failed | Cancelled | Parked | HandedBack


@dataclass(frozen=True, slots=True)
class Settlement:
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
