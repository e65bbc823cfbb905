"""Alerts as mails."""

from examples.inventory.alerts.options import AlertOptions
from examples.inventory.alerts.sender import AlertSender, LowStockAlert
from examples.inventory.mail.sender import EmailSender


class MailAlertSender(AlertSender):
    """Sends an alert as a mail to whom the settings name."""

    def __init__(self, mails: EmailSender, options: AlertOptions) -> None:
        self._mails = mails
        self._options = options

    async def send(self, alert: LowStockAlert) -> None:
        await self._mails.send(alert.as_mail(self._options.mail_to))
