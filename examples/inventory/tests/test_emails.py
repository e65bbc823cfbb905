"""The guide's first use case: a mail is sent by a job, over real SMTP, once, whatever the server is up to."""

from collections.abc import AsyncIterator
from datetime import timedelta
from email.message import EmailMessage
from logging import Logger
from pathlib import Path
from unittest.mock import create_autospec

import pytest

from dawam import EnqueuedJob, JobContext
from dawam.testing import AppHarness
from dawam.testing.stepper import Report
from examples.inventory.app import app
from examples.inventory.mail.jobs.send_email import SendEmailArgs, SendEmailJob
from examples.inventory.mail.message import Mail, is_arabic, message_of
from examples.inventory.mail.options import MailOptions
from examples.inventory.mail.sender import EmailSender, MailDeferredError, MailRefusedError, SmtpEmailSender
from examples.inventory.tests.postbox import LOGIN, Postbox

BODY = "أهلاً يا أمل،\n\nالمخزون من «شاي أخضر» صار 9 فقط.\nPlease order 40 <boxes>.\n"
ARABIC = SendEmailArgs("amal@example.com", "تنبيه: المخزون منخفض", BODY)
ENGLISH = SendEmailArgs("sam@example.com", "Low stock: crème brûlée", "Only 9 left.\n")


@pytest.fixture
async def postbox() -> AsyncIterator[Postbox]:
    box = Postbox()
    await box.start()
    yield box
    await box.stop()


@pytest.fixture
async def office(postbox: Postbox, database: Path) -> AsyncIterator[AppHarness]:
    settings = {
        "Store.Url": f"sqlite:///{database}",
        "Mail.Host": "127.0.0.1",
        "Mail.Port": postbox.port,
        "Products.ChecksStock": False,
    }
    async with AppHarness(app, settings=settings) as harness:
        yield harness


def attempts(report: Report) -> list[str]:
    """How each attempt at sending ended."""
    return [type(ended.outcome).__name__ for ended in report.ended if ended.name == "mail.send-email"]


def part(mail: EmailMessage, kind: str) -> str:
    found = mail.get_body((kind,))
    assert found is not None
    return str(found.get_content()).replace("\r\n", "\n")


@pytest.mark.guide(13, 17)
async def test_the_job_alone_sends_the_mail_under_its_key() -> None:
    sender = create_autospec(EmailSender)

    job = SendEmailJob(create_autospec(Logger), create_autospec(JobContext, idempotency_key="key"), sender)

    assert await job.execute(ENGLISH) == "mailed to sam@example.com"
    sender.send.assert_awaited_once_with(Mail("key", ENGLISH.to, ENGLISH.subject, ENGLISH.body))


@pytest.mark.guide(13)
async def test_a_server_that_is_down_twice_gets_the_mail_once(office: AppHarness, postbox: Postbox) -> None:
    await postbox.stop()
    job: EnqueuedJob[str] = await office.jobs.enqueue(SendEmailJob, ARABIC)
    assert attempts(await office.drain()) == ["Retrying"]

    await postbox.start()
    postbox.says_next = ["451 4.3.2 busy, try again later"]
    assert attempts(await office.advance(timedelta(seconds=2))) == ["Retrying"]

    assert attempts(await office.advance(timedelta(days=3))) == ["Succeeded"]

    assert await job.result() == "mailed to amal@example.com"
    first, second = await office.inspector.history(job.id)
    assert (first.attempt, second.attempt) == (1, 2)
    assert first.error_type == second.error_type == "examples.inventory.mail.sender.MailDeferredError"
    assert "Connect call failed" in first.error_message
    assert second.error_message == (
        f"127.0.0.1:{postbox.port} answered 451 4.3.2 busy, try again later (to amal@example.com)"
    )
    assert [mail["Message-ID"] for mail in postbox.mails] == [f"<{job.id}@example.com>"]


@pytest.mark.guide(13)
async def test_an_address_that_is_refused_for_good_is_tried_once(office: AppHarness, postbox: Postbox) -> None:
    postbox.says_next = ["550 5.1.1 no such user here"]
    job = await office.jobs.enqueue(SendEmailJob, ENGLISH)

    assert attempts(await office.advance(timedelta(days=3))) == ["Failed"]
    info = await office.inspector.get_job(job.id)

    assert info is not None
    assert (info.state, info.attempt_count) == ("failed", 1)
    assert info.last_error is not None
    assert "550 5.1.1 no such user here" in info.last_error
    assert postbox.recipients_asked_for == ["sam@example.com"]


@pytest.mark.guide(13)
async def test_arabic_and_english_arrive_as_they_were_written(office: AppHarness, postbox: Postbox) -> None:
    await office.jobs.enqueue(SendEmailJob, ARABIC)
    await office.jobs.enqueue(SendEmailJob, ENGLISH)
    await office.drain()

    arabic, english = postbox.mails
    assert (arabic["Subject"], arabic["To"]) == (ARABIC.subject, "amal@example.com")
    assert part(arabic, "plain") == ARABIC.body
    assert (english["Subject"], part(english, "plain")) == (ENGLISH.subject, ENGLISH.body)
    assert english.get_content_type() == "text/plain"


@pytest.mark.guide(13)
async def test_an_arabic_mail_has_a_part_that_runs_right_to_left(office: AppHarness, postbox: Postbox) -> None:
    await office.jobs.enqueue(SendEmailJob, ARABIC)
    await office.drain()

    [mail] = postbox.mails
    assert mail.get_content_type() == "multipart/alternative"
    assert mail["Content-Language"] == "ar"
    page = part(mail, "html")
    assert '<html lang="ar" dir="rtl">' in page
    assert '<p dir="auto">أهلاً يا أمل،</p>' in page
    assert "Please order 40 &lt;boxes&gt;." in page


def test_the_first_letter_says_which_way_a_text_runs() -> None:
    assert [is_arabic(text) for text in ("9 صناديق", "«شاي»", "9 boxes of شاي", "", "123")] == [
        True,
        True,
        False,
        False,
        False,
    ]


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
async def test_a_server_that_wants_a_login_gets_one() -> None:
    box = Postbox(wants_login=True)
    await box.start()
    mail = Mail("key", "sam@example.com", "Hello", "Hello.")
    options = MailOptions(host="127.0.0.1", port=box.port, user=LOGIN.login.decode(), password="a secret")

    await SmtpEmailSender(options).send(mail)
    options.password = "a guess"
    with pytest.raises(MailDeferredError, match="535"):
        await SmtpEmailSender(options).send(mail)

    assert len(box.mails) == 1
    await box.stop()


async def test_a_server_that_does_not_want_the_text_is_believed(postbox: Postbox) -> None:
    postbox.says_of_content = "554 5.7.1 this looks like spam"
    sender = SmtpEmailSender(MailOptions(host="127.0.0.1", port=postbox.port))
    with pytest.raises(MailRefusedError, match=r"answered 554 5\.7\.1 this looks like spam"):
        await sender.send(Mail("key", "sam@example.com", "Hello", "Hello."))


def test_long_lines_are_wrapped_for_the_wire() -> None:
    message = message_of(Mail("key", "sam@example.com", "Long", "x" * 5_000), "inventory@example.com")

    assert max(len(line) for line in message.as_bytes().splitlines()) < 998
    assert message.get_content().strip() == "x" * 5_000


@pytest.mark.parametrize(
    ("to", "subject", "said"),
    [
        ("nobody", "Hello", "to='nobody' is no mail address: one like buyer@example.com was expected"),
        ("a@example.com, b@example.com", "Hello", "is no mail address"),
        ("a@example.com\r\nBcc: all@example.com", "Hello", "is no mail address"),
        ("a@example.com", "Hello\nBcc: all@example.com", "one line of text was expected"),
        ("a@example.com", " ", "one line of text was expected"),
    ],
)
def test_what_is_no_mail_is_refused_before_it_is_enqueued(to: str, subject: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        SendEmailArgs(to, subject, "Hello.")
