"""The store itself: the hot verbs go by links of their own, all others by two threads that share SQL stores' code."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar
from uuid import UUID

import psycopg

from dawam.clock import Clock, SystemClock
from dawam.doorbells.base import Doorbell, Topic
from dawam.doorbells.postgres import PostgresDoorbell
from dawam.errors import StoreError
from dawam.ids import HostId
from dawam.jobs.outcome import SettleAnswer, Settlement
from dawam.jobs.record import ClaimedJob, NewJob
from dawam.stores.base import Capability
from dawam.stores.keeper import Doubt, StoreStats
from dawam.stores.postgres import claiming, measuring, migrations, rescuing
from dawam.stores.postgres.access import Access
from dawam.stores.postgres.adding import Adder
from dawam.stores.postgres.address import Address
from dawam.stores.postgres.claiming import Claimer
from dawam.stores.postgres.connection import Connection
from dawam.stores.postgres.database import PostgresDatabase, ServerClock, StandInClock
from dawam.stores.postgres.errands import Errands
from dawam.stores.postgres.heartbeat import PostgresHeartbeatLink
from dawam.stores.postgres.link import Link
from dawam.stores.postgres.lookout import Lookout
from dawam.stores.postgres.marks_folder import marks_folder, remove_empty
from dawam.stores.postgres.script import script
from dawam.stores.postgres.settling import Ends
from dawam.stores.postgres.statements import statements
from dawam.stores.postgres.threads import PostgresThread
from dawam.stores.postgres.wire import NotifyWire
from dawam.stores.sql import leasing, settling
from dawam.stores.sql.database import Database
from dawam.stores.sql.place import Place
from dawam.stores.sql.server_time import ServerTime
from dawam.stores.sql.store import SqlStore
from dawam.stores.sql.worker_table import SqlWorkerTable
from dawam.stores.ticking.table import WorkerTable
from dawam.stores.values import (
    CompletionAnswer,
    CompletionStatements,
    HostInfo,
    Rescue,
    Retention,
    SchemaReport,
    Statement,
    queues_of,
    topics_of,
)

P = ParamSpec("P")
T = TypeVar("T")
_PATIENCE_AT_THE_END = 2.0
_MOST_EXPIRED = 1_000
"""So many expired jobs does one claim step over, so that it does not take long."""


class PostgresStore(SqlStore):
    """Jobs in the tables of one PostgreSQL database, shared by any number of machines.

    Durable as the server is set to (synchronous_commit). The server's clock judges leases and due times. A process has
    a fixed number of connections, whatever its concurrency: one to enqueue and one to enqueue very many, one to claim,
    one to look for late jobs while that takes long, one to settle, one for the doorbell, one for the heartbeat and two
    for everything else, each opened when it is first needed and anew when it was lost.
    """

    def __init__(
        self, address: Address, *, application: str = "default", clock: Clock, retention: Retention | None = None
    ) -> None:
        """A clock that is not the system's stands in for the server's, for tests."""
        self._address, self._application = address, application
        self._clock = None if isinstance(clock, SystemClock) else clock
        self._time = ServerTime(clock)
        self._retention = retention or Retention()
        self._statements = statements(address.schema)
        self._database = ""
        self._access, set_up = Access(address, lambda: self._doorbell.ring_all_here()), self._statements["set_up"]
        self._links = tuple(
            Link(self._access, purpose, set_up) for purpose in ("enqueue", "enqueue many", "claim", "look", "settle")
        )
        enqueueing, streaming, claiming_, looking, settling_ = self._links
        self._adder = Adder(enqueueing, streaming, self._statements, application, self._clock)
        lookout = Lookout(claiming_, looking, self._statements["late_jobs"], application, self._ring_for_late)
        self._claimer = Claimer(claiming_, lookout, self._statements, application, self._clock)
        self._ends = Ends(settling_, self._statements, application, self._retention, self._clock, self._settle_each)
        self._writer = self._thread("store writer")
        self._reader = self._thread("store reader", psycopg.IsolationLevel.REPEATABLE_READ)
        self._wire = NotifyWire(self._access, application, enqueueing, self._statements)
        channel = self._wire.name if address.notifies else None
        keeps = self._retention.succeeded != timedelta(0)
        self._errands = Errands(self._statements, application, self.clock, keeps=keeps, channel=channel)
        self._doorbell = PostgresDoorbell(self._wire if address.notifies else None, self._claimer.look_again)

    def _ring_for_late(self, queue: str) -> None:
        self._doorbell.ring_here(Topic.READY, [queue])

    def _thread(
        self, name: str, isolation: psycopg.IsolationLevel | None = None, *, keeps_trying: bool = False
    ) -> PostgresThread:
        return PostgresThread(
            name, self._access, self._statements, self._application, self._clock_in, self._retention,
            isolation=isolation, keeps_trying=keeps_trying,
        )  # fmt: skip

    def _clock_in(self, db: PostgresDatabase) -> Clock:
        """That of one transaction."""
        return ServerClock(self._time, db) if self._clock is None else StandInClock(self._clock)

    # -- what it is

    @property
    def description(self) -> str:
        schema = "" if self._address.schema == "public" else f", schema {self._address.schema}"
        return f"PostgreSQL {self._address.place}{schema}"

    @property
    def database(self) -> str:
        return self._database

    @property
    def clock(self) -> Clock:
        return self._clock or self._time

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
            }
        )

    @property
    def doorbell(self) -> Doorbell:
        return self._doorbell

    @property
    def marks_folder(self) -> Path | None:
        """In this machine's folder for temporary files: marks are about processes of this machine."""
        return marks_folder(self._address, self._application)

    # -- opening

    async def open(self, *, migrate: bool = True) -> None:
        await asyncio.to_thread(self._writer.start)
        try:
            if migrate and (await self.check()).pending:
                await self.migrate()
            await self._writer.run(lambda db: self._prepare(db))
            await self._write(lambda _, place: place.now())  # from now on `clock` is the server's
            await asyncio.to_thread(self._reader.start)
            for link in self._links:
                link.open()
            self._doorbell.open()
        except BaseException:
            await self.close()
            raise

    def _prepare(self, db: Connection) -> None:
        migrations.require_current(db, self._address)
        ((self._database,),) = db.execute(self._statements["database"].query).fetchall()

    async def close(self) -> None:
        try:
            with suppress(Exception):
                async with asyncio.timeout(_PATIENCE_AT_THE_END):
                    await self._adder.close()
                    await self._doorbell.all_said()
        finally:
            self._doorbell.close()
        await self._doorbell.ended()
        await self._claimer.close()
        for link in self._links:
            await link.close()
        await asyncio.gather(self._reader.close(), self._writer.close())
        if (folder := self.marks_folder) is not None:
            remove_empty(folder)

    async def begin_to_hear(self) -> None:
        """Waits until rings of other processes reach this one, once somebody listens here."""
        await self._doorbell.begun_to_hear()

    async def migrate(self) -> SchemaReport:
        return await self._writer.run(lambda db: migrations.migrate(db, self._address))

    async def check(self) -> SchemaReport:
        return await self._writer.run(lambda db: migrations.check(db, self._address))

    def script(self, from_version: int = 0) -> list[str]:
        return list(script(self._address.schema, from_version))

    # -- what it is like

    async def stats(self) -> StoreStats:
        report = await self.check()
        return await self._read(lambda db, place: measuring.stats(db, place, self._address.schema, report))

    async def durability_doubts(self) -> tuple[Doubt, ...]:
        return await self._read(lambda db, _: measuring.durability_doubts(db))

    async def upkeep_doubts(self) -> tuple[Doubt, ...]:
        return await self._read(lambda db, _: measuring.upkeep_doubts(db, self._address.schema))

    # -- how the shared verbs are run

    def _read(self, work: Callable[[Database, Place], T]) -> asyncio.Future[T]:
        return self._reader.run(self._reader.work(work))

    def _write(self, work: Callable[[Database, Place], T]) -> asyncio.Future[T]:
        return self._writer.run(self._writer.work(work))

    def _write_about_workers(self, work: Callable[[Database, Place], T]) -> asyncio.Future[T]:
        """The same for what reads rows of workers, decides, and writes them: one after another."""

        def in_turn(db: Database, place: Place) -> T:
            db.execute("lock_workers", (place.application,))
            return work(db, place)

        return self._write(in_turn)

    async def _decide(self, verb: Callable[Concatenate[WorkerTable, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._write_about_workers(lambda db, place: verb(SqlWorkerTable(db, place), *args, **kwargs))

    # -- adding

    async def add(self, jobs: Sequence[NewJob]) -> list[bool]:
        created = await self._in_our_words(self._adder.add(jobs))
        queues = queues_of(jobs)
        for topic in topics_of(jobs):
            self._doorbell.ring_here(topic, queues)
            if self._adder.is_elsewhere:
                self._doorbell.ring_elsewhere(topic, queues)
        return created

    async def add_stream(self, batches: Iterable[Sequence[NewJob]]) -> list[bool]:
        topics, queues = set[Topic](), set[str]()

        def watched() -> Iterator[Sequence[NewJob]]:
            for batch in batches:
                topics.update(topics_of(batch))
                queues.update(queues_of(batch))
                yield batch

        created = await self._in_our_words(self._adder.add_stream(watched()))
        for topic in topics:
            self._doorbell.ring(topic, queues)  # later jobs may have been claimed since these were made
        return created

    async def _in_our_words(self, adding: Awaitable[list[bool]]) -> list[bool]:
        try:
            return await adding
        except psycopg.Error as error:
            reason = str(error).splitlines()[0]
            raise StoreError(f"{self.description} refused a job ({reason}): nothing of this call was stored") from error

    def add_statements(self, jobs: Sequence[NewJob]) -> list[Statement]:
        return self._errands.add(jobs)

    def ring_statements(self, jobs: Sequence[NewJob]) -> list[Statement]:
        return self._errands.ring(jobs)

    # -- claiming and settling

    async def claim(self, host: HostId, queues: Sequence[str], limit: int) -> list[ClaimedJob]:
        return await self._claimed(limit, lambda left: self._claimer.ready(host, queues, left))

    async def claim_parked(
        self, host: HostId, queues: Sequence[str], known: Mapping[str, int], limit: int
    ) -> list[ClaimedJob]:
        return await self._claimed(limit, lambda left: self._claimer.parked(host, queues, known, left))

    async def _claimed(self, limit: int, look: Callable[[int], Awaitable[list[claiming.Row]]]) -> list[ClaimedJob]:
        """Looks again for as many as had expired."""
        claimed, expired_count = list[claiming.Row](), 0
        while True:
            rows = await look(limit - len(claimed))
            fresh = await self._without_expired(rows)
            claimed += fresh
            expired_count += len(rows) - len(fresh)
            if len(rows) == len(fresh) or expired_count >= _MOST_EXPIRED:
                return [claiming.claimed_job(row) for row in claimed]

    async def claim_suspect(self, host: HostId, queues: Sequence[str], known: Mapping[str, int]) -> ClaimedJob | None:
        while rows := await self._claimer.suspect(host, queues, known):
            for row in await self._without_expired(rows):
                return claiming.claimed_job(row)
        return None

    async def _without_expired(self, rows: list[claiming.Row]) -> list[claiming.Row]:
        """Cancels those that had expired before they could run."""
        expired = [row for row in rows if claiming.is_expired(row)]
        if not expired:
            return rows
        await self._write(lambda db, place: claiming.cancel_expired(db, place, expired))
        return [row for row in rows if not claiming.is_expired(row)]

    async def settle(self, settlements: Sequence[Settlement]) -> list[SettleAnswer]:
        answers = await self._ends.settle(settlements)
        self._claimer.settled([(each.id, each.fence) for each in settlements])
        return answers

    def completion_statements(self, success: Settlement) -> CompletionStatements:
        return self._errands.complete(success)

    async def completion_of(self, job_id: UUID, fence: int) -> CompletionAnswer:
        answer = await super().completion_of(job_id, fence)
        if answer is CompletionAnswer.COMMITTED:
            self._claimer.settled([(job_id, fence)])
        return answer

    async def _settle_each(self, settlements: Sequence[Settlement]) -> list[SettleAnswer]:
        return await self._write(lambda db, place: settling.settle(db, place, settlements))

    # -- hosts

    async def register(self, host: HostInfo, lease: timedelta) -> None:
        await super().register(host, lease)
        self._adder.add_host(host.id)

    def heartbeat_link(self, host: HostId) -> PostgresHeartbeatLink:
        return PostgresHeartbeatLink(self._thread("heartbeat", keeps_trying=True), host)

    async def give_up(self, host: HostId, crashed: Collection[UUID] = ()) -> Rescue:
        self._adder.remove_host(host)
        return await self._write_about_workers(lambda db, place: leasing.give_up(db, place, host, crashed))

    async def rescue(self, limit: int, may_judge: Callable[[], bool] = lambda: True) -> Rescue:
        # not by the reader: what is found is locked for a moment, which its one snapshot would not always allow
        asked_at, has_old_claims = await self._write(rescuing.needs_rescue)
        since = asked_at if asked_at is not None and may_judge() else None
        if since is None and not has_old_claims:
            return Rescue()
        return await self._write_about_workers(lambda db, place: rescuing.rescue(db, place, limit, since))


def from_url(url: str, *, application: str, clock: Clock, retention: Retention) -> PostgresStore:
    """`postgresql://user:password@host:5432/database`; see `Address` for what may stand behind a question mark."""
    return PostgresStore(Address.of(url), application=application, clock=clock, retention=retention)
