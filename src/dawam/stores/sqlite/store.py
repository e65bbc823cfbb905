"""The store itself: what is special in a file; the rest is in `SqlStore`. Threads run the transactions."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import TypeVar
from urllib.parse import parse_qsl, quote, urlsplit

from dawam.clock import Clock, boot_id
from dawam.doorbells.base import Doorbell, Topic
from dawam.doorbells.fifo import FifoDoorbell
from dawam.errors import SettingsError, StoreBusyError, StoreUnavailableError
from dawam.ids import HostId
from dawam.jobs.outcome import SettleAnswer, Settlement
from dawam.jobs.record import ClaimedJob, NewJob
from dawam.stores.base import Capability
from dawam.stores.keeper import Progress, StoreStats, VacuumReport
from dawam.stores.sql import leasing, reading
from dawam.stores.sql.place import Place
from dawam.stores.sql.store import SqlStore
from dawam.stores.sqlite import adding, claiming, completing, keeping, migrations, settling
from dawam.stores.sqlite.connection import PATIENCE, check_place, connect
from dawam.stores.sqlite.database import SqliteDatabase
from dawam.stores.sqlite.statements import SQL
from dawam.stores.sqlite.threads import ReadThread, WriteThread
from dawam.stores.values import (
    CompletionStatements,
    HostCommand,
    Retention,
    SchemaReport,
    Statement,
    queues_of,
    topics_of,
)

T = TypeVar("T")
SYNCHRONOUS = ("FULL", "NORMAL", "EXTRA")


class SqliteStore(SqlStore):
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
        self._place = Place(application, clock, retention or Retention(), boot_id())
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
    def clock(self) -> Clock:
        return self._place.clock

    @property
    def capabilities(self) -> frozenset[Capability]:
        return frozenset(
            {
                Capability.DURABLE,
                Capability.TRANSACTIONAL_ENQUEUE,
                Capability.TRANSACTIONAL_COMPLETION,
                Capability.SEVERAL_PROCESSES,
                Capability.TABLE_SCRIPT,
                Capability.STATISTICS,
                Capability.UPKEEP,
            }
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

    def script(self, from_version: int = 0) -> list[str]:
        return list(migrations.script(from_version))

    async def _bring_up_to_date(self, migrate: bool) -> None:
        if migrate and (await self.check()).pending:
            await self.migrate()
        await self._writer.run(lambda db: migrations.require_current(db, self.path))

    def _read(self, work: Callable[[SqliteDatabase, Place], T]) -> asyncio.Future[T]:
        return self._reader.run(lambda connection: work(SqliteDatabase(connection), self._place))

    def _write(self, work: Callable[[SqliteDatabase, Place], T]) -> asyncio.Future[T]:
        return self._writer.run(lambda connection: work(SqliteDatabase(connection), self._place))

    # -- adding

    async def add(self, jobs: Sequence[NewJob]) -> list[bool]:
        topics, queues = topics_of(jobs), queues_of(jobs)
        adding_them = self._write(lambda db, place: db.add(place, jobs))
        if Topic.READY in topics:
            # a host of this process claims while they are being committed: its claim stands behind them in the
            # writer's line, so it finds them, and both share one commit, which halves the wait for the disk
            self._doorbell.ring_here(Topic.READY, queues)
        created = await adding_them
        for topic in topics:
            if topic is not Topic.READY:
                self._doorbell.ring_here(topic, queues)
            self._doorbell.ring_elsewhere(topic, queues)
        return created

    async def add_stream(self, batches: Iterable[Sequence[NewJob]]) -> list[bool]:
        return await self.add([job for batch in batches for job in batch])

    def add_statements(self, jobs: Sequence[NewJob]) -> list[Statement]:
        return [Statement(SQL["add_job"], adding.job_rows(self._place, jobs))]

    def ring_statements(self, jobs: Sequence[NewJob]) -> list[Statement]:  # noqa: ARG002  (SQLite can wake nobody)
        return []

    # -- claiming and settling

    async def claim(self, host: HostId, queues: Sequence[str], limit: int) -> list[ClaimedJob]:
        return await self._write(lambda db, place: claiming.claim(db, place, host, queues, limit))

    async def claim_parked(
        self, host: HostId, queues: Sequence[str], known: Mapping[str, int], limit: int
    ) -> list[ClaimedJob]:
        if not await self._read(reading.has_parked):
            return []
        return await self._write(lambda db, place: claiming.claim_parked(db, place, host, queues, known, limit))

    async def claim_suspect(self, host: HostId, queues: Sequence[str], known: Mapping[str, int]) -> ClaimedJob | None:
        if not await self._read(reading.has_suspect):
            return None
        return await self._write(lambda db, place: claiming.claim_suspect(db, place, host, queues, known))

    async def settle(self, settlements: Sequence[Settlement]) -> list[SettleAnswer]:
        return await self._write(lambda db, place: settling.settle(db, place, settlements))

    def completion_statements(self, success: Settlement) -> CompletionStatements:
        return completing.completion_statements(self._place, success)

    # -- hosts

    def heartbeat_link(self, host: HostId) -> "SqliteHeartbeatLink":
        return SqliteHeartbeatLink(self._writer, self._place, host, self.path)

    # -- the keeper

    async def stats(self) -> StoreStats:
        return await self._read(lambda db, place: keeping.stats(db, place, self.path, self._synchronous))

    async def backup(self, target: Path, *, replace: bool = False, progress: Progress | None = None) -> int:
        return await keeping.stoppable(lambda stopped: keeping.backup(self.path, target, replace, progress, stopped))

    async def vacuum(self) -> VacuumReport:
        patience = self._patience.total_seconds()
        return await keeping.stoppable(lambda stopped: keeping.vacuum(self.path, patience, stopped))


class SqliteHeartbeatLink:
    """Extends one host's lease through the writer thread, which never waits for the event loop."""

    def __init__(self, writer: WriteThread, place: Place, host: HostId, path: Path) -> None:
        self._writer, self._place, self._host, self._path = writer, place, host, path

    def extend(self, lease: timedelta) -> HostCommand | None:
        try:
            return self._writer.run_blocking(
                lambda db: leasing.extend(SqliteDatabase(db), self._place, self._host, lease),
                timeout=lease.total_seconds(),
            )
        except TimeoutError as error:
            raise StoreBusyError(f"{self._path} did not take a heartbeat within {lease}") from error

    def close(self) -> None:
        """Nothing is held: the connection is the writer's."""


def from_url(url: str, *, application: str, clock: Clock, retention: Retention) -> SqliteStore:
    """`sqlite:///relative.db`, `sqlite:////absolute.db`, with `?synchronous=NORMAL` if wanted."""
    shown = _shown(url)
    try:
        parts = urlsplit(url)
    except ValueError:  # it looks like the address of a server, and a broken one
        parts = urlsplit("sqlite://?")
    if parts.fragment:
        raise SettingsError(
            f"Store.Url {shown.partition('#')[0]!r}: what stands behind a # belongs to no address of a file: leave it "
            "out, or give the file a name without #"
        )
    options = dict(parse_qsl(parts.query))
    path = parts.path.removeprefix("/")
    if parts.netloc or path in ("", ":memory:") or "\0" in path:
        raise SettingsError(
            f"Store.Url {shown!r}: sqlite:///file.db or sqlite:////absolute/file.db was expected (for jobs in memory, "
            "memory://)"
        )
    unknown = options.keys() - {"synchronous"}
    if unknown:
        raise SettingsError(f"Store.Url {shown!r}: unknown option {', '.join(sorted(unknown))}; known: synchronous")
    synchronous = options.get("synchronous", "FULL").upper()
    if synchronous not in SYNCHRONOUS:
        raise SettingsError(f"Store.Url {shown!r}: synchronous= one of {', '.join(SYNCHRONOUS)} was expected")
    return SqliteStore(path, application=application, clock=clock, synchronous=synchronous, retention=retention)


def _shown(url: str) -> str:
    """The URL without what may be a password: that of a server, under a scheme that somebody got wrong."""
    bare = url.partition("?")[0]
    _, _, place = bare.partition("://")
    return bare if place.startswith("/") or not {":", "@"} & set(place) else "sqlite://..."
