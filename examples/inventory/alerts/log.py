"""Alerts as log lines: what a developer wants."""

from dawam import Logger
from examples.inventory.alerts.sender import AlertSender, LowStockAlert


class LogAlertSender(AlertSender):
    """Sends an alert to nobody but the log."""

    def __init__(self, logger: Logger) -> None:
        self._logger = logger

    async def send(self, alert: LowStockAlert) -> None:
        self._logger.warning("%s", alert.text)
