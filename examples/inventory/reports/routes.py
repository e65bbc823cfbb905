"""POST /reports asks for a report, GET /reports/{id} says how far it is, and below that are its files."""

from typing import Annotated, Literal, Self
from uuid import UUID

from fastapi import APIRouter, Depends, HTTPException
from fastapi.responses import FileResponse
from pydantic import BaseModel, model_validator

from dawam.integrations.fastapi import from_scope
from examples.inventory.mail.message import check_mail
from examples.inventory.reports.service import ReportService, ReportStatus, UnknownReportError
from examples.inventory.reports.shelf import ReportShelf
from examples.inventory.reports.words import WORDS, Language

router = APIRouter()
Reports = Annotated[ReportService, Depends(from_scope(ReportService))]


class NewReport(BaseModel):
    """In which language, and who is to be told when it is ready."""

    language: Language = "en"
    recipient: str | None = None

    @model_validator(mode="after")
    def check(self) -> Self:
        if self.recipient is not None:
            check_mail(self.recipient, WORDS[self.language].ready_subject)
        return self


@router.post("/reports", status_code=202)
async def request_report(body: NewReport, reports: Reports) -> dict[str, str]:
    """Answers at once; a host makes the report."""
    report = await reports.request(body.language, body.recipient)
    return {"report": str(report.id), "job": str(report.job_id)}


@router.get("/reports/{report_id}")
async def report_status(report_id: UUID, reports: Reports) -> ReportStatus:
    """How far it is, and which files are there."""
    try:
        return await reports.status(report_id)
    except UnknownReportError as error:
        raise HTTPException(404, str(error)) from error


@router.get("/reports/{report_id}/{name}")
async def report_file(
    report_id: UUID,
    name: Literal["report.pdf", "report.xlsx"],
    shelf: Annotated[ReportShelf, Depends(from_scope(ReportShelf))],
) -> FileResponse:
    """A file that is ready."""
    if name not in shelf.made(report_id):
        raise HTTPException(404, f"{name} of report {report_id} is not there (yet): see GET /reports/{report_id}")
    return FileResponse(shelf.file(report_id, name), filename=name)
