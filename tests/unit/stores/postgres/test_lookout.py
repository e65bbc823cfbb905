"""A job that is late is found and claimed, and no claim waits for a look that takes long."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest_asyncio

from dawam.clock import SystemClock, to_microseconds
from dawam.doorbells.base import Topic
from dawam.ids import HostId, new_host_id, new_id
from dawam.jobs.priority import Priority
from dawam.jobs.record import NewJob
from dawam.stores.postgres.access import Access
from dawam.stores.postgres.address import Address
from dawam.stores.postgres.bounds import Bounds, Key
from dawam.stores.postgres.link import Link
from dawam.stores.postgres.lookout import Lookout
from dawam.stores.postgres.statements import statements
from dawam.stores.postgres.store import PostgresStore
from dawam.stores.values import HostInfo

PATIENCE = 20.0
NOW = datetime.now(UTC)


def job_due(ago: timedelta) -> NewJob:
    fields = {"id": new_id(), "name": "print", "args": b"{}", "queue": "default", "priority": Priority.NORMAL}
    return NewJob(**fields, created_at=NOW - ago, run_at=NOW - ago)  # type: ignore[arg-type]


def key_of(job: NewJob) -> Key:
    return -int(job.priority), 0, to_microseconds(job.run_at), job.id


class Post:
    """A lookout beside a store, and what it has told."""

    def __init__(self, url: str) -> None:
        self.store = PostgresStore(Address.of(url), clock=SystemClock())
        self.url = url
        self.links: list[Link] = []
        self.told: asyncio.Queue[str] = asyncio.Queue()
        self.lookout = self.lookout_with(self.link(url), self.link(url))

    def link(self, url: str) -> Link:
        link = Link(Access(Address.of(url), lambda: None), "test", statements("public")["set_up"])
        link.open()
        self.links.append(link)
        return link

    def lookout_with(self, claiming: Link, beside: Link) -> Lookout:
        return Lookout(claiming, beside, statements("public")["late_jobs"], "default", self.told.put_nowait)

    async def close(self) -> None:
        await self.lookout.close()
        for link in self.links:
            await link.close()
        await self.store.close()


@pytest_asyncio.fixture
async def post(emptied_postgres_url: str) -> AsyncIterator[Post]:
    post = Post(emptied_postgres_url)
    await post.store.open()
    yield post
    await post.close()


def bounds_behind(job: NewJob, *, is_slow: bool = False) -> Bounds:
    """Of a host that has claimed hundreds of jobs that were due later; `is_slow`: and that looks beside its claims."""
    bounds = Bounds()
    rank, attempts, moment, _ = key_of(job)
    for step in range(1, 3):
        claimed = [(rank, attempts, moment + 1_000 * step + each, UUID(int=each)) for each in range(300)]
        bounds.claimed(claimed, is_all=False)
    if is_slow:
        look = bounds.next_look(0.0)
        assert look is not None
        bounds.look_ended(look, -200.0, 1.0, [])
    return bounds


def late_ids(bounds: Bounds) -> list[UUID]:
    return [begin[3] for begin, end in bounds.spans() if end < begin[:2]]


async def test_a_quick_look_is_over_before_the_claim_begins(post: Post) -> None:
    job = job_due(timedelta(hours=1))
    await post.store.add([job, job_due(timedelta(0))])
    bounds = bounds_behind(job)

    await post.lookout.look("default", bounds)

    assert late_ids(bounds) == [job.id]
    assert post.told.empty()


async def test_a_slow_look_is_made_beside_the_claims_and_tells_what_it_found(post: Post) -> None:
    job = job_due(timedelta(hours=1))
    await post.store.add([job])
    bounds = bounds_behind(job, is_slow=True)

    await post.lookout.look("default", bounds)
    assert late_ids(bounds) == []

    async with asyncio.timeout(PATIENCE):
        assert await post.told.get() == "default"
    assert late_ids(bounds) == [job.id]


async def test_jobs_of_other_queues_and_other_grades_are_not_late(post: Post) -> None:
    job = job_due(timedelta(hours=1))
    bounds = bounds_behind(job)
    await post.store.add([job])

    await post.lookout.look("mail", bounds)

    assert late_ids(bounds) == []


async def test_a_look_that_fails_beside_the_claims_comes_again_later(post: Post) -> None:
    nowhere = post.link("postgresql://nobody@127.0.0.1:1/nothing")
    lookout = post.lookout_with(post.links[0], nowhere)
    bounds = bounds_behind(job_due(timedelta(hours=1)), is_slow=True)

    await lookout.look("default", bounds)
    (look,) = (task for task in asyncio.all_tasks() if "late jobs of default" in task.get_name())
    await look

    assert bounds.next_look(float("inf")) is not None
    assert post.told.empty()


async def test_closing_ends_a_look_that_is_under_way(post: Post) -> None:
    bounds = bounds_behind(job_due(timedelta(hours=1)), is_slow=True)

    await post.lookout.look("default", bounds)
    await post.lookout.close()

    assert not [task for task in asyncio.all_tasks() if "late jobs" in task.get_name()]
    assert bounds.next_look(float("inf")) is not None


async def test_a_job_that_became_ready_before_much_that_was_claimed_is_claimed_next(post: Post) -> None:
    host = await registered(post.store)
    await post.store.add([job_due(timedelta(minutes=1)) for _ in range(600)])
    for _ in range(2):
        assert len(await post.store.claim(host, ["default"], 300)) == 300
    late = job_due(timedelta(hours=1))
    await post.store.add([late])

    post.store.doorbell.ring(Topic.READY, ["default"])  # as whoever brings it back does

    claimed = list[UUID]()
    async with asyncio.timeout(PATIENCE):
        while not claimed:
            claimed = [job.id for job in await post.store.claim(host, ["default"], 10)]
    assert claimed == [late.id]


async def registered(store: PostgresStore) -> HostId:
    info = HostInfo(
        id=new_host_id(), process_id=1, machine="m", queues=("default",), job_names=(), concurrency=1, version="1",
        started_at=NOW,
    )  # fmt: skip
    await store.register(info, timedelta(minutes=1))
    return info.id
