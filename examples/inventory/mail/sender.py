"""Hands mails to a mail server, and tells apart what may go through later and what never will."""

import asyncio
from abc import ABC, abstractmethod

import aiosmtplib
from aiosmtplib import (
    SMTPDataError,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientRefused,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from examples.inventory.mail.message import Mail, message_of
from examples.inventory.mail.options import MailOptions


class MailError(Exception):
    """A mail was not taken."""


class MailDeferredError(MailError):
    """Not now: the server is away or busy. Sending the mail again later may well succeed."""


class MailRefusedError(MailError):
    """Never: there is no such recipient, or the server does not want this mail. Sending it again changes nothing."""


class EmailSender(ABC):
    """Sends mails. Sending one again that arrived already does no harm: it has the same message id."""

    @abstractmethod
    async def send(self, mail: Mail) -> None:
        """Returns when a mail server has taken the mail. Raises `MailDeferredError` or `MailRefusedError`."""

    def send_blocking(self, mail: Mail) -> None:
        """`send`, for code that runs in a thread of its own."""
        asyncio.run(self.send(mail))


class SmtpEmailSender(EmailSender):
    """Sends over SMTP, with TLS where the server offers it."""

    def __init__(self, options: MailOptions) -> None:
        self._options = options

    async def send(self, mail: Mail) -> None:
        options = self._options
        try:
            await aiosmtplib.send(
                message_of(mail, options.sender),
                hostname=options.host,
                port=options.port,
                timeout=options.timeout.total_seconds(),
                username=options.user or None,
                password=options.password or None,
            )
        except SMTPException as error:
            raise _explained(error, f"{options.host}:{options.port}") from error


def _explained(error: SMTPException, server: str) -> MailError:
    """What the server said to the one recipient that a mail has, or that nobody is there to say anything."""
    if isinstance(error, SMTPRecipientsRefused):
        error = error.recipients[0]
    kind = MailRefusedError if _is_final(error) else MailDeferredError
    if not isinstance(error, SMTPResponseException):
        return kind(f"{server}: {error.message}")
    about = f" (to {error.recipient})" if isinstance(error, SMTPRecipientRefused) else ""
    return kind(f"{server} answered {error.code} {error.message}{about}")


def _is_final(error: SMTPException) -> bool:
    """5xx about this mail. About the connection or the login it is for the operator to mend, and the mail may wait."""
    if isinstance(error, SMTPSenderRefused | SMTPRecipientRefused | SMTPDataError):
        return 500 <= error.code < 600
    return isinstance(error, SMTPNotSupported)
