"""The alert's twin in blocking code: a reminder by mail that somebody asked for. It runs in a thread."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from dawam import BackgroundJob, JobContext, Logger, Priority, Retry, job_args
from examples.inventory.alerts.options import AlertOptions
from examples.inventory.alerts.sender import LowStockAlert
from examples.inventory.mail.sender import EmailSender, MailRefusedError


@job_args("products.low-stock-reminder")
@dataclass(frozen=True, slots=True)
class LowStockReminderArgs:
    """What the job has to know, as it was when it was enqueued."""

    product_id: UUID
    product_name: str
    current_stock: int
    minimum_stock: int


class LowStockReminderJob(BackgroundJob[LowStockReminderArgs]):
    """Mails the alert. A mail server that is busy is usually there again after a second or two."""

    queue = "reminders"
    priority = Priority.HIGH
    retry = Retry(first_wait=timedelta(seconds=1), max_attempts=8, give_up_on=(MailRefusedError,))

    def __init__(self, logger: Logger, context: JobContext, mails: EmailSender, options: AlertOptions) -> None:
        self._logger = logger
        self._context = context
        self._mails = mails
        self._recipient = options.mail_to

    def execute(self, args: LowStockReminderArgs) -> str:
        key = self._context.idempotency_key
        alert = LowStockAlert(key, args.product_id, args.product_name, args.current_stock, args.minimum_stock)
        self._mails.send_blocking(alert.as_mail(self._recipient))
        self._logger.info("reminder of %s mailed to %s", args.product_name, self._recipient)
        return f"mailed to {self._recipient}"
