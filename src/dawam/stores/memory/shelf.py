"""Where the jobs lie: one section for each application, and the few moves that a row can make."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from dawam.clock import Clock
from dawam.doorbells.local import LocalDoorbell
from dawam.ids import HostId
from dawam.jobs.state import FINISHED, StoredState
from dawam.measures.compacting import Home
from dawam.measures.errors import ErrorGroup
from dawam.measures.record import Measure
from dawam.stores.actions import Action
from dawam.stores.blame import is_suspect
from dawam.stores.memory.line import Line
from dawam.stores.memory.row import Row
from dawam.stores.memory.worker_shelf import WorkerShelf
from dawam.stores.values import HostCommand, HostInfo, Retention

ParkedKey = tuple[str, int, str]
"""Name, args version, queue."""
_NOTHING = timedelta(0)


@dataclass(slots=True)
class Lease:
    """A host and how long it is trusted, on the boot clock."""

    info: HostInfo
    until: float
    is_stopping: bool
    command: HostCommand = HostCommand.GO_ON


@dataclass(slots=True)
class Section:
    """Everything that one application has on the shelf."""

    rows: dict[UUID, Row] = field(default_factory=dict[UUID, Row])
    ready: dict[str, Line] = field(default_factory=dict[str, Line])
    scheduled: Line = field(default_factory=Line)
    parked: dict[ParkedKey, Line] = field(default_factory=dict[ParkedKey, Line])
    suspects: dict[ParkedKey, Line] = field(default_factory=dict[ParkedKey, Line])
    """Ready and parked ones; they stand in no other line, and so in nobody's way."""
    running: dict[HostId, dict[UUID, Row]] = field(default_factory=dict[HostId, dict[UUID, Row]])
    finished: dict[StoredState, Line] = field(default_factory=lambda: {state: Line() for state in FINISHED})
    leases: dict[HostId, Lease] = field(default_factory=dict[HostId, Lease])
    paused: set[str] = field(default_factory=set[str])
    limits: dict[str, int] = field(default_factory=dict[str, int])
    """How many jobs of a queue people allow in each process."""
    workers: WorkerShelf = field(default_factory=WorkerShelf)
    actions: dict[UUID, Action] = field(default_factory=dict[UUID, Action])
    errors: dict[str, ErrorGroup] = field(default_factory=dict[str, ErrorGroup])
    measures: dict[tuple[Home, str], Measure] = field(default_factory=dict[tuple[Home, str], Measure])
    """By place, and by whose part it is."""
    doorbell: LocalDoorbell = field(default_factory=LocalDoorbell)

    def put(self, row: Row) -> None:
        """Puts a row that is in no line where its state says."""
        self.rows[row.id] = row
        match row.state:
            case StoredState.READY | StoredState.PARKED if is_suspect(row.crash_count):
                self.suspects.setdefault(row.reader_key, Line()).push(row.claim_key, row)
            case StoredState.READY:
                self.ready.setdefault(row.new.queue, Line()).push(row.claim_key, row)
            case StoredState.SCHEDULED:
                self.scheduled.push((row.run_at, row.id), row)
            case StoredState.PARKED:
                self.parked.setdefault(row.reader_key, Line()).push(row.claim_key, row)
            case StoredState.RUNNING:
                assert row.host is not None  # noqa: S101  (set by `start`)
                self._run(row, row.host)
            case _:
                self.finished[row.state].push((row.finished_at, row.id), row)

    def lift(self, row: Row) -> None:
        """Takes a row out of its line, to be changed and put back, or forgotten."""
        row.ticket += 1
        if row.state is StoredState.RUNNING and row.host is not None:
            claims = self.running[row.host]
            del claims[row.id]
            if not claims:
                del self.running[row.host]

    def forget(self, row: Row) -> None:
        self.lift(row)
        del self.rows[row.id]

    def start(self, row: Row, host: HostId, now: datetime) -> None:
        """Makes a waiting row the host's own, under a new fence."""
        row.ticket += 1
        row.state, row.host, row.claimed_at = StoredState.RUNNING, host, now
        row.fence += 1
        self._run(row, host)

    def wait(self, row: Row, state: StoredState) -> None:
        """Makes the row wait, owned by nobody."""
        self.lift(row)
        row.state, row.host, row.claimed_at = state, None, None
        self.put(row)

    def _run(self, row: Row, host: HostId) -> None:
        claims = self.running.get(host)
        if claims is None:
            claims = self.running[host] = {}
        claims[row.id] = row

    def waiting_lines(self, queues: list[str]) -> list[Line]:
        """The ready lines of these queues that may be claimed from."""
        return [self.ready[queue] for queue in queues if queue in self.ready and queue not in self.paused]


class MemoryShelf:
    """One place in memory; stores that are given the same shelf see each other's jobs."""

    def __init__(self) -> None:
        self.lock = threading.RLock()  # heartbeats come from threads, and two stores may live on two loops
        self._sections: dict[str, Section] = {}

    def section(self, application: str) -> Section:
        with self.lock:
            return self._sections.setdefault(application, Section())


@dataclass(frozen=True, slots=True)
class Place:
    """What every verb needs: whose jobs, what time it is, how long history is kept."""

    section: Section
    clock: Clock
    retention: Retention

    def keeps(self, state: StoredState) -> bool:
        """Whether a job that ends in this state is kept as history at all."""
        kept_for: timedelta | None = getattr(self.retention, state.value)
        return kept_for != _NOTHING

    def finish(self, row: Row, state: StoredState, moment: datetime, *, error: str | None = None) -> None:
        """Ends the life of a row: to history, or away with it."""
        if not self.keeps(state):
            self.section.forget(row)
            return
        self.section.lift(row)
        row.state, row.finished_at = state, moment
        row.cancel_requested, row.cancel_reason = False, ""
        row.last_error = error or row.last_error
        row.fingerprint = row.fingerprint if state is StoredState.FAILED else None
        self.section.finished[state].push((moment, row.id), row)

    def cancel(self, row: Row, moment: datetime, reason: str) -> None:
        self.finish(row, StoredState.CANCELLED, moment, error=f"Cancelled: {reason}" if reason else None)

    def is_live(self, lease: Lease) -> bool:
        return lease.until > self.clock.boot_time()

    def live_hosts(self) -> Iterator[HostId]:
        return (host for host, lease in self.section.leases.items() if self.is_live(lease))
