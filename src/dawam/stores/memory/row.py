"""One job as it lies on the shelf, and the values that people and hosts are given of it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import msgspec
from msgspec.structs import replace

from dawam.clock import from_microseconds, to_microseconds
from dawam.ids import HostId
from dawam.jobs.log import AttemptLog
from dawam.jobs.record import AttemptRecord, ClaimedJob, JobInfo, NewJob
from dawam.jobs.state import StoredState

ClaimKey = tuple[int, int, datetime, UUID]
_encode = msgspec.json.encode


@dataclass(slots=True, kw_only=True, eq=False)
class Row:
    """What never changes of a job is in `new`; the rest changes with every move."""

    id: UUID
    new: NewJob
    state: StoredState
    run_at: datetime
    counted_from: datetime
    expires_at: datetime | None
    ticket: int = 0
    """Grows with every move: an entry of a line that holds an older ticket is void."""
    fence: int = 0
    settled_fence: int = 0
    """The last fence that was settled: tells a repeated settlement from a lost one."""
    attempt_count: int = 0
    crash_count: int = 0
    lost_count: int = 0
    snooze_count: int = 0
    cancel_requested: bool = False
    cancel_reason: str = ""
    host: HostId | None = None
    claimed_at: datetime | None = None
    finished_at: datetime | None = None
    progress: str | None = None
    result: str | None = None
    last_error: str | None = None
    fingerprint: str | None = None
    attempts: list[AttemptRecord] = field(default_factory=list[AttemptRecord])
    logs: dict[int, AttemptLog] = field(default_factory=dict[int, AttemptLog])
    """By fence."""

    @classmethod
    def of(cls, new: NewJob, now: datetime) -> "Row":
        """A new job: ready when its time has come, else scheduled."""
        new = _in_utc(new)
        return cls(
            id=new.id,
            new=new,
            state=StoredState.READY if new.run_at <= now else StoredState.SCHEDULED,
            run_at=new.run_at,
            counted_from=new.run_at,
            expires_at=new.expires_at,
        )

    @property
    def claim_key(self) -> ClaimKey:
        """The order of claims: priority, fewer attempts, earlier due, smaller id."""
        return -self.new.priority, self.attempt_count, self.run_at, self.new.id

    @property
    def reader_key(self) -> tuple[str, int, str]:
        """What decides which hosts can read it: name, args version, queue."""
        return self.new.name, self.new.args_version, self.new.queue

    def has_expired(self, now: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= now

    def as_claimed(self) -> ClaimedJob:
        new, run_stamp = self.new, to_microseconds(self.run_at)
        args_text, args_are_hexadecimal = _as_text(new.args)
        return ClaimedJob(
            rank=-new.priority,
            attempt_count=self.attempt_count,
            run_stamp=run_stamp,
            id=new.id,
            fence=self.fence,
            name=new.name,
            args_text=args_text,
            args_are_hexadecimal=args_are_hexadecimal,
            args_version=new.args_version,
            args_encoding=new.args_encoding,
            queue=new.queue,
            headers_text=_encode(new.headers).decode() if new.headers else "",
            crash_count=self.crash_count,
            lost_count=self.lost_count,
            snooze_count=self.snooze_count,
            created_stamp=run_stamp if new.created_at is self.run_at else to_microseconds(new.created_at),
            counted_stamp=run_stamp if self.counted_from is self.run_at else to_microseconds(self.counted_from),
        )

    def as_info(self) -> JobInfo:
        new = self.new
        return JobInfo(
            id=new.id,
            name=new.name,
            queue=new.queue,
            stored_state=self.state,
            priority=new.priority,
            args=new.args.decode("utf-8", errors="replace"),
            args_version=new.args_version,
            headers=dict(new.headers),
            tags=new.tags,
            fence=self.fence,
            attempt_count=self.attempt_count,
            crash_count=self.crash_count,
            lost_count=self.lost_count,
            snooze_count=self.snooze_count,
            created_at=new.created_at,
            first_due_at=new.run_at,
            run_at=self.run_at,
            cancel_requested=self.cancel_requested,
            host=self.host,
            claimed_at=self.claimed_at,
            finished_at=self.finished_at,
            parent=new.parent,
            progress=self.progress,
            result=self.result,
            last_error=self.last_error,
            fingerprint=self.fingerprint,
        )


def utc(moment: datetime) -> datetime:
    """The same moment in UTC, as every store gives it back; a naive one is refused."""
    return moment if moment.tzinfo is UTC else from_microseconds(to_microseconds(moment))


def _as_text(args: bytes) -> tuple[str, int]:
    """The args as a claim hands them out, and whether they are hexadecimal digits because they are no text."""
    try:
        return args.decode(), 0
    except UnicodeDecodeError:
        return args.hex(), 1


def _in_utc(new: NewJob) -> NewJob:
    created_at, run_at = utc(new.created_at), utc(new.run_at)
    expires_at = None if new.expires_at is None else utc(new.expires_at)
    if created_at is new.created_at and run_at is new.run_at and expires_at is new.expires_at:
        return new
    return replace(new, created_at=created_at, run_at=run_at, expires_at=expires_at)
