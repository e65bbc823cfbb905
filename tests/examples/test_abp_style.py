"""The program in ABP's style: its job alone, its event, its worker, its monitoring, and `dawam run` with its file."""

import subprocess
import sys
from datetime import timedelta
from logging import Logger
from pathlib import Path
from unittest.mock import create_autospec
from uuid import uuid4

import pytest

from dawam import JobContext, LocalEventBus
from dawam.testing import AppHarness
from examples.abp_style import JobMonitoringService, LowStockAlertArgs, LowStockAlertJob, ProductStockChanged, app

PROGRAM = Path(__file__).parents[2] / "examples" / "abp_style.py"


@pytest.mark.guide(17)
async def test_the_job_alone() -> None:
    logger = create_autospec(Logger)

    await LowStockAlertJob(logger, create_autospec(JobContext)).execute(LowStockAlertArgs(uuid4(), "Test", 5, 10))

    logger.warning.assert_called_once()


@pytest.mark.guide(2, 10)
async def test_a_fall_below_ten_raises_one_alert() -> None:
    async with AppHarness(app) as harness:
        await harness.get(LocalEventBus).publish(ProductStockChanged(uuid4(), "Test", 9, decreased=True))

        assert [args.current_stock for args in harness.enqueued(LowStockAlertArgs)] == [9]
        assert (await harness.drain()).succeeded == 1


@pytest.mark.guide(7)
async def test_the_stock_is_checked_every_five_minutes() -> None:
    async with AppHarness(app) as harness:
        assert (await harness.advance(timedelta(minutes=15))).succeeded == 3


@pytest.mark.guide(18)
async def test_pending_jobs_are_shown() -> None:
    async with AppHarness(app) as harness:
        await harness.jobs.enqueue(LowStockAlertArgs(uuid4(), "Test", 5, 10))

        pending = await harness.get(JobMonitoringService).get_pending_jobs()

    assert [(job.name, job.state) for job in pending] == [("products.low-stock-alert", "waiting")]


def test_dawam_run_takes_the_file_as_it_is(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "dawam", "run", str(PROGRAM)], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.strip().startswith("waiting"):  # the last line of what a host says when it has started
                process.terminate()

    assert process.returncode == 0
    assert (tmp_path / "dawam.db").is_file()
