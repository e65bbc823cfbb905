"""What happened to jobs and processes, one file per process, in records that survive a kill -9.

Each record is one `write` to a file opened for appending: it is there whole, or not at all. Its moment is taken from
a clock that all processes of a machine share, so that the files can be merged.
"""

import os
import time
from pathlib import Path
from typing import Literal, TypeVar
from uuid import UUID

import msgspec
from msgspec import Struct

from dawam.jobs.priority import Priority

_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class Record(Struct, frozen=True, kw_only=True, tag_field="what"):
    """Something that happened at a moment (in nanoseconds) in, or to, a process."""

    at: int
    pid: int


class Enqueued(Record, frozen=True, kw_only=True, tag=True):
    """`enqueue` returned."""

    job: UUID
    priority: int = Priority.NORMAL
    due_in: int = 0
    waited: int = 0
    """Nanoseconds from then, and from the call."""


class Doubted(Record, frozen=True, kw_only=True, tag=True):
    """An enqueue of so many jobs raised: they may be stored, or may not."""

    error: str
    count: int = 1


class Serving(Record, frozen=True, kw_only=True, tag=True):
    """A host is ready, and runs so many jobs at a time at most."""

    concurrency: int


class Started(Record, frozen=True, kw_only=True, tag=True):
    """An attempt began."""

    job: UUID
    fence: int
    host: str


class Underway(Record, frozen=True, kw_only=True, tag=True):
    """The code of an attempt runs."""

    job: UUID
    fence: int


class Effect(Record, frozen=True, kw_only=True, tag=True):
    """An attempt did what the outside world can see."""

    job: UUID
    fence: int


class Ended(Record, frozen=True, kw_only=True, tag=True):
    """An attempt came to its end; `interrupted` is how it sees a host that stops."""

    job: UUID
    fence: int
    how: Literal["done", "failed", "interrupted"] = "done"


class Settled(Record, frozen=True, kw_only=True, tag=True):
    """The store answered a settlement."""

    job: UUID
    fence: int
    outcome: str
    answer: Literal["accepted", "already", "lost"]


class Rescued(Record, frozen=True, kw_only=True, tag=True):
    """A host took back the jobs of others, and ended their leases."""

    count: int
    dead_hosts: tuple[str, ...]


class Returned(Record, frozen=True, kw_only=True, tag=True):
    """A host handed back claims of its own that it had not known of."""

    count: int


class DeclaredDead(Record, frozen=True, kw_only=True, tag=True):
    """A living host learned that its jobs belong to others."""


class Troubled(Record, frozen=True, kw_only=True, tag=True):
    """A loop of a host reported a failure."""

    where: str
    error: str


class Killed(Record, frozen=True, kw_only=True, tag=True):
    """The process gets a SIGKILL next."""


class Frozen(Record, frozen=True, kw_only=True, tag=True):
    """The process gets a SIGSTOP next."""


class Continued(Record, frozen=True, kw_only=True, tag=True):
    """The process got a SIGCONT."""


class Stopped(Record, frozen=True, kw_only=True, tag=True):
    """The process is told to end in good order next."""


class Kept(Record, frozen=True, kw_only=True, tag=True):
    """What the store says of a job at the end."""

    job: UUID
    state: str
    fence: int
    attempt_count: int = 0
    crash_count: int = 0
    lost_count: int = 0
    losses: tuple[tuple[int, str], ...] = ()
    """(fence, host) of every attempt that is recorded as lost with its host."""


R = TypeVar("R", bound=Record)
_KINDS = (
    Enqueued | Doubted | Serving | Started | Underway | Effect | Ended | Settled | Rescued | Returned | DeclaredDead
    | Troubled | Killed | Frozen | Continued | Stopped | Kept
)  # fmt: skip
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_KINDS).decode


def now() -> int:
    """Nanoseconds on the clock of all records."""
    return time.clock_gettime_ns(_CLOCK)


class History:
    """The file of this process in a folder that all of them share."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self._file = os.open(folder / f"{os.getpid()}.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def write(self, kind: type[R], *, pid: int | None = None, **fields: object) -> R:
        """Writes one record; `pid` is the process to which it happened, where that is not this one."""
        record = kind(at=now(), pid=os.getpid() if pid is None else pid, **fields)
        os.write(self._file, _encode(record) + b"\n")
        return record

    def close(self) -> None:
        os.close(self._file)


def read_history(folder: Path) -> list[Record]:
    """The records of all processes, in order of time."""
    records = [record for file in folder.glob("*.jsonl") for record in _records(file)]
    return sorted(records, key=lambda record: record.at)


def history_of(folder: Path, pid: int) -> list[Record]:
    """What one process wrote so far."""
    file = folder / f"{pid}.jsonl"
    return _records(file) if file.exists() else []


def _records(file: Path) -> list[Record]:
    *lines, _ = file.read_bytes().split(b"\n")  # behind the last line end is nothing, or what a kill cut short
    return list(map(_decode, lines))
