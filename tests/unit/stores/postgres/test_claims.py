"""One row says which jobs a host took together; it goes when none of them is running any more."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest_asyncio

from dawam.clock import SystemClock
from dawam.ids import HostId, new_host_id, new_id
from dawam.jobs.outcome import HandedBack, Outcome, Settlement, Succeeded
from dawam.jobs.priority import Priority
from dawam.jobs.record import ClaimedJob, NewJob
from dawam.stores.postgres.address import Address
from dawam.stores.postgres.store import PostgresStore
from dawam.stores.values import HostInfo

DONE = Succeeded()


class Press:
    """A store with ten jobs in it, and a host."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.store = PostgresStore(Address.of(url), clock=SystemClock())
        self.host: HostId = new_host_id()

    async def open(self) -> None:
        await self.store.open()
        now = datetime.now(UTC)
        info = HostInfo(
            id=self.host, process_id=1, machine="m", queues=("default",), job_names=(), concurrency=1, version="1",
            started_at=now,
        )  # fmt: skip
        await self.store.register(info, timedelta(minutes=1))
        told: dict[str, Any] = {"name": "print", "args": b"{}", "queue": "default", "priority": Priority.NORMAL}
        await self.store.add([NewJob(id=new_id(), created_at=now, run_at=now, **told) for _ in range(10)])

    async def claim(self, limit: int) -> list[ClaimedJob]:
        return await self.store.claim(self.host, ["default"], limit)

    async def settle(self, *jobs: ClaimedJob, outcome: Outcome = DONE) -> None:
        now = datetime.now(UTC)
        await self.store.settle([Settlement(job.id, job.fence, outcome, now, now) for job in jobs])

    def claims(self) -> int:
        return int(self.ask("SELECT count(*) FROM dawam_claim")[0])

    def claimed_ids(self) -> list[UUID]:
        return list(self.ask("SELECT array_agg(id) FROM dawam_claim, unnest(ids) id")[0])

    def ask(self, text: str) -> tuple[Any, ...]:
        with psycopg.connect(self.url) as db:
            found: tuple[Any, ...] | None = db.execute(text.encode()).fetchone()
        assert found is not None
        return found


@pytest_asyncio.fixture
async def press(emptied_postgres_url: str) -> AsyncIterator[Press]:
    press = Press(emptied_postgres_url)
    await press.open()
    yield press
    await press.store.close()


async def test_a_claim_is_one_row_however_many_jobs_it_took(press: Press) -> None:
    assert len(await press.claim(10)) == 10

    assert press.claims() == 1


async def test_it_goes_with_the_next_claim_after_its_last_job_has_ended(press: Press) -> None:
    first, second = await press.claim(2)

    await press.settle(first)
    await press.claim(1)
    assert press.claims() == 2

    await press.settle(second)
    await press.claim(1)
    assert press.claims() == 2  # the two later ones


async def test_an_end_that_is_told_again_forgets_no_later_claim_of_the_same_job(press: Press) -> None:
    [job] = await press.claim(1)
    await press.settle(job, outcome=HandedBack())
    [again] = await press.claim(1)
    assert (again.id, again.fence) == (job.id, job.fence + 1)

    await press.settle(job, outcome=HandedBack())  # its answer had been lost
    await press.claim(1)

    assert again.id in press.claimed_ids()


async def test_one_that_nobody_has_forgotten_goes_when_it_is_old(press: Press) -> None:
    jobs = await press.claim(3)
    other = PostgresStore(Address.of(press.url), clock=SystemClock())  # which never heard of that claim
    await other.open()
    now = datetime.now(UTC)
    await other.settle([Settlement(job.id, job.fence, Succeeded(), now, now) for job in jobs])
    press.ask("UPDATE dawam_claim SET claimed_at = claimed_at - 70000000 RETURNING 1")

    await other.rescue(10)

    assert press.claims() == 0
    await other.close()


async def test_claiming_changes_no_index_of_the_job(press: Press) -> None:
    await press.claim(10)

    with psycopg.connect(press.url, autocommit=True) as db:
        # the counters of a session reach the server's statistics after a moment, or with its end
        await press.store.close()
        deadline = datetime.now(UTC) + timedelta(seconds=10)
        found: tuple[Any, ...] | None = None
        while datetime.now(UTC) < deadline and (not found or found[0] < 10):
            found = db.execute(
                "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'dawam_job'"
            ).fetchone()

    assert found == (10, 10)
