"""Behind PgBouncer, as a role with no more rights than it needs: jobs run, whatever the pooler does to sessions."""

import logging
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest

from dawam import App, Retry
from dawam.clock import SystemClock
from dawam.errors import StoreUnavailableError
from dawam.runtime import Runtime
from dawam.stores.postgres.address import Address
from dawam.stores.postgres.store import PostgresStore
from tests.support.applications import running, until
from tests.support.pgbouncer import PgBouncer
from tests.support.postgres import PostgresServer

SETTINGS = {"Host.Heartbeat": "200ms", "Host.Lease": "1s", "Host.Poll": "100ms"}
SOON = timedelta(seconds=20)
RIGHTS = """
GRANT USAGE ON SCHEMA public TO clerk;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO clerk;
"""


@pytest.fixture(scope="module", autouse=True)
def clerk(postgres_server: PostgresServer) -> Iterator[None]:
    """A role that may log in, and nothing else."""
    postgres_server.execute("CREATE ROLE clerk LOGIN")
    yield
    postgres_server.execute("DROP ROLE clerk")


@pytest.fixture
async def url(postgres_server: PostgresServer) -> AsyncIterator[str]:
    """A database with our tables, in which the clerk may work."""
    url = postgres_server.new_database()
    store = PostgresStore(Address.of(url), clock=SystemClock())
    await store.open()
    await store.close()
    postgres_server.execute(RIGHTS, url=url)
    yield url
    postgres_server.drop_database(url)


def shop(url: str) -> App:
    app = App(store=url)

    @app.job("greet")
    async def greet(number: int) -> int:
        return number

    @app.job("stumble", retry=Retry(first_wait=timedelta(milliseconds=100)))
    async def stumble() -> None:
        raise OSError("it stumbled")

    return app


async def works_well(runtime: Runtime) -> None:
    """Jobs at once and later, of which some fail; and what people ask for."""
    manager, inspector = runtime.parts.manager, runtime.parts.desk.inspector
    jobs = [await manager.enqueue("greet", {"number": number}) for number in range(20)]
    later = await manager.enqueue("greet", {"number": 20}, delay=timedelta(seconds=0.5))
    failing = await manager.enqueue("stumble", {})
    results = [await job.result(within=SOON) for job in (*jobs, later)]
    assert results == list(range(21))

    async def has_failed_twice() -> bool:
        found = await runtime.parts.store.get(failing.id)
        return found is not None and found.attempt_count >= 2

    await until(has_failed_twice)
    assert (await inspector.counts()).succeeded == 21
    await runtime.parts.desk.control.cancel(failing.id)


def of_the_store(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.message for record in caplog.records if record.name == "dawam.store"]


class TestInTransactionMode:
    async def test_it_is_found_out_and_said_once(
        self, pgbouncer: PgBouncer, url: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with running(shop(pgbouncer.url(url, user="clerk")), settings=SETTINGS) as runtime:
            await works_well(runtime)
        [line] = [record.message for record in caplog.records if record.name == "dawam.store" and record.levelno > 20]
        assert "a pooler stands between" in line
        assert "session=on" in line
        assert "session=off" in line

    async def test_it_can_be_said_and_is_no_news_then(
        self, pgbouncer: PgBouncer, url: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO)
        address = f"{pgbouncer.url(url, user='clerk')}?session=off"
        async with running(shop(address), settings=SETTINGS) as runtime:
            await works_well(runtime)
        [line] = of_the_store(caplog)
        assert line.startswith("wake-ups of other processes are not heard")

    async def test_a_pooler_that_lets_the_settings_pass_and_ignores_them_is_found_out_too(
        self, postgres_server: PostgresServer, pgbouncer: PgBouncer, url: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        with PgBouncer(postgres_server, "clerk", ignore_startup_parameters="options") as pooler:
            async with running(shop(pooler.url(url, user="clerk")), settings=SETTINGS) as runtime:
                await works_well(runtime)
            assert "a pooler stands between" in of_the_store(caplog)[0]

    async def test_what_is_sent_reaches_those_who_are_connected_without_it(
        self, pgbouncer: PgBouncer, url: str
    ) -> None:
        """Web processes behind a pooler wake the hosts beside it."""
        async with (
            running(shop(url), settings={**SETTINGS, "Host.Poll": "1h"}) as host,
            running(shop(pgbouncer.url(url)), run_host=False) as web,
        ):
            await host.parts.store.begin_to_hear()  # type: ignore[attr-defined]
            job = await web.parts.manager.enqueue("greet", {"number": 7})
            assert await job.result(within=SOON) == 7

    async def test_a_statement_ends_at_its_time_out_there_as_well(self, pgbouncer: PgBouncer, url: str) -> None:
        store = PostgresStore(Address.of(f"{pgbouncer.url(url)}?statement_timeout=300ms"), clock=SystemClock())
        await store.open()

        def settings(db: object, _: object) -> list[str]:
            connection = db._connection  # type: ignore[attr-defined]
            return [connection.execute(f"SHOW {name}".encode()).fetchone()[0] for name in ("statement_timeout", "jit")]

        assert await store._read(settings) == ["300ms", "off"]
        await store.close()

    async def test_who_insists_on_sessions_is_told_what_is_wrong(
        self, postgres_server: PostgresServer, pgbouncer: PgBouncer, url: str
    ) -> None:
        with PgBouncer(postgres_server, default_pool_size="1") as pooler:  # one session for all of our connections
            async with running(shop(f"{pooler.url(url)}?session=on"), run_host=False) as runtime:
                with pytest.raises(StoreUnavailableError, match=r"say session=off in Store\.Url"):
                    await runtime.parts.desk.inspector.counts()


class TestInSessionMode:
    async def test_sessions_are_kept_where_that_is_said_and_wake_ups_are_heard(
        self, postgres_server: PostgresServer, pgbouncer: PgBouncer, url: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        with PgBouncer(postgres_server, "clerk", pool_mode="session", default_pool_size="20") as pooler:
            address = f"{pooler.url(url, user='clerk')}?session=on"
            async with (
                running(shop(address), settings={**SETTINGS, "Host.Poll": "1h"}) as host,
                running(shop(address), run_host=False) as web,
            ):
                await host.parts.store.begin_to_hear()  # type: ignore[attr-defined]
                job = await web.parts.manager.enqueue("greet", {"number": 7})
                assert await job.result(within=SOON) == 7
        assert of_the_store(caplog) == []
