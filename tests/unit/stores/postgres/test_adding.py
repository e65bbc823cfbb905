"""Those who enqueue at the same moment share a commit, and nobody pays for another's row."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from dawam.clock import SystemClock
from dawam.errors import RowRefusedError, StoreUnavailableError
from dawam.ids import new_host_id, new_id
from dawam.jobs.priority import Priority
from dawam.jobs.record import NewJob
from dawam.stores.postgres.access import Access
from dawam.stores.postgres.adding import Adder
from dawam.stores.postgres.address import Address
from dawam.stores.postgres.connection import AsyncConnection
from dawam.stores.postgres.link import Link
from dawam.stores.postgres.statements import statements
from dawam.stores.postgres.store import PostgresStore
from tests.support.hosts import host_info

NOW = datetime(2026, 1, 1, tzinfo=UTC)


class CountingLink(Link):
    """Knows how many transactions it was asked for."""

    count = 0

    async def run(self, work: Callable[[AsyncConnection], Awaitable[Any]]) -> Any:
        self.count += 1
        return await super().run(work)


class Desk:
    """Where people enqueue."""

    def __init__(self, store: PostgresStore, link: CountingLink) -> None:
        self.store, self.link = store, link
        self.adder = Adder(link, link, statements("public"), "default", None)

    @classmethod
    def on(cls, store: PostgresStore, address: Address) -> "Desk":
        """With a connection of its own."""
        link = CountingLink(Access(address, lambda: None), "enqueue", statements("public")["set_up"])
        link.open()
        return cls(store, link)


@pytest_asyncio.fixture
async def desk(emptied_postgres_url: str) -> AsyncIterator[Desk]:
    address = Address.of(emptied_postgres_url)
    store = PostgresStore(address, clock=SystemClock())
    await store.open()
    desk = Desk.on(store, address)
    yield desk
    await desk.adder.close()
    await desk.link.close()
    await store.close()


def new_job(name: str = "orders.receipt", **more: Any) -> NewJob:
    now = datetime.now(UTC)
    moments = {"created_at": now, "run_at": now}
    fields: dict[str, Any] = {"id": new_id(), "args": b"{}", "queue": "default", "priority": Priority.NORMAL, **moments}
    return NewJob(name=name, **{**fields, **more})


async def test_a_hundred_who_enqueue_at_once_share_few_commits(desk: Desk) -> None:
    jobs = [new_job() for _ in range(100)]

    answers = await asyncio.gather(*(desk.adder.add([job]) for job in jobs))

    assert answers == [[True]] * 100
    assert desk.link.count <= 2
    assert (await desk.store.counts()).due == 100


async def test_jobs_of_all_kinds_are_one_transaction(desk: Desk) -> None:
    jobs = [new_job(f"orders.{number}", priority=Priority(5 * (1 + number % 5))) for number in range(20)]

    assert await desk.adder.add(jobs) == [True] * 20

    assert desk.link.count == 1
    assert (await desk.store.counts()).due == 20


@pytest.mark.parametrize("count", [1, 2])
async def test_nobody_is_rung_up_where_no_other_process_has_a_host(desk: Desk, count: int) -> None:
    elsewhere = list[bool]()

    async def add() -> None:
        await desk.adder.add([new_job() for _ in range(count)])
        elsewhere.append(desk.adder.is_elsewhere)

    await add()
    desk.adder.add_host(own := new_host_id())
    await desk.store.register(host_info(own, NOW), timedelta(minutes=1))
    await add()
    await desk.store.register(host_info(new_host_id(), NOW), timedelta(minutes=1))
    await add()

    assert elsewhere == [False, False, True]


@pytest.mark.parametrize("count", [1, 2])
async def test_what_is_there_already_is_left_as_it_is(desk: Desk, count: int) -> None:
    jobs = [new_job() for _ in range(count)]
    await desk.adder.add(jobs)

    answers = await desk.adder.add([new_job("orders.other", id=job.id) for job in jobs])

    assert answers == [False] * count
    stored = [await desk.store.get(job.id) for job in jobs]
    assert [job and job.name for job in stored] == ["orders.receipt"] * count


async def test_who_waits_when_all_is_closed_is_told_that_nobody_knows(desk: Desk) -> None:
    silent = asyncio.Event()

    async def never_answers(work: object) -> None:
        silent.set()
        await asyncio.Event().wait()

    first = asyncio.create_task(desk.adder.add([new_job()]))
    await asyncio.sleep(0)
    others = [asyncio.create_task(desk.adder.add([new_job()])) for _ in range(2)]
    await asyncio.sleep(0)
    desk.link.run = never_answers  # type: ignore[method-assign]
    await first
    await silent.wait()

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await desk.adder.close()

    for ended in await asyncio.gather(*others, return_exceptions=True):
        assert isinstance(ended, StoreUnavailableError)
        assert "nobody knows whether this was stored" in str(ended)


async def test_a_row_that_the_server_refuses_fails_alone(desk: Desk) -> None:
    good, bad = [new_job() for _ in range(5)], new_job(headers={"x": "a"}, queue="a\0b")

    answers = await asyncio.gather(*(desk.adder.add([job]) for job in [*good, bad]), return_exceptions=True)

    assert answers[:5] == [[True]] * 5
    assert isinstance(answers[5], RowRefusedError)
    assert (await desk.store.counts()).due == 5


async def test_whoever_stops_waiting_disturbs_nobody(desk: Desk) -> None:
    waiting = [asyncio.ensure_future(desk.adder.add([new_job()])) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[1].cancel()

    assert await waiting[0] == [True]
    assert await waiting[2] == [True]
    with pytest.raises(asyncio.CancelledError):
        await waiting[1]


async def test_of_two_with_one_id_in_one_commit_the_first_creates_it(desk: Desk) -> None:
    job, other = new_job(), new_job()

    assert await desk.adder.add([job, other, job]) == [True, True, False]
    assert await desk.adder.add([job]) == [False]


class TestStreams:
    """`add_stream`."""

    async def test_one_may_take_longer_than_any_statement_may(self, desk: Desk, emptied_postgres_url: str) -> None:
        longest = timedelta(milliseconds=500)
        impatient = Desk.on(desk.store, replace(Address.of(emptied_postgres_url), statement_timeout=longest))

        def batches() -> Iterator[list[NewJob]]:
            ends_at = time.monotonic() + 2 * (longest + timedelta(seconds=1)).total_seconds()
            while time.monotonic() < ends_at:
                time.sleep(0.05)  # what it takes to make them
                yield [new_job() for _ in range(10)]

        answers = await impatient.adder.add_stream(batches())

        assert impatient.link.count == 1, "it was cut off, and begun anew"
        assert (await desk.store.counts()).due == len(answers)
        await impatient.link.close()

    async def test_whoever_enqueues_one_job_does_not_wait_for_it(self, desk: Desk) -> None:
        beside: list[asyncio.Task[list[bool]]] = []

        def batches() -> Iterator[list[NewJob]]:
            yield [new_job()]
            beside.append(asyncio.ensure_future(desk.store.add([new_job()])))
            for _ in range(5_000):
                yield [new_job()]
                if beside[0].done():
                    return

        answers = await desk.store.add_stream(batches())

        assert len(answers) < 5_000, "it had to wait for the end of the stream"
        assert await beside[0] == [True]


async def test_what_was_handed_in_is_written_before_the_end(desk: Desk) -> None:
    adding = asyncio.ensure_future(desk.adder.add([new_job()]))
    await asyncio.sleep(0)

    await desk.adder.close()

    assert await adding == [True]
