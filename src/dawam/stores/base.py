"""The port of a job store, as small protocols: each consumer asks for the narrowest one it needs.

What every store promises, whatever it is made of:

1. When a verb returns, what it did is durable. Each settlement happened with its follow-ups, or did not; so did all
   jobs of one `add`. Every other verb is one transaction.
2. `fence` grows by one at every claim and never falls. A settlement is written only while the job is
   running under that very fence, so a stale attempt can change nothing.
3. Claims read ready jobs only, in this order: priority (high first), fewer attempts, earlier due, smaller id.
4. A store belongs to one application: other applications' rows in the same place are neither seen nor touched.
5. What a store cannot do is a capability that it lacks, and asking for it raises `NotSupportedError`.

A store is a shelf, not an actor: it emits no event, writes no log line, starts nothing by itself, and of its verbs only
those that add ring. It is given a `Clock`, whose wall time decides what is due and whose boot time measures leases (a
database server that has a clock of its own goes by that one). Awaitable verbs are called from one event loop.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Protocol
from uuid import UUID

from dawam.clock import Clock
from dawam.doorbells.base import Doorbell
from dawam.ids import HostId
from dawam.jobs.log import AttemptLog
from dawam.jobs.outcome import SettleAnswer, Settlement
from dawam.jobs.record import ClaimedJob, NewJob
from dawam.stores.actions import ActionStore
from dawam.stores.errors import ErrorStore
from dawam.stores.measures import MeasureStore
from dawam.stores.people import HostController, JobController, JobReader, QueueController
from dawam.stores.values import (
    HostCommand,
    HostInfo,
    HostOrders,
    ProgressNote,
    Promotion,
    Rescue,
    Retention,
    SchemaReport,
)
from dawam.stores.workers import WorkerStore


class Capability(StrEnum):
    """What some stores can do and others cannot; a skip in the conformance suite names one of these.

    What the two about transactions ask for is in `dawam.stores.transaction`.
    """

    DURABLE = "durability"
    TRANSACTIONAL_ENQUEUE = "transactional enqueue"
    TRANSACTIONAL_COMPLETION = "transactional completion"
    SEVERAL_PROCESSES = "sharing between processes"
    TABLE_SCRIPT = "script of its tables"
    STATISTICS = "statistics"
    UPKEEP = "upkeep (vacuum, backup)"


class JobWriter(Protocol):
    """Takes new jobs. Asked by the manager."""

    async def add(self, jobs: Sequence[NewJob]) -> list[bool]:
        """Adds the jobs, all or none, and returns when they are durable.

        Answers, in order, whether each was created: an id that is already there, alive or finished, is left as
        it is, so repeating an unanswered `add` is safe. A job whose `run_at` has come is ready, else scheduled. Rings
        for them, once a claim that is asked for then finds them: in this process, and in others that have hosts.
        """
        ...

    async def add_stream(self, batches: Iterable[Sequence[NewJob]]) -> list[bool]:
        """The same for jobs that are still being made: each batch is asked for when the one before is on its way.

        When making one raises, none of the jobs is added, and the error is passed on.
        """
        ...


class JobClaimer(Protocol):
    """Hands out claims and takes their settlements back. Asked by the host."""

    async def claim(self, host: HostId, queues: Sequence[str], limit: int) -> list[ClaimedJob]:
        """Claims up to `limit` ready jobs of these queues, in claim order, in one transaction.

        Each becomes running, owned by `host`, with its fence grown by one. Jobs of paused queues are left
        alone, and so are suspects. A host that is not registered, or was given up, gets nothing. Expired jobs
        become cancelled.
        """
        ...

    async def claim_parked(
        self, host: HostId, queues: Sequence[str], known: Mapping[str, int], limit: int
    ) -> list[ClaimedJob]:
        """As `claim`, but from the parked jobs whose name is in `known` with at least their args version."""
        ...

    async def claim_suspect(self, host: HostId, queues: Sequence[str], known: Mapping[str, int]) -> ClaimedJob | None:
        """As `claim`, but the next one suspect, ready or parked, that this host knows (`known` as in `claim_parked`).

        A suspect is a job whose `crash_count` is `SUSPECT_FROM` or more. Nothing else ever hands one out.
        """
        ...

    async def settle(self, settlements: Sequence[Settlement]) -> list[SettleAnswer]:
        """Writes how attempts ended, each guarded by its fence, and answers each in order.

        Accepted: the job moved as its outcome says, and the settlement's `new_jobs` were added in the same
        transaction. Already: this fence was settled before. Lost: the claim is gone, nothing was written.
        One row's bad luck never touches another's. A job with a cancel request that would be retried, snoozed,
        parked or handed back becomes cancelled; success and failure stand. Charged (attempt_count + 1, and a
        record of the attempt): Retrying and Failed only. A Snoozed job counts its age anew from `run_at`.
        """
        ...

    async def claims_of(self, host: HostId) -> list[tuple[UUID, int, datetime]]:
        """The (id, fence, claimed at) of every job that the store says this host is running."""
        ...


class HeartbeatLink(Protocol):
    """Extends one host's lease from a thread of its own. Every method blocks, and is called from that thread."""

    def extend(self, lease: timedelta) -> HostCommand | None:
        """Moves the end of the lease to `lease` from now; revives one that lapsed and that nobody rescued.

        Answers what is wanted of the host. None when it was declared dead: its jobs belong to others now.
        """
        ...

    def close(self) -> None: ...


class HostRegistry(Protocol):
    """Knows which processes are alive. Asked by the host."""

    async def register(self, host: HostInfo, lease: timedelta) -> None:
        """Adds the host with a lease that starts now."""
        ...

    def heartbeat_link(self, host: HostId) -> HeartbeatLink: ...

    async def mark_stopping(self, host: HostId) -> None:
        """From now on the host claims nothing; its lease and its running jobs stay its own."""
        ...

    async def give_up(self, host: HostId, crashed: Collection[UUID] = ()) -> Rescue:
        """The last statement of a host, or of somebody who saw its process die: ends its lease for good.

        All it still runs becomes ready again, or cancelled if that was requested; what is not in `crashed`, uncharged.
        Those in `crashed` had started when the process died by itself. Each leaves a record and is charged
        `crash_count` + 1, unless suspects are among them: then these are charged alone, and the others count as
        lost. A suspect that was the only one fails when it reaches `CRASH_LIMIT`. Its ticks are lost, as in `rescue`.
        A host that is not there has nothing: the second who saw it die changes nothing.
        """
        ...

    async def rescue(self, limit: int, may_judge: Callable[[], bool] = lambda: True) -> Rescue:
        """Takes up to `limit` running jobs whose owner is not a host with a live lease.

        `may_judge` is asked when it is known that there is something: until then the store may have been away, and
        leases may have run out for no fault of their hosts. If it says no, nobody is judged.

        Each becomes ready again (or cancelled, if that was requested) with `lost_count` + 1 and a record of the
        attempt; beyond `LOST_LIMIT` it fails. Its host is marked dead in the same transaction. So are all ticks taken
        that such hosts were running (see `stores.workers`), whatever the limit: a host runs few at a time.
        """
        ...

    async def hosts(self) -> list[HostInfo]:
        """Every host with a lease, live or lapsed, oldest first."""
        ...


class JobCaretaker(Protocol):
    """The periodic chores. Asked by the host."""

    async def promote(self, limit: int) -> Promotion:
        """Makes up to `limit` scheduled jobs ready whose time has come, earliest first."""
        ...

    async def prune(self, retention: Retention, limit: int) -> int:
        """Deletes up to `limit` finished jobs kept for longer than their retention, oldest first, then by id.

        A limit of 0 deletes nothing.
        """
        ...

    async def orders(self, host: HostId) -> HostOrders: ...

    async def note_progress(self, host: HostId, notes: Sequence[ProgressNote]) -> None:
        """Keeps what running jobs say of themselves, for people to see meanwhile; a settlement has the last word.

        A job that this host no longer runs under that fence is left as it is.
        """
        ...

    async def keep_logs(self, kept: Sequence[AttemptLog]) -> None:
        """Keeps each of these in the place of what was kept of that attempt before; one without lines is removed.

        They go with their job: nothing is kept of one that is gone, nor of more than its last `KEPT_LOGS` claims. Only
        of one that succeeds in its first claim, where that is not kept, the host itself removes what it had kept.
        """
        ...


class Schema(Protocol):
    """The tables. Asked by the command line, and by the application when it opens the store."""

    async def migrate(self) -> SchemaReport:
        """Brings the tables up to date; several processes may do so at once."""
        ...

    async def check(self) -> SchemaReport:
        """Reads the state of the tables; changes nothing, and does not create a missing database."""
        ...


class JobStore(
    JobWriter, JobClaimer, HostRegistry, JobCaretaker, JobReader, JobController, QueueController, HostController,
    WorkerStore, MeasureStore, ErrorStore, ActionStore, Schema, Protocol,
):  # fmt: skip
    """All of it: what a third party implements, and what the conformance suite checks."""

    @property
    def description(self) -> str:
        """For people: kind and place, without secrets, as in `SQLite /srv/shop/dawam.db`."""
        ...

    @property
    def clock(self) -> Clock:
        """What time it is here: the machine's clock, or what is known of a server's. Whoever plans goes by this one."""
        ...

    @property
    def capabilities(self) -> frozenset[Capability]: ...

    @property
    def doorbell(self) -> Doorbell: ...

    @property
    def marks_folder(self) -> Path | None:
        """Where the hosts of this machine leave their start marks; None: nowhere, and leases alone tell of deaths."""
        ...

    async def open(self, *, migrate: bool = True) -> None:
        """Connects and, unless told otherwise, migrates. Raises `StoreUnavailableError` or `SchemaError`."""
        ...

    async def close(self) -> None:
        """Finishes what was begun and disconnects. Closing twice, or before opening, is fine."""
        ...


@dataclass(slots=True, kw_only=True)
class StoreOptions:
    """Where jobs are kept. Settings section `Store`."""

    url: str = field(default="sqlite:///dawam.db", repr=False)
    """`sqlite:///file.db` in the working folder, `sqlite:////absolute/file.db`,
    `postgresql://user:password@host/database`, or `memory://`."""
    application: str = "default"
    """Part of every key: several applications may share one database without seeing each other's jobs."""
    migrate: bool = True
    """False: tables that are missing or too old are refused when the application opens, instead of being brought up to
    date; somebody else does that (`dawam store migrate`, or migrations of your own)."""
