"""A job as stores keep it: what goes in, what a claim hands out, what people read.

The two values on the hot path are msgspec Structs: they are made five times as fast as frozen dataclasses.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import Struct

from dawam.clock import from_microseconds
from dawam.jobs.priority import Priority, nearest_priority
from dawam.jobs.state import StoredState


class NewJob(Struct, frozen=True, kw_only=True):
    """A job that is to be added. The client makes the id, so adding it again changes nothing."""

    id: UUID
    name: str
    args: bytes
    queue: str
    priority: Priority
    created_at: datetime
    run_at: datetime
    args_version: int = 1
    args_encoding: str = "json"
    headers: Mapping[str, str] = {}
    tags: tuple[str, ...] = ()
    expires_at: datetime | None = None
    parent: UUID | None = None


class ClaimedJob(Struct, frozen=True, array_like=True, gc=False):
    """What a host needs to run one attempt, and the fence that guards everything it will write.

    The fields are a store's row, in the order in which `select_ready` names them, so that a whole batch is decoded from
    one JSON array without a step of Python's. What takes time to become a value of Python's own (moments, args,
    headers) becomes it when somebody asks. A stamp is a moment in whole microseconds since 1970.
    """

    rank: int
    """Minus the priority, so that all keys of a claim ascend."""
    attempt_count: int
    run_stamp: int
    id: UUID
    fence: int
    name: str
    args_text: str
    args_are_hexadecimal: int
    """1 where the args are no text, so that their bytes come as hexadecimal digits."""
    args_version: int
    args_encoding: str
    queue: str
    headers_text: str
    crash_count: int
    lost_count: int
    snooze_count: int
    created_stamp: int
    counted_stamp: int
    expires_stamp: int | None = None

    @property
    def claim_key(self) -> tuple[int, int, int, UUID]:
        """The order of claims: priority, fewer attempts, earlier due, smaller id."""
        return self.rank, self.attempt_count, self.run_stamp, self.id

    @property
    def attempt(self) -> int:
        """The number of this attempt; 1 is the first."""
        return self.attempt_count + 1

    @property
    def args(self) -> bytes:
        return bytes.fromhex(self.args_text) if self.args_are_hexadecimal else self.args_text.encode()

    @property
    def headers(self) -> Mapping[str, str]:
        return _decode_headers(self.headers_text) if self.headers_text else {}

    @property
    def priority(self) -> Priority:
        """The nearest one that this code knows: a row of newer code must not stop the claims of all the others."""
        return nearest_priority(-self.rank)

    @property
    def created_at(self) -> datetime:
        return from_microseconds(self.created_stamp)

    @property
    def run_at(self) -> datetime:
        return from_microseconds(self.run_stamp)

    @property
    def counted_from(self) -> datetime:
        """From here the give-up age counts: the latest of first due time, end of a snooze and retry by hand."""
        return from_microseconds(self.counted_stamp)


_decode_headers = msgspec.json.Decoder(dict[str, str]).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class JobInfo:
    """One job as people see it, alive or finished. Args and result are JSON text."""

    id: UUID
    name: str
    queue: str
    stored_state: StoredState | str
    """A plain text where newer code wrote it: such a job is shown, and left alone."""
    priority: Priority
    args: str
    args_version: int
    headers: Mapping[str, str]
    tags: tuple[str, ...]
    fence: int
    attempt_count: int
    crash_count: int
    lost_count: int
    snooze_count: int
    created_at: datetime
    first_due_at: datetime
    run_at: datetime
    cancel_requested: bool
    host: str | None = None
    claimed_at: datetime | None = None
    finished_at: datetime | None = None
    parent: UUID | None = None
    progress: str | None = None
    result: str | None = None
    last_error: str | None = None
    fingerprint: str | None = None
    """Of the last error: all jobs that failed by the same one have it."""

    @property
    def state(self) -> str:
        """`waiting`, `running`, `succeeded`, `failed` or `cancelled`, or the word of newer code."""
        known = self.stored_state
        return known.seen_as.value if isinstance(known, StoredState) else known


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRecord:
    """The record that every failed attempt leaves (and every loss of a host, with the type `HostLost`)."""

    job_id: UUID
    fence: int
    attempt: int
    host: str
    started_at: datetime | None
    ended_at: datetime
    error_type: str
    error_message: str
    traceback: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JobCounts:
    """How many jobs are where. The waiting ones are split by why they wait."""

    due: int = 0
    scheduled: int = 0
    retrying: int = 0
    parked: int = 0
    running: int = 0
    succeeded: int = 0
    failed: int = 0
    cancelled: int = 0

    @property
    def waiting(self) -> int:
        return self.due + self.scheduled + self.retrying + self.parked
