"""The settings of the inventory, and the guide's own file, exactly as it stands."""

import json
from pathlib import Path

import pytest

from dawam import App
from dawam.errors import SettingsError
from examples.inventory.alerts.notification import NotificationAlertSender
from examples.inventory.alerts.sender import AlertSender
from examples.inventory.app import app
from examples.inventory.products.jobs.low_stock_alert import LowStockAlertArgs, LowStockAlertJob
from examples.inventory.tests.shelf import CHAIR_ID

ALERT = LowStockAlertArgs(CHAIR_ID, "Chair", 9, 10)
GUIDES_FILE = Path(__file__).parents[1] / "appsettings.Development.json"


async def state_after_a_moment(opened: App) -> str:
    """Enqueues a job and says how it is, once a host has had every chance to run it."""
    job = await opened.jobs.enqueue(LowStockAlertJob, ALERT)
    if opened.runtime.parts.options.jobs.is_job_execution_enabled:
        await job.result()
    info = await opened.inspector.get_job(job.id)
    assert info is not None
    return info.state


@pytest.mark.guide(11)
def test_the_guides_file_is_the_guides() -> None:
    first, *rest = GUIDES_FILE.read_text(encoding="utf-8").splitlines()

    assert first == "// appsettings.Development.json"
    assert json.loads("\n".join(rest)) == {"BackgroundJobs": {"IsJobExecutionEnabled": False}}


@pytest.mark.guide(11, 12)
async def test_in_development_jobs_are_enqueued_and_not_run(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAWAM__STORE__URL", f"sqlite:///{database}")
    monkeypatch.setenv("ASPNETCORE_ENVIRONMENT", "Development")
    async with app.open():
        assert await state_after_a_moment(app) == "waiting"
        hosts = await app.inspector.hosts()

    assert [host.queues for host in hosts] == [()]  # it ticks workers, and runs no jobs

    monkeypatch.delenv("ASPNETCORE_ENVIRONMENT")
    async with app.open():
        assert await state_after_a_moment(app) == "succeeded"


@pytest.mark.guide(11)
async def test_what_the_operator_says_beats_the_file(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAWAM__STORE__URL", f"sqlite:///{database}")
    monkeypatch.setenv("DAWAM__ALERTS__SENDER", "notification")
    async with app.open(run_host=False), app.scope() as scope:
        assert isinstance(await scope.get(AlertSender), NotificationAlertSender)


@pytest.mark.guide(12)
def test_the_options_have_units_and_a_run_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = app.build().parts

    assert parts.options.jobs.default_time_limit is not None
    assert parts.options.jobs.default_time_limit.total_seconds() == 60
    for wrong in ("300", "-5s"):
        monkeypatch.setenv("DAWAM__PRODUCTS__STOCK_CHECK_EVERY", wrong)
        with pytest.raises(SettingsError, match="STOCK_CHECK_EVERY"):
            app.build()


def test_a_sender_that_nobody_knows_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAWAM__ALERTS__SENDER", "pigeon")
    with pytest.raises(SettingsError, match='one of "Log", "Mail", "Notification" was expected'):
        app.build()
