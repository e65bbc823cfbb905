"""POST /emails: a mail is enqueued, and the request answered at once."""

from typing import Self

from fastapi import APIRouter
from pydantic import BaseModel, Field, model_validator

from dawam.integrations.fastapi import Jobs
from examples.inventory.mail.jobs.send_email import SendEmailArgs, SendEmailJob
from examples.inventory.mail.message import check_mail

router = APIRouter()


class NewEmail(BaseModel):
    """Whom to write, and what."""

    to: str
    subject: str
    body: str = Field(max_length=50_000)

    @model_validator(mode="after")
    def check(self) -> Self:
        check_mail(self.to, self.subject)
        return self


@router.post("/emails", status_code=202)
async def send_email(body: NewEmail, jobs: Jobs) -> dict[str, str]:
    """Enqueues a mail; GET /jobs/{job} says what became of it."""
    return {"job": str(await jobs.enqueue(SendEmailJob, SendEmailArgs(body.to, body.subject, body.body)))}
