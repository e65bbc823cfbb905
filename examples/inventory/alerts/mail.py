"""Alerts as mails, over SMTP."""

import asyncio
import smtplib
from email.message import EmailMessage

from examples.inventory.alerts.options import AlertOptions
from examples.inventory.alerts.sender import AlertSender, LowStockAlert


class Mailer:
    """Sends mails with the standard library, which blocks: for threads."""

    def __init__(self, options: AlertOptions) -> None:
        self._options = options

    def send(self, alert: LowStockAlert) -> str:
        """Sends the alert as a mail and answers with whom it went to.

        The message id is the alert's key, by which a mail server knows a mail that it has already.
        """
        message = EmailMessage()
        message["Message-ID"] = f"<{alert.key}@inventory.example.com>"
        message["From"] = self._options.mail_from
        message["To"] = self._options.mail_to
        message["Subject"] = alert.subject
        message.set_content(alert.text)
        seconds = self._options.mail_timeout.total_seconds()
        with smtplib.SMTP(self._options.mail_host, self._options.mail_port, timeout=seconds) as server:
            server.send_message(message)
        return self._options.mail_to


class MailAlertSender(AlertSender):
    """Sends an alert as a mail, in a thread."""

    def __init__(self, mailer: Mailer) -> None:
        self._mailer = mailer

    async def send(self, alert: LowStockAlert) -> None:
        await asyncio.to_thread(self._mailer.send, alert)
