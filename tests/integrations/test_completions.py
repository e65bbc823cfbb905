"""A job settles itself in a transaction of every kind: what it did and its end commit together, or neither is there."""

import sqlite3
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from dawam import App, JobContext
from dawam.clock import SystemClock
from dawam.errors import ClaimLost, EnqueueError, SchemaError, TransactionError
from dawam.ids import HostId, new_host_id
from dawam.jobs.outcome import HandedBack, SettleAnswer, Settlement
from dawam.runtime import Runtime
from dawam.stores.transaction import TransactionalCompleter
from dawam.stores.values import CompletionAnswer
from tests.support.applications import running
from tests.support.callers import ON_POSTGRES, ON_SQLITE, Caller, Kind
from tests.support.hosts import host_info
from tests.support.postgres import Postgres

COMMITTED, NOT_COMMITTED = CompletionAnswer.COMMITTED, CompletionAnswer.NOT_COMMITTED
LONG = timedelta(minutes=5)
EFFECT = "INSERT INTO shop_order VALUES (1)"
app = App()


@app.job("charge")
async def charge(order: int) -> int:
    return order


@app.job("receipt")
async def receipt(order: int) -> None: ...


class Shop:
    """A database with orders and jobs, and a host there that runs nothing by itself."""

    host: HostId

    def __init__(self, url: str, runtime: Runtime) -> None:
        self.url, self.runtime = url, runtime
        self.store = runtime.parts.store

    async def new_host(self) -> HostId:
        host = new_host_id()
        await self.store.register(host_info(host, SystemClock().now()), LONG)
        return host

    async def claimed(self) -> JobContext:
        """A job that was enqueued and claimed just now."""
        await self.runtime.parts.manager.enqueue(charge.call(1))
        [job] = await self.store.claim(self.host, ["default"], 1)
        return self.runtime.job_context(job)

    async def what_became_of(self, job: JobContext) -> CompletionAnswer:
        assert isinstance(self.store, TransactionalCompleter)
        return await self.store.completion_of(job.id, job.fence_token)

    async def state_of(self, job: JobContext) -> str | None:
        found = await self.store.get(job.id)
        return None if found is None else found.state

    async def hand_back(self, job: JobContext) -> SettleAnswer:
        now = SystemClock().now()
        [answer] = await self.store.settle([Settlement(job.id, job.fence_token, HandedBack(), now, now)])
        return answer


@pytest.fixture(params=[*ON_SQLITE, *ON_POSTGRES])
def kind(request: pytest.FixtureRequest) -> Kind:
    return {**ON_SQLITE, **ON_POSTGRES}[request.param]


@pytest.fixture
def url(kind: Kind, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    if kind in ON_SQLITE.values():
        return f"sqlite:///{tmp_path / 'shop.db'}"
    url: str = request.getfixturevalue("emptied_postgres_url")
    return url


@pytest.fixture
def keeps() -> bool:
    """Whether jobs that succeed are kept."""
    return True


@pytest.fixture
async def shop(url: str, keeps: bool, request: pytest.FixtureRequest) -> AsyncIterator[Shop]:
    settings = {"Store.Url": url, "BackgroundJobs.StoreSuccessfulJobs": keeps}
    async with running(app, settings=settings, run_host=False) as runtime:
        shop = Shop(url, runtime)
        shop.host = await shop.new_host()
        yield shop


@pytest.fixture
async def caller(kind: Kind, shop: Shop) -> AsyncIterator[Caller]:
    async with kind.opened(shop.url) as caller:
        await caller.begin()
        await caller.execute("CREATE TABLE shop_order (id integer)")
        await caller.commit()
        yield caller


@pytest.fixture
def effects(url: str, request: pytest.FixtureRequest) -> Any:
    """Answers how many orders there are."""

    def count() -> int:
        statement = "SELECT count(*) FROM shop_order"
        if url.startswith("sqlite"):
            db = sqlite3.connect(url.removeprefix("sqlite:///"))
            [(found,)] = db.execute(statement).fetchall()
            db.close()
        else:
            postgres: Postgres = request.getfixturevalue("postgres")
            [(found,)] = postgres.execute(statement, url=url)
        return int(found)

    return count


async def test_the_effect_and_the_end_of_the_job_are_there_after_the_commit_and_not_before(
    shop: Shop, caller: Caller, effects: Any
) -> None:
    job = await shop.claimed()
    job.progress(0.9, "nearly")
    await caller.begin()
    await caller.execute(EFFECT)
    await caller.complete(job, 41)
    assert (await shop.state_of(job), effects()) == ("running", 0)

    await caller.commit()

    found = await shop.store.get(job.id)
    assert found is not None
    assert (found.state, found.result, found.progress, effects()) == ("succeeded", "41", "0.9000 nearly", 1)
    assert await shop.what_became_of(job) is COMMITTED
    assert await shop.hand_back(job) is SettleAnswer.ALREADY


async def test_a_rollback_leaves_the_job_running_and_undoes_the_effect(
    shop: Shop, caller: Caller, effects: Any
) -> None:
    job = await shop.claimed()
    await caller.begin()
    await caller.execute(EFFECT)
    await caller.complete(job)
    await caller.rollback()
    assert (await shop.state_of(job), effects()) == ("running", 0)
    assert await shop.what_became_of(job) is NOT_COMMITTED
    assert await shop.hand_back(job) is SettleAnswer.ACCEPTED


async def test_after_a_rollback_it_may_complete_itself_again(shop: Shop, caller: Caller, effects: Any) -> None:
    job = await shop.claimed()
    await caller.begin()
    await caller.complete(job)
    await caller.rollback()
    await caller.begin()
    await caller.execute(EFFECT)
    await caller.complete(job, 2)
    await caller.commit()
    assert (await shop.state_of(job), effects()) == ("succeeded", 1)


@pytest.mark.parametrize("keeps", [False])
async def test_a_job_that_is_not_kept_is_gone_with_the_commit(shop: Shop, caller: Caller, effects: Any) -> None:
    job = await shop.claimed()
    await caller.begin()
    await caller.execute(EFFECT)
    await caller.complete(job, 41)
    await caller.commit()
    assert (await shop.state_of(job), effects()) == (None, 1)
    assert await shop.what_became_of(job) is COMMITTED


async def test_follow_ups_are_there_exactly_if_it_is_committed(shop: Shop, caller: Caller) -> None:
    for end, is_committed in ((caller.rollback, False), (caller.commit, True)):
        job = await shop.claimed()
        await job.enqueue(receipt.call(1))
        job.enqueue_sync(receipt.call(2))
        await caller.begin()
        await caller.complete(job)
        await end()
        receipts = await shop.runtime.parts.desk.inspector.get_jobs(name="receipt")
        assert {each.args for each in receipts} == ({'{"order":1}', '{"order":2}'} if is_committed else set())


async def test_a_follow_up_that_comes_too_late_is_refused_with_the_cure(shop: Shop, caller: Caller) -> None:
    job = await shop.claimed()
    await caller.begin()
    await caller.complete(job)
    with pytest.raises(EnqueueError, match="before complete_in, or with transaction= or now=True"):
        await job.enqueue(receipt.call(1))
    with pytest.raises(EnqueueError, match="before complete_in"):
        job.enqueue_sync(receipt.call(1))
    await caller.commit()


async def test_an_attempt_that_lost_its_claim_cannot_commit_what_it_did(
    shop: Shop, caller: Caller, effects: Any
) -> None:
    job = await shop.claimed()
    await shop.store.give_up(shop.host)  # others took it for dead
    [again] = await shop.store.claim(await shop.new_host(), ["default"], 1)
    await caller.begin()
    await caller.execute(EFFECT)

    with pytest.raises(ClaimLost, match=f"job charge {job.id} is not this attempt's any more"):
        await caller.complete(job)

    try:
        await caller.commit()  # as if nothing had happened
    except Exception:
        await _end(caller)
    assert (await shop.state_of(job), effects()) == ("running", 0)
    assert await shop.what_became_of(job) is NOT_COMMITTED
    assert await shop.what_became_of(shop.runtime.job_context(again)) is NOT_COMMITTED


async def test_a_job_that_completed_itself_before_has_lost_its_claim(shop: Shop, caller: Caller, effects: Any) -> None:
    job = await shop.claimed()
    await caller.begin()
    await caller.complete(job)
    await caller.commit()
    await caller.begin()
    await caller.execute(EFFECT)
    with pytest.raises(ClaimLost):
        await caller.complete(job)
    await _end(caller)
    assert effects() == 0
    assert await shop.what_became_of(job) is COMMITTED


async def test_a_connection_that_commits_each_statement_is_refused(kind: Kind, shop: Shop) -> None:
    job = await shop.claimed()
    async with kind.opened(shop.url, autocommit=True) as caller:
        with pytest.raises(TransactionError, match="commits each statement by itself"):
            await caller.complete(job)
    assert await shop.state_of(job) == "running"
    assert job.completion is None


async def test_where_the_tables_are_missing_the_cure_is_named(
    shop: Shop, caller: Caller, request: pytest.FixtureRequest
) -> None:
    job = await shop.claimed()
    if shop.url.startswith("sqlite"):
        db = sqlite3.connect(shop.url.removeprefix("sqlite:///"))
        db.execute("DROP TABLE dawam_finished")
        db.close()
    else:
        request.getfixturevalue("postgres").execute("DROP TABLE dawam_finished CASCADE", url=shop.url)
    await caller.begin()
    with pytest.raises(SchemaError, match="dawam store migrate"):
        await caller.complete(job)
    await _end(caller)


async def _end(caller: Caller) -> None:
    try:
        await caller.rollback()
    except Exception:
        await caller.close()
