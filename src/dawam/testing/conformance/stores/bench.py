"""The bench that the suite works on: a place, a clock that stands still, one open store, and words for the stories."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from dawam.clock import Clock
from dawam.ids import HostId, new_host_id, new_id
from dawam.jobs.outcome import (
    Cancelled,
    ErrorDetails,
    Failed,
    HandedBack,
    Outcome,
    Parked,
    Retrying,
    SettleAnswer,
    Settlement,
    Snoozed,
    Succeeded,
)
from dawam.jobs.priority import Priority
from dawam.jobs.record import ClaimedJob, JobInfo, NewJob
from dawam.jobs.state import StoredState
from dawam.stores.base import Capability, JobStore
from dawam.stores.looks import Bookmark
from dawam.stores.transaction import Transaction
from dawam.stores.values import HostInfo, JobFilter, Retention
from dawam.testing.clock import ManualClock

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

LEASE = timedelta(seconds=20)
LONG_LEASE = timedelta(days=3650)
AT_ONCE = Retention(succeeded=timedelta(0), failed=timedelta(0), cancelled=timedelta(0))
OUT_OF_PAPER = ErrorDetails("shop.OutOfPaper", "the printer has no paper", "Traceback: shop/printer.py, line 7")


class Bench:
    """What an implementer overrides (`new_place`, `new_store`, perhaps the others), and what the tests use."""

    pytestmark = pytest.mark.asyncio

    clock: ManualClock
    store: JobStore

    # -- to be said by the implementer

    async def new_place(self, folder: Path) -> None:
        """Makes an empty place for one test; `folder` is an empty folder that the test may use."""

    def new_store(self, *, application: str, clock: Clock, retention: Retention) -> JobStore:
        """A store, not yet open, on the place of this test. Several may be on it at once."""
        raise NotImplementedError(f"{type(self).__name__} has to say how a store is made: override new_store")

    async def remove_place(self) -> None:
        """Removes the place when the test is over and its stores are closed."""

    async def pass_time(self, duration: timedelta) -> None:
        """Lets time pass for the store; a store that goes by its server's clock has to override this."""
        self.clock.advance(duration)

    async def begin_to_hear(self, store: JobStore) -> None:
        """Returns when rings of others reach this store; one that has to connect for that has to override this."""

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """A caller's own transaction on the place: the block's end commits it, an exception rolls it back.

        For stores that take part in transactions.
        """
        raise NotImplementedError(f"{type(self).__name__} has to say how a caller's transaction is made")

    # -- the bench itself

    @pytest_asyncio.fixture(autouse=True)
    async def bench(self, tmp_path: Path) -> AsyncIterator[None]:
        self.clock = ManualClock()
        self._opened: list[JobStore] = []
        await self.new_place(tmp_path)
        self.store = await self.open_store()
        try:
            yield
        finally:
            for store in self._opened:
                await store.close()
            await self.remove_place()

    async def open_store(self, *, application: str = "shop", retention: Retention | None = None) -> JobStore:
        """One more store on the same place, closed when the test is over."""
        store = self.new_store(application=application, clock=self.clock, retention=retention or Retention())
        await store.open()
        self._opened.append(store)
        return store

    def requires(self, capability: Capability) -> None:
        """Skips the test on a store that lacks what it is about."""
        if capability not in self.store.capabilities:
            pytest.skip(f"{self.store.description}: no {capability}")

    # -- jobs

    def new_job(
        self,
        name: str = "orders.receipt",
        *,
        queue: str = "default",
        priority: Priority = Priority.NORMAL,
        due_in: timedelta = timedelta(0),
        **more: Any,
    ) -> NewJob:
        now = self.clock.now()
        fields: dict[str, Any] = {"id": new_id(), "args": b'{"order":7}', "created_at": now, "run_at": now + due_in}
        return NewJob(name=name, queue=queue, priority=priority, **{**fields, **more})

    async def added(self, name: str = "orders.receipt", **more: Any) -> UUID:
        """The id of a job that was just added."""
        job = self.new_job(name, **more)
        assert await self.store.add([job]) == [True]
        return job.id

    async def info(self, job_id: UUID) -> JobInfo:
        """What people see of a job that is there."""
        found = await self.store.get(job_id)
        assert found is not None, f"job {job_id} is gone"
        return found

    async def state_of(self, job_id: UUID) -> StoredState | str | None:
        """Where the job is; None when it is not in the store."""
        found = await self.store.get(job_id)
        return None if found is None else found.stored_state

    async def listed(self, chosen: JobFilter, limit: int = 1_000, after: UUID | None = None) -> list[JobInfo]:
        """A list of jobs."""
        return (await self.store.look(chosen, limit, after)).jobs

    async def passed(self, chosen: JobFilter, limit: int = 1_000, within: int | None = None) -> list[UUID]:
        """The jobs that a pass meets, until its end."""
        look = await self.store.ids(chosen, limit, None, within)
        found = [*look.ids]
        while look.bookmark is not None:
            look = await self.store.ids(chosen, limit, Bookmark.of_text(look.bookmark.to_text()), within)
            found += look.ids
        return found

    async def counted(self, chosen: JobFilter, within: int | None = None) -> int:
        """How many jobs a pass counts."""
        look = await self.store.count(chosen, None, within)
        count = look.count
        while look.bookmark is not None:
            look = await self.store.count(chosen, look.bookmark, within)
            count += look.count
        return count

    # -- hosts, claims, settlements

    async def new_host(
        self, store: JobStore | None = None, *, lease: timedelta = LONG_LEASE, queues: tuple[str, ...] = ("default",)
    ) -> HostId:
        """A host that was just registered; its lease outlasts the test unless the test is about leases."""
        host = self.host_info(queues=queues)
        await (store or self.store).register(host, lease)
        return host.id

    def host_info(self, *, queues: tuple[str, ...] = ("default",)) -> HostInfo:
        return HostInfo(
            id=new_host_id(),
            process_id=4711,
            machine="press-1",
            queues=queues,
            job_names=("orders.receipt",),
            concurrency=8,
            version="1.0",
            started_at=self.clock.now(),
        )

    async def claimed(self, host: HostId | None = None, *, queues: Sequence[str] = ("default",)) -> ClaimedJob:
        """The one job that is next."""
        (job,) = await self.store.claim(host or await self.new_host(), queues, 1)
        return job

    async def running(self, name: str = "orders.receipt", *, host: HostId | None = None, **more: Any) -> ClaimedJob:
        """A job that was just added and claimed; nothing else may be ready."""
        job_id = await self.added(name, **more)
        job = await self.claimed(host, queues=(more.get("queue", "default"),))
        assert job.id == job_id, "something else was ready before it"
        return job

    def settlement(self, job: ClaimedJob, outcome: Outcome, **more: Any) -> Settlement:
        now = self.clock.now()
        return Settlement(job.id, job.fence, outcome, started_at=now, ended_at=now, **more)

    async def settle(self, job: ClaimedJob, outcome: Outcome, **more: Any) -> SettleAnswer:
        (answer,) = await self.store.settle([self.settlement(job, outcome, **more)])
        return answer

    async def finished(self, outcome: Outcome | None = None, **more: Any) -> UUID:
        """The id of a job that has just ended, well unless said otherwise."""
        job = await self.running(**more)
        assert await self.settle(job, outcome or Succeeded()) is SettleAnswer.ACCEPTED
        return job.id

    # -- outcomes

    def outcome(self, name: str) -> Outcome:
        """An outcome by its name in plain words."""
        outcomes: dict[str, Outcome] = {
            "succeeded": Succeeded(b"1"),
            "failed": self.failed(),
            "cancelled": Cancelled(),
            "retrying": self.retrying(),
            "snoozed": self.snoozed(),
            "parked": Parked(),
            "handed back": HandedBack(),
        }
        return outcomes[name]

    def retrying(self, after: timedelta = MINUTE) -> Retrying:
        return Retrying(self.clock.now() + after, OUT_OF_PAPER)

    def snoozed(self, duration: timedelta = HOUR) -> Snoozed:
        return Snoozed(self.clock.now() + duration, "too early")

    def failed(self) -> Failed:
        return Failed(OUT_OF_PAPER)
