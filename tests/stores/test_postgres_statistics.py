"""What a store on PostgreSQL says of its tables, its server, and of what is not as it should be there."""

import logging
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import psycopg
import pytest

from dawam import App
from dawam.clock import SystemClock
from dawam.events.lifecycle import DurabilityDoubted
from dawam.stores.keeper import Doubt, StoreStats
from dawam.stores.postgres import measuring
from dawam.stores.postgres.store import PostgresStore, from_url
from dawam.stores.values import Retention
from tests.support.applications import built, seen_by
from tests.support.postgres import Postgres, PostgresServer


@pytest.fixture
async def store(emptied_postgres_url: str) -> AsyncIterator[PostgresStore]:
    store = from_url(emptied_postgres_url, application="shop", clock=SystemClock(), retention=Retention())
    await store.open()
    yield store
    await store.close()


def texts(doubts: tuple[Doubt, ...]) -> str:
    return "\n".join(f"{doubt.text}; {doubt.cure}" for doubt in doubts)


async def test_tables_are_listed_with_their_sizes_and_rows(
    store: PostgresStore, postgres: Postgres, emptied_postgres_url: str
) -> None:
    postgres.execute(
        "INSERT INTO dawam_paused_queue SELECT 'shop', n::text FROM generate_series(1, 50) n; ANALYZE",
        url=emptied_postgres_url,
    )

    stats = await store.stats()

    by_name = {table.name: table for table in stats.tables}
    assert {"dawam_job", "dawam_finished", "dawam_paused_queue", "dawam_worker"} <= by_name.keys()
    assert by_name["dawam_paused_queue"].size >= 8192
    assert by_name["dawam_paused_queue"].index_size >= 8192
    assert by_name["dawam_paused_queue"].row_count == 50
    assert stats.size == sum(table.size + table.index_size for table in stats.tables)
    assert (stats.log_size, stats.unused_size) == (None, None)


async def test_the_server_tells_its_version_settings_and_connections(store: PostgresStore) -> None:
    stats = await store.stats()

    assert stats.settings["PostgreSQL"][:2].isdigit()
    assert stats.settings["synchronous_commit"] == "on"
    assert stats.connections is not None
    assert 0 < stats.connections.open_count < stats.connections.limit < int(stats.settings["max_connections"])
    assert stats.connections.count_of_a_host == measuring.CONNECTIONS_OF_A_HOST


async def test_whoever_holds_an_old_snapshot_is_named(
    store: PostgresStore, emptied_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def doubts_of(stats: StoreStats) -> str:
        assert stats.oldest_snapshot is not None
        assert f"process {pid} of postgres (report, idle in transaction)" == stats.oldest_snapshot.holder
        return texts(stats.upkeep_doubts)

    with psycopg.connect(emptied_postgres_url, application_name="report") as report:
        report.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        report.execute("SELECT 1")
        pid = report.info.backend_pid

        assert "snapshot" not in await doubts_of(await store.stats())
        monkeypatch.setattr(measuring, "_OLD", timedelta(0))
        assert "holds a snapshot of" in await doubts_of(await store.stats())


async def test_a_role_that_may_see_little_gets_numbers_all_the_same(
    store: PostgresStore, postgres: Postgres, emptied_postgres_url: str
) -> None:
    role = "visitor_of_statistics"
    postgres.execute(f"CREATE ROLE {role} LOGIN".encode())
    try:
        postgres.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}".encode(), url=emptied_postgres_url)
        url = postgres.url(emptied_postgres_url.rpartition("/")[2], user=role)
        visitor = from_url(url, application="shop", clock=SystemClock(), retention=Retention())
        await visitor.open(migrate=False)
        with psycopg.connect(emptied_postgres_url) as report:
            report.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            report.execute("SELECT 1")
            stats = await visitor.stats()
        await visitor.close()
        assert stats.size > 0
        assert stats.oldest_snapshot is not None
        assert (stats.oldest_snapshot.open_for, stats.upkeep_doubts) == (None, ())
    finally:
        postgres.execute(f"DROP OWNED BY {role}; DROP ROLE {role}".encode(), url=emptied_postgres_url)


@pytest.fixture(scope="module")
def careless_server(postgres_server: PostgresServer) -> Iterator[PostgresServer]:
    """One that is set as nobody should set it; the other tests' server only says whether there can be one."""
    careless = {"fsync": "off", "full_page_writes": "off", "autovacuum": "off"}
    with PostgresServer(careless) as server:
        yield server


async def test_a_host_warns_where_a_power_failure_could_take_jobs(
    careless_server: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    url = f"{careless_server.new_database()}?options=-c%20synchronous_commit=off"
    runtime = built(App(store=url))
    seen = seen_by(runtime, DurabilityDoubted)
    with caplog.at_level(logging.WARNING, "dawam.host"):
        await runtime.start(run_host=True)
    store = runtime.parts.store
    assert isinstance(store, PostgresStore)
    stats, upkeep = await store.stats(), await store.upkeep_doubts()
    await runtime.stop()

    doubted = [event.doubt.partition(" ")[0] for event in seen.of(DurabilityDoubted)]
    assert doubted == ["fsync", "full_page_writes", "synchronous_commit"]
    assert "fsync is off: a power failure can destroy the whole database; turn it on in postgresql.conf" in caplog.text
    assert [doubt.text for doubt in stats.durability_doubts] == [event.doubt for event in seen.of(DurabilityDoubted)]
    assert "autovacuum is off" in texts(stats.upkeep_doubts)
    assert upkeep == stats.upkeep_doubts


async def test_a_server_that_is_set_well_leaves_no_doubt(postgres_server: PostgresServer) -> None:
    with PostgresServer() as server:
        store = from_url(server.new_database(), application="shop", clock=SystemClock(), retention=Retention())
        await store.open()
        stats = await store.stats()
        doubts = (*await store.durability_doubts(), *await store.upkeep_doubts())
        await store.close()

    assert (doubts, stats.durability_doubts, stats.upkeep_doubts) == ((), (), ())
