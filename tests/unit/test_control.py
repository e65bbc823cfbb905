"""The human hand: what it changes, and who is woken by it."""

from collections.abc import Callable, Collection
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from dawam.control import JobControl
from dawam.doorbells.base import Bell, Topic
from dawam.ids import HostId, new_id
from dawam.jobs.outcome import ErrorDetails, Failed, Settlement
from dawam.jobs.priority import Priority
from dawam.jobs.record import ClaimedJob, NewJob
from dawam.stores.memory import MemoryStore
from dawam.stores.values import CancelAnswer, HostInfo
from dawam.testing.clock import ManualClock

HOST = HostId("shop-1-abcd")


class RecordingDoorbell:
    """Writes down what is rung."""

    def __init__(self) -> None:
        self.rings: list[Topic] = []
        self.rung_queues: set[str] = set()

    def ring(self, topic: Topic, queues: Collection[str] = ()) -> None:
        self.rings.append(topic)
        self.rung_queues |= {*queues}

    def listen(self, topic: Topic, wake: Callable[[], None], queues: Collection[str] = ()) -> Bell:
        raise NotImplementedError

    def close(self) -> None: ...


class Desk:
    """A store with a person in front of it."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.store = MemoryStore(application="shop", clock=self.clock)
        self.doorbell = RecordingDoorbell()
        self.control = JobControl(self.store, self.doorbell)

    async def enqueue(self) -> UUID:
        now = self.clock.now()
        job = NewJob(
            id=new_id(),
            name="mail",
            args=b"{}",
            queue="default",
            priority=Priority.NORMAL,
            created_at=now,
            run_at=now,
        )
        await self.store.add([job])
        return job.id

    async def claim(self) -> list[ClaimedJob]:
        return await self.store.claim(HOST, ("default",), 1)

    async def state(self, job_id: UUID) -> str | None:
        job = await self.store.get(job_id)
        return None if job is None else job.state


@pytest.fixture
async def desk() -> Desk:
    desk = Desk()
    await desk.store.open()
    host = HostInfo(
        id=HOST,
        process_id=1,
        machine="shop-1",
        queues=("default",),
        job_names=("mail",),
        concurrency=4,
        version="0.1.0",
        started_at=desk.clock.now(),
    )
    await desk.store.register(host, timedelta(hours=1))
    return desk


async def test_a_waiting_job_is_cancelled_at_once_and_its_waiters_are_told(desk: Desk) -> None:
    id_ = await desk.enqueue()
    assert await desk.control.cancel(str(id_), "sold out") is CancelAnswer.CANCELLED
    assert await desk.state(id_) == "cancelled"
    assert desk.doorbell.rings == [Topic.FINISHED]


async def test_a_running_job_is_asked_to_stop(desk: Desk) -> None:
    id_ = await desk.enqueue()
    await desk.claim()
    assert await desk.control.cancel(id_) is CancelAnswer.REQUESTED
    assert (await desk.store.orders(HOST)).cancel == {id_}
    assert desk.doorbell.rings == []


async def test_a_failed_job_is_retried_and_the_hosts_are_woken(desk: Desk) -> None:
    id_ = await desk.enqueue()
    (job,) = await desk.claim()
    now = desk.clock.now()
    await desk.store.settle([Settlement(job.id, job.fence, Failed(ErrorDetails("ValueError", "no")), now, now)])
    assert await desk.control.retry(str(id_))
    assert desk.doorbell.rings == [Topic.READY]
    assert [claimed.id for claimed in await desk.claim()] == [id_]


async def test_what_is_not_there_is_neither_retried_nor_deleted_nor_cancelled(desk: Desk) -> None:
    unknown = uuid4()
    assert not await desk.control.retry(unknown)
    assert not await desk.control.delete(unknown)
    assert await desk.control.cancel(unknown) is CancelAnswer.UNKNOWN
    assert desk.doorbell.rings == []


async def test_a_deleted_job_is_gone(desk: Desk) -> None:
    id_ = await desk.enqueue()
    assert await desk.control.delete(str(id_))
    assert await desk.state(id_) is None
    assert desk.doorbell.rings == [Topic.FINISHED]


async def test_a_paused_queue_is_left_alone_until_it_is_resumed(desk: Desk) -> None:
    await desk.enqueue()
    await desk.control.pause_queue("default")
    assert await desk.store.paused_queues() == {"default"}
    assert await desk.claim() == []
    await desk.control.resume_queue("default")
    assert await desk.store.paused_queues() == frozenset()
    assert (desk.doorbell.rings, desk.doorbell.rung_queues) == ([Topic.READY], {"default"})
    assert len(await desk.claim()) == 1


async def test_a_queue_is_limited_until_the_limit_is_lifted(desk: Desk) -> None:
    await desk.control.limit_queue("default", 3)
    assert [(each.name, each.limit) for each in await desk.store.queues()] == [("default", 3)]
    await desk.control.limit_queue("default", None)
    assert await desk.store.queues() == []
    for wrong in (0, -1, 2_000_000):
        with pytest.raises(ValueError, match="1 to 1,000,000 was expected; pause it"):
            await desk.control.limit_queue("default", wrong)


@pytest.mark.parametrize("verb", ["cancel", "retry", "delete"])
async def test_a_malformed_id_is_refused(desk: Desk, verb: str) -> None:
    with pytest.raises(ValueError, match="'42' is no job id: a UUID was expected"):
        await getattr(desk.control, verb)("42")
