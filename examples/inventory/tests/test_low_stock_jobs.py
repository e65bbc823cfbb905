"""The low-stock job and its blocking twin, as plain objects and as the application runs them."""

import logging
from datetime import timedelta
from logging import Logger
from pathlib import Path
from unittest.mock import create_autospec
from uuid import uuid4

import pytest

from dawam import JobContext
from dawam.testing import AppHarness
from examples.inventory.alerts.options import AlertOptions
from examples.inventory.alerts.sender import AlertSender, LowStockAlert
from examples.inventory.app import app
from examples.inventory.demo.mail_server import MailServer
from examples.inventory.mail.message import Mail
from examples.inventory.mail.sender import EmailSender
from examples.inventory.products.jobs.low_stock_alert import LowStockAlertArgs, LowStockAlertJob
from examples.inventory.products.jobs.low_stock_reminder import LowStockReminderArgs, LowStockReminderJob
from examples.inventory.tests.shelf import CHAIR, CHAIR_ID, change_stock, stock

ALERT = LowStockAlertArgs(CHAIR_ID, "Chair", 5, 10)
REMINDER = LowStockReminderArgs(CHAIR_ID, "Chair", 5, 10)


class Sent(AlertSender):
    """A sender that keeps what it was given."""

    def __init__(self) -> None:
        self.alerts: list[LowStockAlert] = []

    async def send(self, alert: LowStockAlert) -> None:
        self.alerts.append(alert)


@pytest.mark.guide(17)
async def test_the_job_alone_writes_the_warning_of_the_guide() -> None:
    logger = create_autospec(Logger)
    product_id = uuid4()

    job = LowStockAlertJob(logger, create_autospec(JobContext, idempotency_key="key"), Sent())
    await job.execute(LowStockAlertArgs(product_id, "Test", 5, 10))

    logger.warning.assert_called_once()
    template, *values = logger.warning.call_args.args
    assert template % tuple(values) == f"LOW STOCK: Test ({product_id}) has 5, at least 10 expected"


@pytest.mark.guide(17)
def test_the_blocking_twin_alone_mails_the_reminder() -> None:
    mails = create_autospec(EmailSender)

    context = create_autospec(JobContext, idempotency_key="key")
    job = LowStockReminderJob(create_autospec(Logger), context, mails, AlertOptions())

    assert job.execute(REMINDER) == "mailed to buyer@example.com"
    mails.send_blocking.assert_called_once_with(
        Mail("key", "buyer@example.com", "Low stock: Chair", "Chair is down to 5; at least 10 should be there.")
    )


@pytest.mark.guide(1)
async def test_the_job_gets_its_logger_its_context_and_the_sender(
    harness: AppHarness, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    job = await harness.jobs.enqueue(LowStockAlertJob, ALERT)

    assert (await harness.drain()).succeeded == 1

    lines = [(record.name, record.getMessage()) for record in caplog.records]
    assert lines == [
        (
            "examples.inventory.products.jobs.low_stock_alert.LowStockAlertJob",
            f"LOW STOCK: Chair ({CHAIR_ID}) has 5, at least 10 expected",
        ),
        ("examples.inventory.alerts.log.LogAlertSender", "Chair is down to 5; at least 10 should be there."),
    ]
    info = await harness.inspector.get_job(job.id)
    assert info is not None
    assert info.state == "succeeded"


@pytest.mark.guide(1)
async def test_the_blocking_twin_sends_a_real_mail(database: Path, mail_server: MailServer) -> None:
    settings = {"Store.Url": f"sqlite:///{database}", "Mail.Port": mail_server.port}
    async with AppHarness(app, settings=settings) as harness:
        job = await harness.jobs.enqueue(LowStockReminderJob, REMINDER)
        await harness.drain()

        assert await job.result() == "mailed to buyer@example.com"
    [mail] = mail_server.mails
    assert (mail["Subject"], mail["To"]) == ("Low stock: Chair", "buyer@example.com")
    assert mail["Message-ID"] == f"<{job.id}@example.com>"


async def test_the_alert_can_be_a_mail_too(database: Path, mail_server: MailServer) -> None:
    settings = {"Store.Url": f"sqlite:///{database}", "Alerts.Sender": "Mail", "Mail.Port": mail_server.port}
    async with AppHarness(app, settings=settings) as harness:
        await stock(harness, CHAIR)
        await change_stock(harness, CHAIR, to=9)

        assert (await harness.drain()).succeeded == 1

    assert [mail["Subject"] for mail in mail_server.mails] == ["Low stock: Chair"]


@pytest.mark.guide(3)
async def test_a_reminder_overtakes_alerts_and_waits_for_its_moment(harness: AppHarness) -> None:
    await harness.jobs.enqueue(LowStockAlertJob, ALERT)
    await harness.jobs.enqueue(LowStockReminderJob, REMINDER, delay=timedelta(minutes=10))
    await harness.jobs.enqueue(LowStockReminderJob, REMINDER)

    report = await harness.drain()
    ran = [ended.name for ended in report.ended]

    assert ran == ["products.low-stock-reminder", "products.low-stock-alert"]
    [waiting] = [job for job in await harness.inspector.get_waiting_jobs() if job.attempt_count == 0]
    assert waiting.queue == "reminders"
    assert waiting.run_at - harness.clock.now() == timedelta(minutes=10)


@pytest.mark.guide(5)
async def test_a_job_that_is_done_is_kept_or_deleted_as_the_settings_say(database: Path) -> None:
    for kept in (True, False):
        settings = {"Store.Url": f"sqlite:///{database}", "BackgroundJobs.StoreSuccessfulJobs": kept}
        async with AppHarness(app, settings=settings) as harness:
            await harness.jobs.enqueue(LowStockAlertJob, ALERT)
            assert (await harness.drain()).succeeded == 1
            assert (await harness.inspector.counts()).succeeded == int(kept)


@pytest.mark.guide(6)
async def test_a_mail_server_that_refuses_twice_gets_the_mail_once(database: Path, mail_server: MailServer) -> None:
    mail_server.refuse(2)
    settings = {"Store.Url": f"sqlite:///{database}", "Mail.Port": mail_server.port}
    async with AppHarness(app, settings=settings) as harness:
        job = await harness.jobs.enqueue(LowStockReminderJob, REMINDER)

        report = await harness.advance(timedelta(seconds=10))
        failures = await harness.inspector.history(job.id)

    assert (report.retried, report.succeeded) == (2, 1)
    assert [failure.error_type for failure in failures] == ["examples.inventory.mail.sender.MailDeferredError"] * 2
    assert len(mail_server.mails) == 1


@pytest.mark.guide(6)
async def test_an_alert_that_nobody_can_send_fails_after_eight_attempts_with_its_reason(database: Path) -> None:
    class Unreachable(Sent):
        async def send(self, alert: LowStockAlert) -> None:
            raise ConnectionError("nobody answers")

    async with AppHarness(
        app, settings={"Store.Url": f"sqlite:///{database}"}, fakes={AlertSender: Unreachable()}
    ) as harness:
        job = await harness.jobs.enqueue(LowStockAlertJob, ALERT)
        report = await harness.advance(timedelta(days=1))
        info = await harness.inspector.get_job(job.id)

    assert (report.retried, report.failed) == (7, 1)
    assert info is not None
    assert info.state == "failed"
    assert info.last_error == "ConnectionError: nobody answers"
