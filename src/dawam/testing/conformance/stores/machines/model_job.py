"""One job of the model, as far as the verbs change it and people see it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from dawam.ids import HostId
from dawam.jobs.record import JobInfo, NewJob
from dawam.jobs.state import FINISHED, StoredState
from dawam.stores.values import SUSPECT_FROM, JobChange


@dataclass(slots=True)
class ModelJob:
    """What the store is expected to hold of it."""

    new: NewJob
    state: StoredState
    run_at: datetime
    fence: int = 0
    attempt_count: int = 0
    crash_count: int = 0
    lost_count: int = 0
    snooze_count: int = 0
    cancel_requested: bool = False
    cancel_reason: str = ""
    expires_at: datetime | None = None
    host: HostId | None = None
    claimed_at: datetime | None = None
    finished_at: datetime | None = None
    progress: str | None = None
    result: str | None = None
    trouble: str | None = None
    """What the last error begins with."""
    settled: list[int] = field(default_factory=list[int])
    """The fences that were settled, in order."""
    records: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    """The fence and the error of every failed attempt."""

    @property
    def id(self) -> UUID:
        return self.new.id

    @property
    def claim_key(self) -> tuple[int, int, datetime, UUID]:
        return -self.new.priority, self.attempt_count, self.run_at, self.id

    @property
    def list_key(self) -> tuple[Any, ...]:
        """Due ones in claim order, later ones by due time, running ones, then finished ones, newest first."""
        if self.finished_at is not None:
            return 3, -self.finished_at.timestamp(), -self.id.int
        if self.state is StoredState.RUNNING:
            return 2, self.id
        return (0, *self.claim_key) if self.state is StoredState.READY else (1, self.run_at, self.id)

    @property
    def is_suspect(self) -> bool:
        return self.crash_count >= SUSPECT_FROM

    def has_expired(self, now: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= now

    def start(self, host: HostId, now: datetime) -> None:
        self.state, self.host, self.claimed_at = StoredState.RUNNING, host, now
        self.fence += 1

    def wait(self, state: StoredState) -> None:
        """Waits, owned by nobody."""
        self.state, self.host, self.claimed_at = state, None, None

    def finish(self, state: StoredState, moment: datetime) -> None:
        assert state in FINISHED
        self.state, self.finished_at = state, moment
        self.cancel_requested, self.cancel_reason = False, ""

    def cancel(self, moment: datetime, reason: str) -> None:
        self.finish(StoredState.CANCELLED, moment)
        self.trouble = "Cancelled" if reason else self.trouble

    def charge(self, trouble: str) -> None:
        """An attempt ended badly, and leaves a record."""
        self.records.append((self.fence, trouble))
        self.trouble = trouble

    def retry(self, now: datetime) -> None:
        self.run_at, self.expires_at = now, None
        self.attempt_count = self.crash_count = self.lost_count = self.snooze_count = 0
        self.finished_at = self.result = self.progress = None
        self.wait(StoredState.READY)

    def change(self, change: JobChange, now: datetime) -> None:
        queue, priority = change.queue or self.new.queue, change.priority or self.new.priority
        self.new = replace(self.new, queue=queue, priority=priority)
        if change.run_at is not None:
            self.run_at = change.run_at
            if self.state is not StoredState.PARKED:
                self.state = StoredState.READY if self.run_at <= now else StoredState.SCHEDULED


def shown(job: ModelJob | JobInfo) -> dict[str, Any]:
    """What people see of a job, be it the model's or a store's."""
    if isinstance(job, ModelJob):
        said: dict[str, Any] = {"state": job.state, "trouble": job.trouble, **_said(job.new, _GIVEN)}
    else:
        trouble = None if job.last_error is None else job.last_error.partition(":")[0]
        said = {"state": job.stored_state, "trouble": trouble, **_said(job, _GIVEN)}
    return {**said, **_said(job, _CHANGED)}


_GIVEN = ("id", "name", "queue", "priority", "tags")
_CHANGED = (
    *("fence", "attempt_count", "crash_count", "lost_count", "snooze_count", "run_at", "cancel_requested"),
    *("host", "claimed_at", "finished_at", "progress", "result"),
)


def _said(of: object, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(of, name) for name in names}
