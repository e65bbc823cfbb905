"""What the inventory shows of its own jobs."""

from datetime import timedelta

import pytest

from dawam.testing import AppHarness
from examples.inventory.monitoring import JobMonitoringService
from examples.inventory.products.jobs.low_stock_alert import LowStockAlertArgs
from examples.inventory.products.jobs.low_stock_reminder import LowStockReminderArgs
from examples.inventory.tests.shelf import CHAIR, CHAIR_ID, change_stock


@pytest.mark.guide(18)
async def test_pending_jobs_are_those_that_wait_and_at_most_a_hundred(harness: AppHarness) -> None:
    monitoring = harness.get(JobMonitoringService)
    await harness.jobs.enqueue_many([LowStockReminderArgs(CHAIR_ID, "Chair", 9, 10)] * 100, delay=timedelta(hours=1))
    await change_stock(harness, CHAIR, to=9)

    pending = await monitoring.get_pending_jobs()

    assert len(pending) == 100
    assert pending[0].name == "products.low-stock-alert"
    counts = await monitoring.get_counts()
    assert (counts.due, counts.scheduled, counts.waiting) == (1, 100, 101)


@pytest.mark.guide(18)
async def test_the_status_of_a_job_goes_from_waiting_to_succeeded(harness: AppHarness) -> None:
    monitoring = harness.get(JobMonitoringService)
    job = await harness.jobs.enqueue(LowStockAlertArgs(CHAIR_ID, "Chair", 9, 10))

    before = await monitoring.get_status(job.id)
    await harness.drain()
    after = await monitoring.get_status(job.id)

    assert before is not None
    assert after is not None
    assert (before.state, after.state) == ("waiting", "succeeded")
    assert await monitoring.get_pending_jobs() == []


@pytest.mark.guide(18)
async def test_the_failures_of_a_job_say_what_went_wrong(harness: AppHarness) -> None:
    monitoring = harness.get(JobMonitoringService)
    job = await harness.jobs.enqueue(LowStockReminderArgs(CHAIR_ID, "Chair", 9, 10))

    await harness.drain()

    [failure] = await monitoring.get_failures(job.id)
    assert (failure.attempt, failure.error_type) == (1, "examples.inventory.mail.sender.MailDeferredError")
    assert (await monitoring.get_counts()).retrying == 1
