"""Jobs in a caller's own transaction on PostgreSQL, whatever the driver: there and run after the commit, never before."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta

import pytest

from dawam import App
from dawam.clock import SystemClock
from dawam.errors import SchemaError, TransactionError
from dawam.ids import new_host_id
from dawam.runtime import Runtime
from dawam.stores.postgres.address import Address
from dawam.stores.postgres.store import PostgresStore
from tests.support.applications import running
from tests.support.callers import ON_POSTGRES, Caller, Kind
from tests.support.hosts import host_info
from tests.support.postgres import Postgres

LONG = timedelta(minutes=5)
SOON = timedelta(seconds=20)
CUT_OFF = """
SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
WHERE datname = current_database() AND state = 'idle in transaction'
"""
app = App()


@app.job("receipt")
async def receipt(order: int) -> int:
    return order


@pytest.fixture(params=ON_POSTGRES)
def kind(request: pytest.FixtureRequest) -> Kind:
    return ON_POSTGRES[request.param]


@pytest.fixture
def url(postgres: Postgres, emptied_postgres_url: str) -> str:
    postgres.execute("CREATE TABLE shop_order (id integer)", url=emptied_postgres_url)
    return emptied_postgres_url


@pytest.fixture
async def runtime(url: str) -> AsyncIterator[Runtime]:
    """Only enqueues."""
    async with running(app, settings={"Store.Url": url}, run_host=False) as runtime:
        yield runtime


@pytest.fixture
async def caller(kind: Kind, url: str, runtime: Runtime) -> AsyncIterator[Caller]:
    async with kind.opened(url) as caller:
        yield caller


@pytest.fixture
async def elsewhere(url: str) -> AsyncIterator[PostgresStore]:
    """Another process's look at the same jobs."""
    store = PostgresStore(Address.of(url), clock=SystemClock())
    await store.open(migrate=False)
    yield store
    await store.close()


def orders(postgres: Postgres, url: str) -> int:
    [(count,)] = postgres.execute("SELECT count(*) FROM shop_order", url=url)
    return int(count)


async def claimable(store: PostgresStore) -> int:
    """How many jobs a host would get now; it gives them back."""
    host = new_host_id()
    await store.register(host_info(host, SystemClock().now()), LONG)
    claimed = await store.claim(host, ["default"], 10)
    await store.give_up(host)
    return len(claimed)


async def test_order_and_job_are_there_after_the_commit_and_cannot_be_claimed_before(
    caller: Caller, runtime: Runtime, elsewhere: PostgresStore, postgres: Postgres, url: str
) -> None:
    await caller.begin()
    await caller.execute("INSERT INTO shop_order VALUES (1)")
    job = await caller.enqueue(runtime, receipt.call(1))
    assert (await claimable(elsewhere), await elsewhere.get(job.id)) == (0, None)

    await caller.commit()

    found = await elsewhere.get(job.id)
    assert found is not None
    assert (found.args, found.state, orders(postgres, url)) == ('{"order":1}', "waiting", 1)
    assert await claimable(elsewhere) == 1


async def test_a_rollback_takes_order_and_job_away(
    caller: Caller, runtime: Runtime, elsewhere: PostgresStore, postgres: Postgres, url: str
) -> None:
    await caller.begin()
    job = await caller.enqueue(runtime, receipt.call(1))  # begins the transaction, as an insert would
    await caller.execute("INSERT INTO shop_order VALUES (1)")
    await caller.rollback()
    assert (await elsewhere.get(job.id), orders(postgres, url)) == (None, 0)
    assert await claimable(elsewhere) == 0


async def test_a_savepoint_that_is_rolled_back_takes_its_job_away_and_no_other(
    caller: Caller, runtime: Runtime, elsewhere: PostgresStore
) -> None:
    await caller.begin()
    kept = await caller.enqueue(runtime, receipt.call(1))
    await caller.savepoint()
    dropped = await caller.enqueue(runtime, receipt.call(2))
    await caller.rollback_to_savepoint()
    await caller.commit()
    assert await elsewhere.get(dropped.id) is None
    assert await elsewhere.get(kept.id) is not None


async def test_a_host_that_looks_once_an_hour_is_woken_by_the_commit(kind: Kind, url: str, runtime: Runtime) -> None:
    rare = {"Store.Url": url, "Host.Poll": "1h"}
    async with running(app, settings=rare) as host, kind.opened(url) as caller:
        assert isinstance(host.parts.store, PostgresStore)
        await host.parts.store.begin_to_hear()
        await caller.begin()
        job = await caller.enqueue(runtime, receipt.call(7))
        await asyncio.sleep(0.1)
        await caller.commit()
        assert await job.result(within=SOON) == 7


async def test_a_connection_that_commits_each_statement_is_refused_with_the_cure(
    kind: Kind, url: str, runtime: Runtime, elsewhere: PostgresStore
) -> None:
    async with kind.opened(url, autocommit=True) as caller:
        with pytest.raises(
            TransactionError, match=r"commits each statement by itself.+begin one first \(.+\), or leave"
        ):
            await caller.enqueue(runtime, receipt.call(1))
    assert await claimable(elsewhere) == 0


async def test_a_transaction_on_another_database_is_refused(
    kind: Kind, postgres: Postgres, runtime: Runtime, elsewhere: PostgresStore
) -> None:
    async with kind.opened(postgres.url()) as caller:
        await caller.begin()
        with pytest.raises(
            TransactionError, match="the transaction is on postgresql:[0-9]+/postgres, and jobs are kept"
        ):
            await caller.enqueue(runtime, receipt.call(1))
        await caller.rollback()
    assert await claimable(elsewhere) == 0


async def test_a_connection_that_was_closed_is_refused(caller: Caller, runtime: Runtime) -> None:
    await caller.close()
    if caller.opens_anew:
        await caller.begin()
        await caller.enqueue(runtime, receipt.call(1))
        await caller.rollback()
        return
    with pytest.raises(TransactionError, match="cannot be used"):
        await caller.enqueue(runtime, receipt.call(1))


async def test_a_connection_that_was_lost_is_refused(
    caller: Caller, runtime: Runtime, postgres: Postgres, url: str
) -> None:
    await caller.begin()
    await caller.execute("INSERT INTO shop_order VALUES (1)")
    postgres.execute(CUT_OFF, url=url)
    with pytest.raises(TransactionError, match="cannot be used"):
        await caller.enqueue(runtime, receipt.call(1))
    with suppress(Exception):  # some drivers notice that nothing is left to be rolled back
        await caller.rollback()


async def test_a_transaction_that_has_failed_before_is_refused(caller: Caller, runtime: Runtime) -> None:
    await caller.begin()
    await caller.execute("SELECT 1")
    with pytest.raises(Exception, match="no_such_table"):
        await caller.execute("SELECT * FROM no_such_table")
    with pytest.raises(TransactionError, match="cannot be used"):
        await caller.enqueue(runtime, receipt.call(1))
    await caller.rollback()


async def test_where_the_tables_are_missing_the_cure_is_named(
    caller: Caller, runtime: Runtime, postgres: Postgres, url: str
) -> None:
    postgres.execute("DROP TABLE dawam_job CASCADE", url=url)
    await caller.begin()
    with pytest.raises(SchemaError, match="dawam store migrate"):
        await caller.enqueue(runtime, receipt.call(1))
    await caller.rollback()
