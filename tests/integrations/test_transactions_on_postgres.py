"""Jobs in a caller's own transaction on PostgreSQL, whatever the driver: there after the commit, never before."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import asyncpg
import psycopg
import pytest
from django.core.cache import cache
from django.db import connection, connections, transaction
from psycopg.rows import dict_row
from sqlalchemy import text
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

from dawam import App, Priority
from dawam.clock import SystemClock
from dawam.doorbells.queue_bits import bits_text, queue_bits
from dawam.errors import SchemaError, TransactionError
from dawam.ids import new_host_id, new_id
from dawam.integrations.sqlalchemy import SqlAlchemyUnitOfWork
from dawam.jobs.absent import ABSENT
from dawam.jobs.record import NewJob
from dawam.preparation import EnqueueOptions
from dawam.runtime import Runtime
from dawam.stores.postgres.address import Address
from dawam.stores.postgres.store import PostgresStore
from dawam.stores.values import Statement
from dawam.sync import SyncBackgroundJobManager
from tests.support.applications import running
from tests.support.callers import ON_POSTGRES, Caller, Django, Kind, django_database
from tests.support.hosts import host_info
from tests.support.postgres import Postgres, PostgresServer

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
            TransactionError, match=r"the transaction is on postgresql:[0-9]+/postgres, and jobs are kept"
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


async def test_many_jobs_go_in_together_and_each_finds_its_place(
    caller: Caller, runtime: Runtime, elsewhere: PostgresStore
) -> None:
    await caller.begin()
    for order in range(120):
        await caller.enqueue(runtime, receipt.call(order))
    await caller.commit()
    counts = await elsewhere.counts()
    assert counts.due == 120


async def test_one_transaction_carries_a_whole_list_some_of_it_for_later(
    runtime: Runtime, elsewhere: PostgresStore, url: str
) -> None:
    async with await psycopg.AsyncConnection.connect(url) as connection:
        calls = [receipt.call(order) for order in range(300)]
        await runtime.parts.manager.enqueue_many(calls, transaction=connection)
        await runtime.parts.manager.enqueue_many(calls, delay=LONG, transaction=connection)
        assert await runtime.parts.manager.enqueue_many([], transaction=connection) == []
    counts = await elsewhere.counts()
    assert (counts.due, counts.scheduled) == (300, 300)


async def test_a_job_for_later_wakes_who_waits_for_the_next_moment(url: str, runtime: Runtime) -> None:
    async with running(app, settings={"Store.Url": url, "Host.Poll": "1h"}) as host:
        assert isinstance(host.parts.store, PostgresStore)
        await host.parts.store.begin_to_hear()
        async with await psycopg.AsyncConnection.connect(url) as connection:
            job = await runtime.parts.manager.enqueue(
                receipt.call(7), delay=timedelta(milliseconds=300), transaction=connection
            )
        assert await job.result(within=SOON) == 7


async def test_where_no_rings_are_wanted_none_is_executed(url: str, postgres: Postgres) -> None:
    silent = PostgresStore(Address.of(f"{url}?notify=off"), clock=SystemClock())
    loud = PostgresStore(Address.of(url), clock=SystemClock())
    now, later = new_job(), new_job(due_in=LONG)
    assert silent.ring_statements([now]) == []
    [ring] = loud.ring_statements([now, later, now])
    [[channel, words]] = ring.rows
    ready, scheduled = words.split()
    assert (channel.startswith("dawam_"), scheduled) == (True, "scheduled")
    assert ready == f"ready!/{bits_text(queue_bits(['default']))}"


async def test_a_ring_leaves_the_durability_of_the_callers_commit_as_it_is(runtime: Runtime, url: str) -> None:
    async with await psycopg.AsyncConnection.connect(url) as connection:
        await runtime.parts.manager.enqueue(receipt.call(1), transaction=connection)
        found = await (await connection.execute("SHOW synchronous_commit")).fetchone()

    assert found == ("on",)


async def test_a_connection_of_another_event_loop_is_refused(url: str, runtime: Runtime) -> None:
    def refuses(transaction: object) -> None:
        call, options = receipt.call(1), EnqueueOptions()
        with pytest.raises(TransactionError, match="cannot be used"):
            asyncio.run(runtime.parts.manager.enqueue_with(call, ABSENT, options, transaction))

    connection = await asyncpg.connect(url)
    await asyncio.to_thread(refuses, connection)
    connection.terminate()


async def test_a_blocking_connection_may_be_used_on_the_loop(
    runtime: Runtime, elsewhere: PostgresStore, url: str
) -> None:
    with psycopg.connect(url) as connection, connection.transaction():
        job = await runtime.parts.manager.enqueue(receipt.call(1), transaction=connection)
        assert await elsewhere.get(job.id) is None
    assert await elsewhere.get(job.id) is not None


async def test_a_unit_of_work_carries_its_jobs_along(
    runtime: Runtime, elsewhere: PostgresStore, postgres: Postgres, url: str
) -> None:
    engine = create_async_engine(url.replace("://", "+asyncpg://", 1))
    unit_of_work = SqlAlchemyUnitOfWork(async_sessionmaker(engine))

    async def sell(*, fails: bool) -> UUID:
        async with unit_of_work.begin() as session:
            await session.execute(text("INSERT INTO shop_order VALUES (1)"))
            job = await runtime.parts.manager.enqueue(receipt.call(1))
            assert await elsewhere.get(job.id) is None
            ids.append(job.id)
            if fails:
                raise ValueError("sold out")
        return job.id

    ids: list[UUID] = []
    with pytest.raises(ValueError, match="sold out"):
        await sell(fails=True)
    await sell(fails=False)
    await engine.dispose()
    lost, kept = ids
    assert await elsewhere.get(lost) is None
    assert await elsewhere.get(kept) is not None
    assert orders(postgres, url) == 1


class TestARoleWithFewRights:
    @pytest.fixture
    def its_url(self, postgres: Postgres, url: str, request: pytest.FixtureRequest) -> Iterator[str]:
        server: PostgresServer = request.getfixturevalue("postgres_server")
        database = url.rpartition("/")[2]
        server.create_role("clerk", "secret")
        yield server.url(database, user="clerk", password="secret")
        server.execute("DROP OWNED BY clerk; DROP ROLE clerk", url=url)

    async def test_names_the_database_as_any_other_and_is_told_what_it_may_not(
        self, runtime: Runtime, its_url: str, url: str, postgres: Postgres
    ) -> None:
        async with await psycopg.AsyncConnection.connect(its_url) as connection:
            with pytest.raises(TransactionError, match=r"permission denied.+grant its role the rights on"):
                await runtime.parts.manager.enqueue(receipt.call(1), transaction=connection)
            await connection.rollback()
            postgres.execute("GRANT SELECT, INSERT ON dawam_job, dawam_finished TO clerk", url=url)
            job = await runtime.parts.manager.enqueue(receipt.call(1), transaction=connection)
        assert await runtime.parts.store.get(job.id) is not None


class TestDjango:
    """What is special about its connections: they belong to a thread, and to names in the settings."""

    @pytest.fixture(autouse=True)
    def database(self, url: str, runtime: Runtime) -> Iterator[None]:
        with django_database(url):
            yield

    def enqueue(self, runtime: Runtime, transaction: object) -> UUID:
        sync = SyncBackgroundJobManager(lambda: runtime.parts.manager, runtime.run_blocking)
        return sync.enqueue(receipt.call(1), transaction=transaction).id

    async def test_the_default_connection_is_taken_as_django_hands_it_out(
        self, runtime: Runtime, url: str, elsewhere: PostgresStore
    ) -> None:
        def sell() -> UUID:
            with transaction.atomic():
                job_id = self.enqueue(runtime, connection)
            connections["default"].close()
            return job_id

        with django_database(url, alias="default"):
            job_id = await asyncio.to_thread(sell)
        assert await elsewhere.get(job_id) is not None

    async def test_an_inner_block_that_fails_takes_its_jobs_away(
        self, runtime: Runtime, elsewhere: PostgresStore
    ) -> None:
        def sell() -> list[UUID]:
            ids: list[UUID] = []
            with transaction.atomic(using=Django.ALIAS):
                ids.append(self.enqueue(runtime, connections[Django.ALIAS]))
                with suppress(ValueError), transaction.atomic(using=Django.ALIAS):
                    ids.append(self.enqueue(runtime, connections[Django.ALIAS]))
                    raise ValueError("sold out")
            connections[Django.ALIAS].close()
            return ids

        kept, lost = await asyncio.to_thread(sell)
        assert await elsewhere.get(kept) is not None
        assert await elsewhere.get(lost) is None

    async def test_on_an_event_loop_it_is_refused_with_the_cure(self, runtime: Runtime) -> None:
        with pytest.raises(TransactionError, match=r"write app.sync.enqueue\(...\).+ sync_to_async"):
            await runtime.parts.manager.enqueue(receipt.call(1), transaction=connections[Django.ALIAS])

    async def test_in_another_thread_it_is_refused(self, runtime: Runtime) -> None:
        with pytest.raises(TransactionError, match="can only be used in that same thread"):
            await asyncio.to_thread(self.enqueue, runtime, connections[Django.ALIAS])

    async def test_transactions_by_hand_carry_jobs_and_wake_hosts_too(self, runtime: Runtime, url: str) -> None:
        def sell() -> UUID:
            ours = connections[Django.ALIAS]
            ours.set_autocommit(False)
            job_id = self.enqueue(runtime, ours)
            ours.commit()
            ours.close()
            return job_id

        async with running(app, settings={"Store.Url": url, "Host.Poll": "1h"}) as host:
            assert isinstance(host.parts.store, PostgresStore)
            await host.parts.store.begin_to_hear()
            job_id = await asyncio.to_thread(sell)
            assert await host.parts.manager.result(job_id, within=SOON) == 1

    async def test_a_cache_is_no_database(self, runtime: Runtime) -> None:
        with pytest.raises(TransactionError, match="no connection or session of a known kind"):
            await runtime.parts.manager.enqueue(receipt.call(1), transaction=cache)


class TestPsycopg:
    """What else a connection of its may be set to."""

    async def test_rows_as_mappings_and_a_pipeline_change_nothing(
        self, runtime: Runtime, elsewhere: PostgresStore, url: str
    ) -> None:
        async with await psycopg.AsyncConnection.connect(url, row_factory=dict_row) as connection:
            async with connection.pipeline(), connection.transaction():
                job = await runtime.parts.manager.enqueue(receipt.call(1), transaction=connection)
            assert await elsewhere.get(job.id) is not None
        with psycopg.connect(url, row_factory=dict_row) as blocking, blocking.pipeline(), blocking.transaction():
            second = await runtime.parts.manager.enqueue(receipt.call(2), transaction=blocking)
        assert await elsewhere.get(second.id) is not None

    async def test_a_connection_is_asked_once_where_it_is(
        self, runtime: Runtime, url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with await psycopg.AsyncConnection.connect(url) as connection:
            await runtime.parts.manager.enqueue(receipt.call(1), transaction=connection)
            monkeypatch.setattr("dawam.stores.postgres.transaction.DATABASE", Statement("SELECT nothing", [()]))
            await runtime.parts.manager.enqueue(receipt.call(1), transaction=connection)


def new_job(*, due_in: timedelta = timedelta(0)) -> NewJob:
    now = SystemClock().now()
    return NewJob(
        id=new_id(),
        name="receipt",
        args=b'{"order":1}',
        queue="default",
        priority=Priority.NORMAL,
        created_at=now,
        run_at=now + due_in,
    )
