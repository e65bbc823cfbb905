"""The health check: what each look finds, when it is told as news, and what GET /health makes of it."""

import asyncio
import logging
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from dawam import App, PeriodicWorkerContext
from dawam.control import JobControl
from dawam.errors import SettingsError
from dawam.events.lifecycle import WorkerTicked
from dawam.integrations.fastapi import lifespan
from dawam.testing import AppHarness
from examples.inventory.app import app
from examples.inventory.demo.mail_server import MailServer
from examples.inventory.health.board import CheckState, Health, HealthBoard
from examples.inventory.health.checks import DatabaseCheck
from examples.inventory.health.options import HealthOptions
from examples.inventory.health.routes import router
from examples.inventory.health.suite import HealthChecks
from examples.inventory.health.workers.health_check import HealthCheckWorker
from examples.inventory.module import InventoryModule
from examples.inventory.products.jobs.low_stock_alert import LowStockAlertArgs
from examples.inventory.tests.rows import execute
from examples.inventory.tests.shelf import CHAIR_ID

WORKER = f"{HealthCheckWorker.__module__}.{HealthCheckWorker.__qualname__}"
ALERT = LowStockAlertArgs(CHAIR_ID, "Chair", 9, 10)
SECOND = timedelta(seconds=1)
SETTINGS = Path(__file__).parents[1] / "appsettings.json"


class Hanging(DatabaseCheck):
    """A database that never answers."""

    def __init__(self) -> None:
        pass

    async def look(self) -> str:
        await asyncio.Event().wait()
        return "never"


@asynccontextmanager
async def looking(
    database: Path,
    mail_server: MailServer,
    settings: Mapping[str, object] | None = None,
    fakes: Mapping[type[Any], object] | None = None,
) -> AsyncGenerator[AppHarness]:
    """An inventory that looks every half minute whether it is well."""
    fixed = {
        "Store.Url": f"sqlite:///{database}",
        "Products.ChecksStock": False,
        "Health.IsEnabled": True,
        "Mail.Port": mail_server.port,
        "Mail.Host": "127.0.0.1",
    }
    async with AppHarness(app, settings={**fixed, **(settings or {})}, fakes=fakes) as harness:
        yield harness


@pytest.fixture
async def inventory(database: Path, mail_server: MailServer) -> AsyncIterator[AppHarness]:
    async with looking(database, mail_server) as harness:
        yield harness


def states(harness: AppHarness) -> dict[str, Health]:
    return {check.finding.name: check.health for check in harness.get(HealthBoard).report().checks}


def state(harness: AppHarness, name: str) -> CheckState:
    [found] = [check for check in harness.get(HealthBoard).report().checks if check.finding.name == name]
    return found


def overall(harness: AppHarness) -> Health:
    return harness.get(HealthBoard).report().health


@asynccontextmanager
async def asking() -> AsyncGenerator[httpx2.AsyncClient]:
    """A client of a web application that the application under the harness answers."""
    web = FastAPI()
    web.include_router(router)
    web.state.dawam = app
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(web), base_url="http://inventory") as client:
        yield client


@pytest.mark.guide("16a")
async def test_before_the_first_look_nobody_knows(inventory: AppHarness) -> None:
    async with asking() as client:
        answer = await client.get("/health")

    assert (answer.status_code, answer.json()) == (503, {"health": "stale", "checks": []})


@pytest.mark.guide("16a")
async def test_the_first_look_comes_at_once_and_finds_everything_well(inventory: AppHarness, database: Path) -> None:
    await inventory.advance(timedelta(0))
    async with asking() as client:
        answer = await client.get("/health")

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json()["health"] == "healthy"
    checks = {check["name"]: check for check in answer.json()["checks"]}
    assert {name: check["health"] for name, check in checks.items()} == dict.fromkeys(
        ("database", "jobs", "mail server", "disk"), "healthy"
    )
    assert checks["jobs"]["detail"] == "0 due, hosts that run jobs: 1"
    assert checks["disk"]["detail"].endswith(f"GB free in {database.parent}")
    started = inventory.clock.now().isoformat().replace("+00:00", "Z")
    assert (checks["database"]["since"], checks["database"]["checked_at"]) == (started, started)
    assert checks["database"]["age_seconds"] == 0


@pytest.mark.guide("16a")
async def test_it_looks_every_half_minute_and_says_how_old_that_is(inventory: AppHarness) -> None:
    report = await inventory.advance(timedelta(seconds=70))

    assert [ended.name for ended in report.ended] == [WORKER] * 3
    assert state(inventory, "database").age == timedelta(seconds=10)
    assert state(inventory, "database").since == inventory.clock.now() - timedelta(seconds=70)
    assert state(inventory, "database").checked_at == inventory.clock.now() - timedelta(seconds=10)


@pytest.mark.guide("16a")
async def test_a_look_that_is_too_old_is_worth_nothing(inventory: AppHarness) -> None:
    await inventory.advance(timedelta(0))

    inventory.clock.advance(timedelta(seconds=90))
    assert overall(inventory) is Health.HEALTHY

    inventory.clock.advance(timedelta(microseconds=1000))
    assert set(states(inventory).values()) == {Health.STALE}
    async with asking() as client:
        assert (await client.get("/health")).status_code == 503


@pytest.mark.guide("16a")
async def test_a_database_without_its_tables_is_not_well_and_then_it_is_again(
    inventory: AppHarness, database: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, WORKER)
    await inventory.advance(timedelta(minutes=1))
    execute(database, "ALTER TABLE product RENAME TO hidden")
    await inventory.advance(timedelta(minutes=1))

    assert overall(inventory) is Health.UNHEALTHY
    assert "no such table: product" in state(inventory, "database").finding.detail
    assert state(inventory, "database").since == inventory.clock.now() - timedelta(seconds=30)
    assert states(inventory)["disk"] is Health.HEALTHY

    execute(database, "ALTER TABLE hidden RENAME TO product")
    await inventory.advance(timedelta(minutes=1))

    assert overall(inventory) is Health.HEALTHY
    said = [record.getMessage() for record in caplog.records if record.name == WORKER]
    assert [line.partition(":")[0] for line in said] == ["database is not well", "database is well again"]


@pytest.mark.guide("16a")
async def test_a_job_that_has_been_due_for_too_long_is_stuck(inventory: AppHarness) -> None:
    job = await inventory.jobs.enqueue(ALERT)
    due_since = inventory.clock.now()
    inventory.clock.advance(timedelta(minutes=5))
    await look(inventory)
    assert states(inventory)["jobs"] is Health.HEALTHY

    inventory.clock.advance(SECOND)
    await look(inventory)
    assert overall(inventory) is Health.UNHEALTHY
    moment = due_since.isoformat(timespec="seconds")
    assert (
        state(inventory, "jobs").finding.detail
        == f"1 due, hosts that run jobs: 1; the oldest has waited since {moment}"
    )

    await inventory.drain()
    await look(inventory)
    assert (await inventory.inspector.get_job(job.id)) is not None
    assert states(inventory)["jobs"] is Health.HEALTHY


@pytest.mark.guide("16a")
async def test_a_job_whose_time_came_while_no_host_was_there_is_stuck_too(inventory: AppHarness) -> None:
    await inventory.jobs.enqueue(ALERT, delay=timedelta(hours=1))
    inventory.clock.advance(timedelta(hours=1, minutes=5))
    await look(inventory)
    assert states(inventory)["jobs"] is Health.HEALTHY

    inventory.clock.advance(SECOND)
    await look(inventory)
    assert states(inventory)["jobs"] is Health.UNHEALTHY
    assert state(inventory, "jobs").finding.detail.startswith("0 due, ")


@pytest.mark.guide("16a")
async def test_a_job_for_later_and_one_in_a_paused_queue_are_not_stuck(inventory: AppHarness) -> None:
    await inventory.jobs.enqueue(ALERT, delay=timedelta(hours=1))
    await inventory.get(JobControl).pause_queue("default")
    await inventory.jobs.enqueue(ALERT)
    inventory.clock.advance(timedelta(minutes=30))

    await look(inventory)

    assert states(inventory)["jobs"] is Health.HEALTHY


async def look(harness: AppHarness) -> None:
    """One tick, and nothing else that is due."""
    now = harness.clock.now()
    worker = HealthCheckWorker(
        harness.get(HealthChecks),
        harness.get(HealthBoard),
        harness.get(HealthOptions),
        harness.clock,
        logging.getLogger(WORKER),
    )
    await worker.do_work(PeriodicWorkerContext(name=WORKER, tick=1, planned_at=now, started_at=now))


@pytest.mark.guide("16a")
async def test_a_mail_server_that_is_away_takes_nobody_out_of_service(
    inventory: AppHarness, mail_server: MailServer
) -> None:
    mail_server.__exit__(None, None, None)
    await inventory.advance(timedelta(0))

    assert states(inventory)["mail server"] is Health.DEGRADED
    assert "Connect call failed" in state(inventory, "mail server").finding.detail
    async with asking() as client:
        answer = await client.get("/health")
    assert (answer.status_code, answer.json()["health"]) == (200, "degraded")


@pytest.mark.guide("16a")
async def test_who_listens_and_is_no_mail_server_is_found_out(database: Path, mail_server: MailServer) -> None:
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"421 too busy\r\n")
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as other:
        port = other.sockets[0].getsockname()[1]
        async with looking(database, mail_server, {"Mail.Port": port}) as harness:
            await harness.advance(timedelta(0))
            detail = state(harness, "mail server").finding.detail

    assert detail == f"127.0.0.1:{port} greets with '421 too busy': 220 was expected"


@pytest.mark.guide("16a")
async def test_a_disk_that_is_nearly_full_is_not_well(database: Path, mail_server: MailServer) -> None:
    async with looking(database, mail_server, {"Health.LeastFreeBytes": 10**18}) as harness:
        await harness.advance(timedelta(0))

        assert states(harness)["disk"] is Health.UNHEALTHY
        assert "1000000000.0 GB were expected" in state(harness, "disk").finding.detail


@pytest.mark.guide("16a")
async def test_one_check_that_hangs_keeps_neither_the_others_nor_the_endpoint(
    database: Path, mail_server: MailServer
) -> None:
    settings = {"Health.CheckTimeout": "100ms"}
    async with looking(database, mail_server, settings, {DatabaseCheck: Hanging()}) as harness:
        await harness.advance(timedelta(0))
        async with asking() as client:
            answer = await client.get("/health")

        assert answer.status_code == 503
        checks = {check["name"]: (check["health"], check["detail"]) for check in answer.json()["checks"]}
        assert checks["database"] == ("unhealthy", "no answer within 0.1 s")
        assert {checks[name][0] for name in ("jobs", "mail server", "disk")} == {"healthy"}


@pytest.mark.guide("16a")
def test_the_web_process_looks_for_itself_and_answers(
    database: Path, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "STORE__URL": f"sqlite:///{database}",
        "MAIL__PORT": str(mail_server.port),
        "BACKGROUND_JOBS__IS_JOB_EXECUTION_ENABLED": "false",
    }.items():
        monkeypatch.setenv(f"DAWAM__{name}", value)
    looked = threading.Event()
    inventory = App(InventoryModule, settings=SETTINGS)
    inventory.events.subscribe(WorkerTicked, lambda tick: looked.set() if tick.worker == WORKER else None)
    web = FastAPI(lifespan=lifespan(inventory, run_host=True))
    web.include_router(router)
    with TestClient(web) as client:
        assert looked.wait(10)
        answer = client.get("/health")

    assert (answer.status_code, answer.json()["health"]) == (200, "healthy")


@pytest.mark.parametrize("name", ["CHECK_TIMEOUT", "STALE_AFTER", "LONGEST_WAIT"])
def test_durations_of_nothing_are_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"DAWAM__HEALTH__{name}", "0s")
    with pytest.raises(SettingsError, match=name.lower()):
        app.build()
