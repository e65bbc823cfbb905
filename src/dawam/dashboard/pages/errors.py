"""The errors by which jobs failed, grouped; and one of them with its traceback."""

from msgspec.structs import replace
from starlette.exceptions import HTTPException
from starlette.responses import Response

from dawam.dashboard.charts import Chart, Line
from dawam.dashboard.pages.room import Room, back_to
from dawam.dashboard.search import written
from dawam.dashboard.spans import SPANS, span_of
from dawam.dashboard.visit import Form, Visit
from dawam.job_errors import ErrorReport
from dawam.jobs.state import JobState
from dawam.measures.errors import ErrorMark
from dawam.stores.values import JobFilter

MARKS = ("open", *(mark.value for mark in ErrorMark if mark))
_SHOWN = 20


async def show(room: Room, visit: Visit) -> Response:
    span, mark = span_of(visit, "1d"), visit.query.get("mark", "open")
    reports = [each for each in await visit.desk.errors.list(span.duration) if visit.principal.sees(each.group.queue)]
    shown = reports if mark == "all" else [each for each in reports if _is_marked(each, mark)]
    return room.pages.render(
        visit, "errors.html", reports=shown, span=span, spans=SPANS.values(), mark=mark, marks=MARKS
    )


async def show_one(room: Room, visit: Visit) -> Response:
    span = span_of(visit, "1d")
    report = await _report(visit)
    group = report.group
    chosen = JobFilter(fingerprint=group.fingerprint, queue=group.queue if visit.principal.queues is not None else None)
    failed = replace(chosen, states=frozenset({JobState.FAILED}))
    moments = [step.at for step in (await visit.desk.measures.series(span.duration)).steps]
    return room.pages.render(
        visit,
        "error.html",
        report=report,
        group=group,
        span=span,
        spans=SPANS.values(),
        chart=Chart(
            visit.say("How often it was seen"), "count", moments, [Line(visit.say("failed"), "bad", report.steps, True)]
        ),
        jobs=(await visit.desk.search.find(failed, max_result_count=_SHOWN)).jobs,
        q=written(failed),
    )


async def mark(room: Room, visit: Visit) -> Response:
    report, form = await _report(visit), await Form.of(visit.request)
    errors = visit.acting(form.one("reason")).errors
    try:
        await errors.mark(report.group.fingerprint, form.one("mark"))
    except ValueError:
        raise HTTPException(400, f"{form.one('mark')!r}: one of {', '.join(MARKS)} was expected") from None
    return back_to(visit, f"/errors/{report.group.fingerprint}")


async def _report(visit: Visit) -> ErrorReport:
    report = await visit.desk.errors.get(visit.request.path_params["fingerprint"], span_of(visit, "1d").duration)
    if report is None or not visit.principal.sees(report.group.queue):
        raise HTTPException(404, visit.say("There is no such error (any more)."))
    return report


def _is_marked(report: ErrorReport, mark: str) -> bool:
    return report.group.is_open if mark == "open" else not report.group.is_open and report.group.mark.value == mark
