"""The module of mails."""

from dawam import BackgroundJobsModule, Module, Services
from examples.inventory.mail.options import MailOptions
from examples.inventory.mail.sender import EmailSender, SmtpEmailSender


class MailModule(Module):
    """Offers an `EmailSender`, and a job that uses it."""

    depends_on = (BackgroundJobsModule,)

    def configure_services(self, services: Services) -> None:
        services.discover("examples.inventory.mail.jobs")
        services.options(MailOptions, section="Mail")
        services.add_singleton(EmailSender, SmtpEmailSender)
