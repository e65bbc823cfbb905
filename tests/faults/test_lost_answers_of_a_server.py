"""The server commits what it was asked, and the network loses its answer: nothing is done twice, nothing is left."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest

from dawam import App
from dawam.events.lifecycle import JobSettled, UnknownClaimsReturned
from dawam.jobs.outcome import SettleAnswer
from tests.support.applications import running, seen_by, until
from tests.support.postgres import Postgres
from tests.support.proxy import Exchange, Match, Proxy

SETTINGS = {"Host.Heartbeat": "100ms", "Host.Lease": "1h", "Host.Poll": "100ms"}
SOON = timedelta(seconds=20)


@pytest.fixture
async def proxy(postgres: Postgres) -> AsyncIterator[Proxy]:
    async with Proxy(postgres.url()) as proxy:
        yield proxy


class Work:
    """An application with one job, on a database behind the proxy."""

    def __init__(self, url: str) -> None:
        self.app, self.runs = App(store=url), list[int]()

        @self.app.job("work")
        async def work(number: int) -> str:
            self.runs.append(number)
            return "done"

        self.job = work


@pytest.fixture
def work(proxy: Proxy, postgres_url: str) -> Work:
    return Work(proxy.url(postgres_url))


def of(client: str, *, answering: UUID | None = None) -> Match:
    """The next exchange of this client, or the one whose answer speaks of a job."""

    def matches(exchange: Exchange) -> bool:
        is_about = answering is None or answering.bytes in exchange.answer
        return exchange.client == f"dawam {client}" and is_about

    return matches


@pytest.mark.fault("lost answer")
async def test_an_enqueue_is_repeated_and_its_job_exists_once(work: Work, proxy: Proxy) -> None:
    async with running(work.app, run_host=False) as runtime:
        await work.job.enqueue(0)
        proxy.lose_answer(of("enqueue"))
        job = await work.job.enqueue(1)
        assert job.id.bytes in (await proxy.has_lost()).request
        found = await runtime.parts.store.get(job.id)
        assert found is not None
        assert (await runtime.parts.desk.inspector.counts()).waiting == 2


@pytest.mark.fault("lost answer")
async def test_many_enqueues_at_once_are_repeated_together(work: Work, proxy: Proxy) -> None:
    async with running(work.app, run_host=False) as runtime:
        await work.job.enqueue(0)
        proxy.lose_answer(of("enqueue"))
        jobs = await asyncio.gather(*(work.job.enqueue(number) for number in range(50)))
        await proxy.has_lost()
        assert len({job.id for job in jobs}) == 50
        assert (await runtime.parts.desk.inspector.counts()).waiting == 51


@pytest.mark.fault("lost answer")
async def test_jobs_of_a_lost_claim_are_handed_back_and_run_once_uncharged(work: Work, proxy: Proxy) -> None:
    async with running(work.app, run_host=False):
        job = await work.job.enqueue(1)
    proxy.lose_answer(of("claim", answering=job.id))
    async with running(work.app, settings=SETTINGS) as runtime:
        seen = seen_by(runtime, UnknownClaimsReturned)
        await proxy.has_lost()
        await until(lambda: work.runs == [1], within=SOON.total_seconds())
        await until(lambda: len(seen.events) == 1)
        assert seen.events[0].jobs == (job.id,)
        found = await runtime.parts.store.get(job.id)
        assert found is not None
        assert (found.fence, found.attempt_count, found.lost_count, found.crash_count) == (2, 0, 0, 0)


@pytest.mark.fault("lost answer")
async def test_a_settlement_is_repeated_and_the_job_does_not_run_again(work: Work, proxy: Proxy) -> None:
    async with running(work.app, settings=SETTINGS) as runtime:
        await (await work.job.enqueue(0)).result(within=SOON)
        seen = seen_by(runtime, JobSettled, UnknownClaimsReturned)
        proxy.lose_answer(of("settle"))
        job = await work.job.enqueue(1)
        assert await job.result(within=SOON) == "done"
        assert job.id.bytes in (await proxy.has_lost()).request
        await until(lambda: [event.answer for event in seen.of(JobSettled)] == [SettleAnswer.ALREADY])
        await asyncio.sleep(0.5)  # several looks
        assert (work.runs, seen.of(UnknownClaimsReturned)) == ([0, 1], [])


@pytest.mark.fault("lost answer")
async def test_a_heartbeat_is_repeated_and_nobody_is_dead(work: Work, proxy: Proxy) -> None:
    async with running(work.app, settings=SETTINGS) as runtime:
        proxy.lose_answer(of("heartbeat"))
        await proxy.has_lost()
        job = await work.job.enqueue(1)
        assert await job.result(within=SOON) == "done"
        assert [host.id for host in await runtime.parts.store.hosts()] == [runtime.host.id]


@pytest.mark.fault("lost answer")
async def test_a_verb_of_people_is_repeated(work: Work, proxy: Proxy) -> None:
    async with running(work.app, run_host=False) as runtime:
        proxy.lose_answer(of("store writer"))
        await runtime.parts.desk.control.pause_queue("default")
        await proxy.has_lost()
        assert await runtime.parts.store.paused_queues() == {"default"}
