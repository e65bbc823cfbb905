"""What is not as it should be is found, the worst first, and nothing else is."""

from datetime import timedelta
from typing import Any

import pytest

from dawam.ids import HostId, new_id
from dawam.inspector import JobInspector
from dawam.jobs.priority import Priority
from dawam.jobs.record import NewJob
from dawam.measures.compacting import FINEST, floor
from dawam.measures.record import Measure
from dawam.measures.spread import Spread
from dawam.problems import Problem, ProblemKind, Severity, problems
from dawam.stores.memory import MemoryStore
from dawam.stores.values import HostInfo
from dawam.testing.clock import ManualClock
from dawam.workers.record import TickClaim, TickOutcome, TickSettlement, WorkerDeclaration
from dawam.workers.schedules.schedule import Every
from dawam.workers.schedules.stored import to_text

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


class Shop:
    """A store, and what may be wrong with it."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.store = MemoryStore(clock=self.clock)

    async def host(self, name: str = "here-1-a", *, lease: timedelta = HOUR, **more: Any) -> None:
        fields: dict[str, Any] = {"queues": ("default",), "job_names": ("greet",), "version": "1", **more}
        host = HostInfo(
            id=HostId(name), process_id=1, machine="here", concurrency=1, started_at=self.clock.now(), **fields
        )
        await self.store.register(host, lease)

    async def job(self, name: str = "greet", queue: str = "default") -> None:
        now = self.clock.now()
        job = NewJob(
            id=new_id(), name=name, queue=queue, args=b"{}", priority=Priority.NORMAL, created_at=now, run_at=now
        )
        await self.store.add([job])

    async def ended(self, count: int, failed: int) -> None:
        at = floor(self.clock.now(), FINEST)
        counts = {"succeeded": count - failed, "failed": failed}
        await self.store.keep_measures(
            [
                Measure(
                    at=at, span=FINEST, name="greet", queue="default", part="p", waits=Spread(), runs=Spread(), **counts
                )
            ]
        )

    async def failed_tick(self, times: int) -> None:
        """A worker that failed so often."""
        declaration = WorkerDeclaration(name="clean", schedule=to_text(Every(SECOND)), first_at=self.clock.now())
        await self.store.declare_workers(HostId("here-1-a"), [declaration])
        for _ in range(times):
            [tick] = (await self.store.due_ticks(HostId("here-1-a"), 1)).ticks
            now = self.clock.now()
            await self.store.claim_ticks(
                HostId("here-1-a"),
                [TickClaim(name="clean", place=tick.place, fence=tick.fence, revision=tick.revision, planned_at=now)],
            )
            ended = TickSettlement(
                name="clean", place=tick.place, fence=tick.fence + 1, outcome=TickOutcome.FAILED, planned_at=now,
                is_triggered=False, started_at=now, ended_at=now, next_at=now, due_at=now,
            )  # fmt: skip
            await self.store.settle_ticks(HostId("here-1-a"), [ended])

    async def found(self) -> list[Problem]:
        return await problems(self.store, JobInspector(self.store, lambda: {"greet"}))

    async def kinds(self) -> list[ProblemKind]:
        return [each.kind for each in await self.found()]


@pytest.fixture
async def shop() -> Shop:
    shop = Shop()
    await shop.store.open()
    return shop


async def test_where_all_is_well_nothing_is_found(shop: Shop) -> None:
    await shop.host()
    await shop.job()
    await shop.ended(100, failed=5)
    assert await shop.found() == []


async def test_that_no_host_lives_comes_first(shop: Shop) -> None:
    await shop.host(lease=SECOND)
    await shop.job()
    shop.clock.advance(2 * MINUTE)
    found = await shop.found()
    assert [each.kind for each in found] == [ProblemKind.NO_HOST, ProblemKind.HOST_LAPSED, ProblemKind.QUEUE_LATE]
    assert found[0].severity is Severity.ALARM


async def test_a_queue_that_nobody_serves_or_that_is_late_or_paused_is_told(shop: Shop) -> None:
    await shop.host(job_names=("greet",))
    await shop.job(queue="nobodys")
    assert await shop.kinds() == [ProblemKind.QUEUE_UNSERVED]
    await shop.store.pause_queue("nobodys")
    assert await shop.kinds() == [ProblemKind.QUEUE_PAUSED]
    await shop.job()
    shop.clock.advance(2 * MINUTE)
    late, paused = await shop.found()
    assert (late.kind, late.facts["queue"], late.facts["age"]) == (ProblemKind.QUEUE_LATE, "default", 2 * MINUTE)
    assert paused.kind is ProblemKind.QUEUE_PAUSED


async def test_jobs_that_no_host_knows_are_told_with_the_nearest_name(shop: Shop) -> None:
    await shop.host()
    await shop.job("gret")
    [unknown] = await shop.found()
    assert unknown.kind is ProblemKind.JOBS_UNKNOWN
    assert unknown.facts == {"name": "gret", "queue": "default", "count": 1, "nearest": "greet"}


@pytest.mark.parametrize(("count", "failed", "is_told"), [(20, 3, True), (20, 2, False), (19, 19, False)])
async def test_that_many_attempts_fail_is_told(shop: Shop, count: int, failed: int, is_told: bool) -> None:
    await shop.host()
    await shop.ended(count, failed)
    assert (ProblemKind.MANY_FAIL in await shop.kinds()) is is_told
    shop.clock.advance(20 * MINUTE)
    assert ProblemKind.MANY_FAIL not in await shop.kinds()


async def test_hosts_of_different_versions_are_told(shop: Shop) -> None:
    await shop.host()
    await shop.host("here-2-b", version="2")
    [differ] = await shop.found()
    assert (differ.kind, differ.facts["versions"]) == (ProblemKind.VERSIONS_DIFFER, ["1", "2"])


async def test_a_worker_that_fails_again_and_again_is_told(shop: Shop) -> None:
    await shop.host()
    await shop.failed_tick(2)
    assert await shop.found() == []
    await shop.failed_tick(1)
    [fails] = await shop.found()
    assert (fails.kind, fails.facts["worker"], fails.facts["count"]) == (ProblemKind.WORKER_FAILS, "clean", 3)
