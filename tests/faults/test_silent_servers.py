"""A server that does not answer: frozen, behind a line that swallows everything, or with no connection left."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from datetime import timedelta

import psycopg
import pytest

from dawam import App
from dawam.errors import StoreUnavailableError
from dawam.events.lifecycle import HostDeclaredDead, JobsRescued
from dawam.runtime import Runtime
from tests.support.applications import running, seen_by, until
from tests.support.postgres import Postgres, PostgresServer
from tests.support.proxy import Proxy

IMPATIENT = "statement_timeout=500ms&connect_timeout=1s"
SETTINGS = {"Host.Heartbeat": "200ms", "Host.Lease": "1s", "Host.Poll": "100ms", "Host.ShutdownGrace": "1s"}
LONGER_THAN_THE_LEASE = 2.5
SOON = timedelta(seconds=20)


@pytest.fixture
async def proxy(postgres: Postgres) -> AsyncIterator[Proxy]:
    async with Proxy(postgres.url()) as proxy:
        yield proxy


def shop(url: str) -> App:
    app = App(store=f"{url}?{IMPATIENT}")

    @app.job("greet")
    async def greet() -> str:
        return "done"

    return app


async def greeted(runtime: Runtime) -> None:
    """A job that is enqueued now runs soon."""
    job = await runtime.parts.manager.enqueue("greet", {})
    assert await job.result(within=SOON) == "done"


class TestASilentLine:
    @pytest.mark.fault("silent line")
    async def test_an_enqueue_fails_in_time_and_works_again_when_the_line_does(
        self, proxy: Proxy, postgres_url: str
    ) -> None:
        async with running(shop(proxy.url(postgres_url)), run_host=False) as runtime:
            await runtime.parts.manager.enqueue("greet", {})
            proxy.stall()
            began = time.monotonic()
            with pytest.raises(StoreUnavailableError, match=r"did not answer within|timeout expired"):
                await runtime.parts.manager.enqueue("greet", {})
            assert time.monotonic() - began < 6
            proxy.go_on()
            await until(lambda: _works(runtime))

    @pytest.mark.fault("silent line")
    async def test_a_host_survives_it_and_is_nobodys_corpse(self, proxy: Proxy, postgres_url: str) -> None:
        async with running(shop(proxy.url(postgres_url)), settings=SETTINGS) as runtime:
            seen = seen_by(runtime, HostDeclaredDead, JobsRescued)
            await greeted(runtime)
            proxy.stall()
            await asyncio.sleep(LONGER_THAN_THE_LEASE)
            proxy.go_on()
            await until(lambda: _works(runtime))
            await greeted(runtime)
            assert seen.events == []

    @pytest.mark.fault("silent line")
    async def test_a_host_that_is_told_to_stop_ends_in_time(self, proxy: Proxy, postgres_url: str) -> None:
        async with running(shop(proxy.url(postgres_url)), settings=SETTINGS) as runtime:
            await greeted(runtime)
            proxy.stall()
            await asyncio.sleep(0.5)  # everybody waits for an answer
            began = time.monotonic()
            await runtime.stop()
            assert time.monotonic() - began < 1 + 5

    async def test_reads_do_not_wait_for_ever(self, proxy: Proxy, postgres_url: str) -> None:
        async with running(shop(proxy.url(postgres_url)), run_host=False) as runtime:
            await runtime.parts.desk.inspector.counts()
            proxy.stall()
            with pytest.raises(StoreUnavailableError):
                async with asyncio.timeout(8):
                    await runtime.parts.desk.inspector.counts()
            proxy.go_on()
            await until(lambda: _works(runtime))
            assert (await runtime.parts.desk.inspector.counts()).waiting >= 1

    @pytest.mark.fault("silent line")
    async def test_whoever_listens_notices_that_nothing_comes_and_listens_anew(
        self, proxy: Proxy, postgres_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("dawam.stores.postgres.wire._LOOK_EVERY", 0.3)
        monkeypatch.setattr("dawam.stores.postgres.wire._PATIENCE", 0.3)
        settings = {**SETTINGS, "Host.Poll": "1h"}
        async with (
            running(shop(proxy.url(postgres_url)), settings=settings) as host,
            running(shop(postgres_url), run_host=False) as web,
        ):
            await host.parts.store.begin_to_hear()  # type: ignore[attr-defined]
            proxy.stall("dawam doorbell")
            await asyncio.sleep(1)
            proxy.go_on()
            await until(lambda: proxy.count > 0)
            await greeted(web)


async def _enqueue_without_end(runtime: Runtime) -> None:
    async with asyncio.timeout(20):
        while True:
            await runtime.parts.manager.enqueue("greet", {})
            await asyncio.sleep(0.05)


async def _works(runtime: Runtime) -> bool:
    try:
        await runtime.parts.manager.enqueue("greet", {})
    except StoreUnavailableError:
        return False
    return True


@pytest.fixture
def small_server(postgres_server: PostgresServer) -> Iterator[PostgresServer]:
    """With room for few connections; the other tests' server only says whether there can be one."""
    with PostgresServer({"max_connections": "12", "superuser_reserved_connections": "0", "fsync": "off"}) as server:
        yield server


@pytest.mark.fault("no connection")
async def test_without_a_free_connection_an_enqueue_names_the_cure_and_a_host_waits(
    small_server: PostgresServer,
) -> None:
    url = small_server.new_database()
    async with running(shop(url), settings=SETTINGS) as runtime:
        seen = seen_by(runtime, HostDeclaredDead, JobsRescued)
        await greeted(runtime)
        with ExitStack() as others:
            _take_all(small_server, others, "dawam")
            with pytest.raises(StoreUnavailableError, match="or run fewer processes"):
                await _enqueue_without_end(runtime)
            await asyncio.sleep(LONGER_THAN_THE_LEASE)
        await until(lambda: _works(runtime))
        await greeted(runtime)
        assert seen.events == []


def _take_all(server: PostgresServer, others: ExitStack, name: str) -> None:
    """Ends the sessions of these clients, and takes their places before they come back."""
    first = others.enter_context(psycopg.connect(server.url(), autocommit=True))
    first.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE starts_with(application_name, %s)", [name]
    )
    while True:
        try:
            others.enter_context(psycopg.connect(server.url()))
        except psycopg.OperationalError:
            return
