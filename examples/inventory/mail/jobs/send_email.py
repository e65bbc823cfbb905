"""The guide's use case: a mail, sent outside of the request, once."""

from dataclasses import dataclass
from datetime import timedelta

from dawam import AsyncBackgroundJob, JobContext, Logger, Retry, job_args
from examples.inventory.mail.message import Mail, check_mail
from examples.inventory.mail.sender import EmailSender, MailRefusedError


@job_args("mail.send-email")
@dataclass(frozen=True, slots=True)
class SendEmailArgs:
    """A mail. Raises `ValueError` for an address or a subject that is none, before anything is enqueued."""

    to: str
    subject: str
    body: str

    def __post_init__(self) -> None:
        check_mail(self.to, self.subject)


class SendEmailJob(AsyncBackgroundJob[SendEmailArgs]):
    """Sends it. A server that is away is tried again, sooner at first; one that says never is believed."""

    queue = "mail"
    retry = Retry(first_wait=timedelta(seconds=1), give_up_on=(MailRefusedError,))

    def __init__(self, logger: Logger, context: JobContext, sender: EmailSender) -> None:
        self._logger = logger
        self._context = context
        self._sender = sender

    async def execute(self, args: SendEmailArgs) -> str:
        # every attempt has the same key and so the same message id: should a process die between the server's "250"
        # and the settlement, the mail comes twice and is recognised as one
        await self._sender.send(Mail(self._context.idempotency_key, args.to, args.subject, args.body))
        self._logger.info("mail for %s was taken by the server: %s", args.to, args.subject)
        return f"mailed to {args.to}"
