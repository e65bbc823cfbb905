"""What programs read."""

from typing import Any

import msgspec
from starlette.exceptions import HTTPException

from dawam.dashboard import search
from dawam.dashboard.api.bodies import (
    ActionBody,
    AttemptBody,
    ErrorBody,
    HostBody,
    JobBody,
    JobPage,
    LogBody,
    LogLineBody,
    Overview,
    ProblemBody,
    QueueBody,
    WholeJob,
    WorkerBody,
)
from dawam.dashboard.pages.audit import is_theirs
from dawam.dashboard.pages.jobs import looked, permitted
from dawam.dashboard.pages.room import Room
from dawam.dashboard.problem_words import problems_of
from dawam.dashboard.spans import span_of
from dawam.dashboard.visit import Visit
from dawam.job_search import LOOKED_AT
from dawam.jobs.log import AttemptLog
from dawam.jobs.priority import priority_word
from dawam.jobs.record import JobInfo

PAGE, MOST = 50, 1_000


async def overview(room: Room, visit: Visit) -> Overview:
    """What is wrong, and how many jobs are in each state."""
    counts = await visit.desk.inspector.counts(LOOKED_AT)
    told = [ProblemBody(each.severity, each.text, each.cure) for each in await problems_of(visit)]
    return Overview(told, counts, LOOKED_AT)


async def jobs(room: Room, visit: Visit) -> JobPage:
    """The jobs that a search means, page by page: waiting ones, then running ones, then finished ones, newest first."""
    wanted = search.read(visit.query.get("q", ""), visit.now)
    limit, inspector = _limit(visit), visit.desk.inspector
    if wanted.id_part is not None:
        found = [await inspector.get_job(each) for each in await inspector.find_ids(wanted.id_part)]
        return JobPage([_job(job) for job in found if job is not None and visit.principal.sees(job.queue)], None)
    chosen = permitted(room, visit, wanted.chosen)
    look = await looked(visit, chosen, limit)
    return JobPage([_job(job) for job in look.jobs], look.bookmark.to_text() if look.bookmark else None)


async def job(room: Room, visit: Visit) -> WholeJob:
    """One job with its whole story."""
    found = await job_of(visit)
    inspector = visit.desk.inspector
    return WholeJob(
        job=_job(found),
        args=_json(room.hiding.of_json(found.args)),
        result=_json(room.hiding.of_json(found.result)),
        headers=room.hiding.of_headers(found.headers),
        attempts=[_like(AttemptBody, each) for each in await inspector.history(found.id)],
        logs=[_log(each) for each in await inspector.logs(found.id)],
    )


async def errors(room: Room, visit: Visit) -> list[ErrorBody]:
    """The errors that were seen lately, the most frequent first."""
    reports = await visit.desk.errors.list(span_of(visit, "1d").duration)
    return [
        ErrorBody(
            **{name: getattr(each.group, name) for name in ErrorBody.__struct_fields__ if name != "count"},
            count=each.count,
        )
        for each in reports
        if visit.principal.sees(each.group.queue)
    ]


async def queues(room: Room, visit: Visit) -> list[QueueBody]:
    """Every queue. Of due jobs no more than 10,000 are counted in each, and of others in all: so many, or more."""
    found = await visit.desk.inspector.queues(LOOKED_AT)
    return [_like(QueueBody, each) for each in found if visit.principal.sees(each.name)]


async def hosts(room: Room, visit: Visit) -> list[HostBody]:
    """The processes that run jobs."""
    return [_like(HostBody, each) for each in await visit.desk.inspector.hosts()]


async def workers(room: Room, visit: Visit) -> list[WorkerBody]:
    """Workers and recurring jobs."""
    return [_like(WorkerBody, each) for each in await visit.desk.workers.list()]


async def actions(room: Room, visit: Visit) -> list[ActionBody]:
    """What people did, newest first."""
    found = await visit.desk.actions.list(max_result_count=_limit(visit), after=visit.query.get("after") or None)
    return [
        ActionBody(
            **{name: getattr(each, name) for name in ActionBody.__struct_fields__ if name != "q"},
            q=None if each.chosen is None else search.written(each.chosen),
        )
        for each in found
        if is_theirs(visit, each)
    ]


async def job_of(visit: Visit) -> JobInfo:
    """The job of the address; 404 where there is none that whoever asks may see."""
    try:
        found = await visit.desk.inspector.get_job(visit.request.path_params["id"])
    except ValueError:
        found = None
    if found is None or not visit.principal.sees(found.queue):
        raise HTTPException(404, "there is no such job (any more)")
    return found


def _job(job: JobInfo) -> JobBody:
    priority, state = priority_word(job.priority), str(job.stored_state)
    body: JobBody = _like(JobBody, job, priority=priority, stored_state=state)
    return body


def _log(log: AttemptLog) -> LogBody:
    body: LogBody = _like(LogBody, log, lines=[_like(LogLineBody, line) for line in log.lines])
    return body


def _like(kind: Any, value: object, **said: Any) -> Any:
    """The fields of `kind`, as the value has them."""
    return kind(**{name: getattr(value, name) for name in kind.__struct_fields__ if name not in said}, **said)


def _json(text: str | None) -> Any:
    if text is None:
        return None
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text


def _limit(visit: Visit) -> int:
    text = visit.query.get("limit", str(PAGE))
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= MOST):
        raise ValueError(f"limit={text}: a number from 1 to {MOST:,} was expected")
    return int(text)
