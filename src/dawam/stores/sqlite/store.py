"""The store itself: every verb is one function of the connection, run as one transaction by a thread."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlsplit
from uuid import UUID

from dawam.clock import Clock
from dawam.doorbells.base import Doorbell, Topic
from dawam.doorbells.fifo import FifoDoorbell
from dawam.errors import SettingsError, StoreBusyError, StoreUnavailableError
from dawam.ids import HostId
from dawam.jobs.outcome import SettleAnswer, Settlement
from dawam.jobs.record import AttemptRecord, ClaimedJob, JobCounts, JobInfo, NewJob
from dawam.stores.base import (
    CancelAnswer,
    Capability,
    HostInfo,
    HostOrders,
    JobFilter,
    ProgressNote,
    Promotion,
    QueueInfo,
    Rescue,
    Retention,
    SchemaReport,
    Statement,
    topics_of,
)
from dawam.stores.keeper import Progress, StoreStats, VacuumReport
from dawam.stores.sqlite import (
    adding,
    caretaking,
    choosing,
    claiming,
    controlling,
    keeping,
    leasing,
    listing,
    migrations,
    reading,
    settling,
)
from dawam.stores.sqlite.connection import PATIENCE, check_place, connect
from dawam.stores.sqlite.place import SQL, Place
from dawam.stores.sqlite.rows import job_row
from dawam.stores.sqlite.threads import ReadThread, WriteThread
from dawam.stores.sqlite.worker_verbs import SqliteWorkers

SYNCHRONOUS = ("FULL", "NORMAL", "EXTRA")


class SqliteStore(SqliteWorkers):
    """Jobs in one SQLite file, shared by the processes of one machine.

    Durable at power loss with `synchronous="FULL"` (the default); `NORMAL` may lose the last commits then, but
    never after a crash of the process. Concurrent calls share a commit. Leases are measured on the machine's boot
    clock, so that no step of the wall clock ends one.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        application: str = "default",
        clock: Clock,
        synchronous: str = "FULL",
        retention: Retention | None = None,
        patience: timedelta = timedelta(seconds=PATIENCE),
    ) -> None:
        """`patience` is how long a write waits for somebody else's lock before it raises `StoreBusyError`."""
        if synchronous not in SYNCHRONOUS:
            raise SettingsError(f"synchronous={synchronous!r}: one of {', '.join(SYNCHRONOUS)} was expected")
        self.path = Path(path).absolute()
        self._synchronous, self._patience = synchronous, patience
        self._place = Place(application, clock, retention or Retention())
        self._writer = WriteThread(
            "store writer", self.path, lambda: connect(self.path, synchronous=synchronous), patience
        )
        self._reader = ReadThread(
            "store reader", self.path, lambda: connect(self.path, synchronous=synchronous, read_only=True)
        )
        self._doorbell = FifoDoorbell(self.path.with_name(self.path.name + "-bells"))

    # -- what it is

    @property
    def description(self) -> str:
        return f"SQLite {self.path} (synchronous {self._synchronous})"

    @property
    def database(self) -> str:
        return f"sqlite:{self.path.resolve()}"

    @property
    def capabilities(self) -> frozenset[Capability]:
        return frozenset(
            {Capability.DURABLE, Capability.TRANSACTIONAL_ENQUEUE, Capability.SEVERAL_PROCESSES, Capability.UPKEEP}
        )

    @property
    def doorbell(self) -> Doorbell:
        return self._doorbell

    @property
    def marks_folder(self) -> Path:
        return self.path.with_name(self.path.name + "-marks") / quote(self._place.application, safe="")

    # -- opening

    async def open(self, *, migrate: bool = True) -> None:
        check_place(self.path)
        if not migrate and not self.path.exists():
            raise StoreUnavailableError(f"there is no store at {self.path}: run `dawam store migrate` to create it")
        await asyncio.to_thread(self._writer.start)
        try:
            await self._bring_up_to_date(migrate)
            await asyncio.to_thread(self._reader.start)
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        await self._reader.close()
        await self._writer.close()  # the last one out checkpoints, which a reader cannot
        self._doorbell.close()
        with suppress(OSError):  # not empty while others run, or have died
            self.marks_folder.rmdir()
            self.marks_folder.parent.rmdir()

    async def migrate(self) -> SchemaReport:
        return await self._writer.run(lambda db: migrations.migrate(db, self.path))

    async def check(self) -> SchemaReport:
        return await self._writer.run(lambda db: migrations.check(db, self.path))

    async def _bring_up_to_date(self, migrate: bool) -> None:
        if migrate and (await self.check()).pending:
            await self.migrate()
        await self._writer.run(lambda db: migrations.require_current(db, self.path))

    # -- adding

    async def add(self, jobs: Sequence[NewJob]) -> list[bool]:
        topics = topics_of(jobs)
        adding_them = self._writer.run(lambda db: adding.add(db, self._place, jobs))
        if Topic.READY in topics:
            # a host of this process claims while they are being committed: its claim stands behind them in the
            # writer's line, so it finds them, and both share one commit, which halves the wait for the disk
            self._doorbell.ring_here(Topic.READY)
        created = await adding_them
        for topic in topics:
            if topic is not Topic.READY:
                self._doorbell.ring_here(topic)
            self._doorbell.ring_elsewhere(topic)
        return created

    def add_statements(self, jobs: Sequence[NewJob]) -> list[Statement]:
        now = self._place.now()
        return [Statement(SQL["add_job"], [job_row(job, self._place.application, now) for job in jobs])]

    # -- claiming and settling

    async def claim(self, host: HostId, queues: Sequence[str], limit: int) -> list[ClaimedJob]:
        return await self._writer.run(lambda db: claiming.claim(db, self._place, host, queues, limit))

    async def claim_parked(
        self, host: HostId, queues: Sequence[str], known: Mapping[str, int], limit: int
    ) -> list[ClaimedJob]:
        if not await self._reader.run(lambda db: reading.has_parked(db, self._place)):
            return []
        return await self._writer.run(lambda db: claiming.claim_parked(db, self._place, host, queues, known, limit))

    async def claim_suspect(self, host: HostId, queues: Sequence[str], known: Mapping[str, int]) -> ClaimedJob | None:
        if not await self._reader.run(lambda db: reading.has_suspect(db, self._place)):
            return None
        return await self._writer.run(lambda db: claiming.claim_suspect(db, self._place, host, queues, known))

    async def settle(self, settlements: Sequence[Settlement]) -> list[SettleAnswer]:
        return await self._writer.run(lambda db: settling.settle(db, self._place, settlements))

    async def claims_of(self, host: HostId) -> list[tuple[UUID, int, datetime]]:
        return await self._reader.run(lambda db: claiming.claims_of(db, self._place, host))

    # -- hosts

    async def register(self, host: HostInfo, lease: timedelta) -> None:
        await self._writer.run(lambda db: leasing.register(db, self._place, host, lease))

    def heartbeat_link(self, host: HostId) -> "SqliteHeartbeatLink":
        return SqliteHeartbeatLink(self._writer, self._place, host, self.path)

    async def mark_stopping(self, host: HostId) -> None:
        await self._writer.run(lambda db: leasing.mark_stopping(db, self._place, host))

    async def give_up(self, host: HostId, crashed: Collection[UUID] = ()) -> Rescue:
        return await self._writer.run(lambda db: leasing.give_up(db, self._place, host, crashed))

    async def rescue(self, limit: int) -> Rescue:
        asked_at = self._place.boot_now()
        if not await self._reader.run(lambda db: leasing.needs_rescue(db, self._place)):
            return Rescue()
        return await self._writer.run(lambda db: leasing.rescue(db, self._place, limit, asked_at))

    async def hosts(self) -> list[HostInfo]:
        return await self._reader.run(lambda db: leasing.hosts(db, self._place))

    # -- chores: each looks first, because reads are not writes

    async def promote(self, limit: int) -> Promotion:
        waiting = await self._reader.run(lambda db: caretaking.waiting_promotion(db, self._place))
        if waiting is not None:
            return waiting
        return await self._writer.run(lambda db: caretaking.promote(db, self._place, limit))

    async def prune(self, retention: Retention, limit: int) -> int:
        if limit <= 0 or not await self._reader.run(lambda db: caretaking.outlived(db, self._place, retention, 1)):
            return 0
        return await self._writer.run(lambda db: caretaking.prune(db, self._place, retention, limit))

    async def orders(self, host: HostId) -> HostOrders:
        return await self._reader.run(lambda db: caretaking.orders(db, self._place, host))

    async def note_progress(self, host: HostId, notes: Sequence[ProgressNote]) -> None:
        await self._writer.run(lambda db: caretaking.note_progress(db, self._place, host, notes))

    # -- reading

    async def get(self, job_id: UUID) -> JobInfo | None:
        return await self._reader.run(lambda db: reading.get(db, self._place, job_id))

    async def jobs(self, chosen: JobFilter, limit: int, after: UUID | None = None) -> list[JobInfo]:
        return await self._reader.run(lambda db: listing.jobs(db, self._place, chosen, limit, after))

    async def find_ids(self, part: str, limit: int) -> list[UUID]:
        return await self._reader.run(lambda db: choosing.find_ids(db, self._place, part, limit))

    async def count(self, chosen: JobFilter) -> int:
        return await self._reader.run(lambda db: choosing.count(db, self._place, chosen))

    async def ids(self, chosen: JobFilter, limit: int, after: UUID | None = None) -> list[UUID]:
        return await self._reader.run(lambda db: choosing.ids(db, self._place, chosen, limit, after))

    async def counts(self, at_most: int | None = None) -> JobCounts:
        return await self._reader.run(lambda db: reading.counts(db, self._place, at_most))

    async def queues(self) -> list[QueueInfo]:
        return await self._reader.run(lambda db: reading.queues(db, self._place))

    async def waiting_names(self, at_most: int | None = None) -> dict[tuple[str, str], int]:
        return await self._reader.run(lambda db: reading.waiting_names(db, self._place, at_most))

    async def attempts(self, job_id: UUID) -> list[AttemptRecord]:
        return await self._reader.run(lambda db: reading.attempts(db, self._place, job_id))

    # -- the human hand

    async def cancel(self, job_id: UUID, reason: str = "") -> CancelAnswer:
        return await self._writer.run(lambda db: controlling.cancel(db, self._place, job_id, reason))

    async def retry(self, job_id: UUID) -> bool:
        return await self._writer.run(lambda db: controlling.retry(db, self._place, job_id))

    async def delete(self, job_id: UUID) -> bool:
        return await self._writer.run(lambda db: controlling.delete(db, self._place, job_id))

    async def cancel_chosen(self, ids: Sequence[UUID], chosen: JobFilter, reason: str = "") -> list[CancelAnswer]:
        return await self._writer.run(lambda db: controlling.cancel_chosen(db, self._place, ids, chosen, reason))

    async def retry_chosen(self, ids: Sequence[UUID], chosen: JobFilter) -> list[bool]:
        return await self._writer.run(lambda db: controlling.retry_chosen(db, self._place, ids, chosen))

    async def delete_chosen(self, ids: Sequence[UUID], chosen: JobFilter) -> list[bool]:
        return await self._writer.run(lambda db: controlling.delete_chosen(db, self._place, ids, chosen))

    async def pause_queue(self, queue: str) -> None:
        await self._writer.run(lambda db: db.execute(SQL["pause_queue"], (self._place.application, queue)))

    async def resume_queue(self, queue: str) -> None:
        await self._writer.run(lambda db: db.execute(SQL["resume_queue"], (self._place.application, queue)))

    async def paused_queues(self) -> frozenset[str]:
        return await self._reader.run(lambda db: caretaking.paused_queues(db, self._place))

    # -- the keeper

    async def stats(self) -> StoreStats:
        return await self._reader.run(lambda db: keeping.stats(db, self._place, self.path, self._synchronous))

    async def backup(self, target: Path, *, replace: bool = False, progress: Progress | None = None) -> int:
        return await keeping.stoppable(lambda stopped: keeping.backup(self.path, target, replace, progress, stopped))

    async def vacuum(self) -> VacuumReport:
        patience = self._patience.total_seconds()
        return await keeping.stoppable(lambda stopped: keeping.vacuum(self.path, patience, stopped))


class SqliteHeartbeatLink:
    """Extends one host's lease through the writer thread, which never waits for the event loop."""

    def __init__(self, writer: WriteThread, place: Place, host: HostId, path: Path) -> None:
        self._writer, self._place, self._host, self._path = writer, place, host, path

    def extend(self, lease: timedelta) -> bool:
        try:
            return self._writer.run_blocking(
                lambda db: leasing.extend(db, self._place, self._host, lease), timeout=lease.total_seconds()
            )
        except TimeoutError as error:
            raise StoreBusyError(f"{self._path} did not take a heartbeat within {lease}") from error

    def close(self) -> None:
        """Nothing is held: the connection is the writer's."""


def from_url(url: str, *, application: str, clock: Clock, retention: Retention) -> SqliteStore:
    """`sqlite:///relative.db`, `sqlite:////absolute.db`, with `?synchronous=NORMAL` if wanted."""
    parts = urlsplit(url)
    shown = url.partition("?")[0]  # what stands behind it may be meant for another kind of store, and be secret
    options = dict(parse_qsl(parts.query))
    path = parts.path.removeprefix("/")
    if parts.netloc or not path or path == ":memory:":
        raise SettingsError(
            f"Store.Url {shown!r}: sqlite:///file.db or sqlite:////absolute/file.db was expected (for jobs in memory, "
            "memory://)"
        )
    unknown = options.keys() - {"synchronous"}
    if unknown:
        raise SettingsError(f"Store.Url {shown!r}: unknown option {', '.join(sorted(unknown))}; known: synchronous")
    synchronous = options.get("synchronous", "FULL").upper()
    return SqliteStore(path, application=application, clock=clock, synchronous=synchronous, retention=retention)
