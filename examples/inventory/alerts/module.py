"""The module of alerts: the settings decide which sender the jobs are given."""

from dawam import Module, Services
from examples.inventory.alerts.log import LogAlertSender
from examples.inventory.alerts.mail import MailAlertSender
from examples.inventory.alerts.notification import NotificationAlertSender
from examples.inventory.alerts.options import AlertOptions
from examples.inventory.alerts.sender import AlertSender
from examples.inventory.database import DatabaseModule
from examples.inventory.mail.module import MailModule


def alert_sender(
    options: AlertOptions, log: LogAlertSender, mail: MailAlertSender, notification: NotificationAlertSender
) -> AlertSender:
    """The sender that `Alerts.Sender` names."""
    match options.sender:
        case "Log":
            return log
        case "Mail":
            return mail
        case "Notification":
            return notification


class AlertsModule(Module):
    """Offers an `AlertSender`."""

    depends_on = (DatabaseModule, MailModule)

    def configure_services(self, services: Services) -> None:
        services.options(AlertOptions, section="Alerts")
        services.add_singleton(LogAlertSender)
        services.add_singleton(MailAlertSender)
        services.add_singleton(NotificationAlertSender)
        services.provide(alert_sender, scope="singleton")
