"""What a process that runs jobs says to probes and scrapers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families

from dawam import App
from dawam.errors import SettingsError, StoreUnavailableError
from dawam.monitoring.listener import Answer, Listener
from dawam.runtime import Runtime
from dawam.stores.memory import MemoryStore
from dawam.testing import ManualClock
from tests.support.applications import always, built, running, until

SETTINGS = {"Store.Url": "memory://", "Host.MonitorPort": 0, "Host.Heartbeat": "20ms", "Host.Lease": "5s"}


@asynccontextmanager
async def asking(port: int) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
        yield http


def port_of(runtime: Runtime) -> int:
    assert runtime.monitor is not None
    return runtime.monitor.port


class Away(MemoryStore):
    """Is there when it is told so."""

    def __init__(self) -> None:
        super().__init__(clock=ManualClock())
        self.is_there = asyncio.Event()

    async def open(self, *, migrate: bool = True) -> None:
        if not self.is_there.is_set():
            raise StoreUnavailableError("the store is away", is_away=True)
        await super().open(migrate=migrate)


async def test_a_host_is_alive_and_ready_until_it_is_quiet_or_ends() -> None:
    async with running(App(), settings=SETTINGS) as runtime, asking(port_of(runtime)) as http:
        for kind, text in (("live", "alive"), ("startup", "ready"), ("ready", "ready")):
            answer = await http.get(f"/health/{kind}")
            assert (answer.status_code, answer.text) == (200, f"{text}\n")
        await runtime.parts.desk.hosts.quiet(runtime.host.id)

        async def is_quiet() -> bool:
            return (await http.get("/health/ready")).text == "quiet\n"

        await until(is_quiet)
        assert (await http.get("/health/ready")).status_code == 503
        assert (await http.get("/health/startup")).status_code == 200
        await runtime.host.stop()
        answer = await http.get("/health/ready")
        assert (answer.status_code, answer.text) == (503, "ended\n")


async def test_a_process_that_waits_for_its_store_is_alive_and_has_not_started() -> None:
    store, stopped = Away(), asyncio.Event()
    runtime = built(App(), settings=SETTINGS, store=always(store))
    starting = asyncio.create_task(runtime.start(run_host=True, waits_until=stopped))
    await until(lambda: runtime.monitor is not None and runtime.monitor.port > 0)
    try:
        async with asking(port_of(runtime)) as http:
            assert (await http.get("/health/live")).status_code == 200
            answer = await http.get("/health/startup")
            assert (answer.status_code, answer.text) == (503, "starting\n")
            assert (await http.get("/health/ready")).status_code == 503
            assert "dawam_host_standing" in (await http.get("/metrics")).text
    finally:
        stopped.set()
        await starting
        await runtime.stop()


async def test_a_host_whose_heartbeat_does_not_come_through_is_not_ready() -> None:
    clock = ManualClock()
    settings = {**SETTINGS, "Host.Heartbeat": "5s", "Host.Lease": "20s"}
    async with running(App(), settings=settings, clock=clock) as runtime, asking(port_of(runtime)) as http:
        clock.advance(runtime.parts.options.host.lease)
        answer = await http.get("/health/ready")
        assert (answer.status_code, answer.text) == (503, "late\n")


async def test_attempts_are_counted_for_prometheus_from_the_start_of_the_process() -> None:
    app = App()

    @app.job("print", queue="paper")
    async def print_() -> None: ...

    async with running(app, settings=SETTINGS) as runtime, asking(port_of(runtime)) as http:
        for _ in range(2):
            await (await runtime.parts.manager.enqueue("print", {})).result()
        found = {}
        for _ in range(2):  # what was told is counted on
            answer = await http.get("/metrics")
            assert answer.headers["content-type"].startswith("text/plain; version=")
            found = samples(answer.text)
            assert found["dawam_attempts_total", "print", "paper", "succeeded"] == 2
            await runtime.host._crew.meter.flush()
        assert found["dawam_attempt_run_seconds_count", "print", "paper"] == 2
        assert found["dawam_attempt_run_seconds_bucket", "print", "paper", "+Inf"] == 2
        assert 0 < found["dawam_attempt_run_seconds_sum", "print", "paper"] < 60
        assert found[("dawam_host_slots",)] == 50
        assert found[("dawam_host_running",)] == 0
        assert found["dawam_host_standing", "ready"] == 1


async def test_without_the_library_metrics_say_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running(App(), settings=SETTINGS) as runtime, asking(port_of(runtime)) as http:

        def missing() -> Any:
            raise ImportError("no module named prometheus_client")

        monkeypatch.setattr(runtime.monitor, "_load_metrics", missing)
        answer = await http.get("/metrics")
        assert (answer.status_code, answer.text) == (
            501, "metrics need the prometheus extra: pip install 'dawam[prometheus]'\n",
        )  # fmt: skip


async def test_without_a_port_nothing_listens() -> None:
    async with running(App(), settings={"Store.Url": "memory://"}) as runtime:
        assert runtime.monitor is None


async def test_an_address_of_another_machine_is_refused_by_name() -> None:
    runtime = built(App(), settings={**SETTINGS, "Host.MonitorAddress": "203.0.113.7"})
    with pytest.raises(SettingsError, match=r"Host.MonitorPort = 0 on '203.0.113.7': .*address of this machine"):
        await runtime.start(run_host=True)


async def hello() -> Answer:
    return Answer(200, "hello\n")


class TestTheListener:
    async def test_each_process_of_a_machine_gets_the_next_free_port(self) -> None:
        first = Listener({}, address="127.0.0.1", port=0)
        await first.start()
        second = Listener({}, address="127.0.0.1", port=first.port, port_count=100)
        await second.start()
        assert second.port > first.port
        await first.stop()
        await second.stop()

    @pytest.mark.parametrize(
        ("request_", "status"),
        [
            (b"GET /hello HTTP/1.1\r\nHost: x\r\n\r\n", b"200 OK"),
            (b"GET /hello?x=1 HTTP/1.0\r\n\r\n", b"200 OK"),
            (b"POST /hello HTTP/1.1\r\n\r\n", b"405 Method Not Allowed"),
            (b"GET /../../etc/passwd HTTP/1.1\r\n\r\n", b"404 Not Found"),
            (b"\x00\xff\xfe\r\n\r\n", b"404 Not Found"),
            (b"G" * 20_000, b""),
            (b"GET /hello", b""),
        ],
    )
    async def test_whatever_is_sent_is_answered_or_dropped(self, request_: bytes, status: bytes) -> None:
        listener = Listener({"/hello": hello}, address="127.0.0.1", port=0)
        await listener.start()
        reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
        writer.write(request_)
        writer.write_eof()
        answer = b""
        try:
            answer = await reader.read()
        except ConnectionResetError:
            assert status == b""
        assert answer.startswith(b"HTTP/1.1 " + status) if status else answer == b""
        writer.close()
        await listener.stop()


def samples(text: str) -> dict[tuple[str, ...], float]:
    """By name and labels: those of name, queue, outcome, bound and standing, as far as there are any."""
    labels = ("name", "queue", "state", "outcome", "le", "standing")
    return {
        (sample.name, *(sample.labels[label] for label in labels if label in sample.labels)): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
