"""The names of jobs: how each of them went lately, and one of them over time."""

from starlette.exceptions import HTTPException
from starlette.responses import Response

from dawam.dashboard import charts
from dawam.dashboard.access import Role
from dawam.dashboard.pages.room import Room
from dawam.dashboard.search import written
from dawam.dashboard.spans import SPANS, span_of
from dawam.dashboard.visit import Visit
from dawam.job_search import LOOKED_AT
from dawam.jobs.state import JobState
from dawam.measures.series import Series
from dawam.stores.values import JobFilter, QueueInfo

_SHOWN = 5


async def show(room: Room, visit: Visit) -> Response:
    span = span_of(visit)
    measures = [each for each in await visit.desk.measures.by_name(span.duration) if visit.principal.sees(each.queue)]
    return room.pages.render(visit, "names.html", measures=measures, span=span, spans=SPANS.values())


async def show_name(room: Room, visit: Visit) -> Response:
    """One name in one queue: what it is called elsewhere is another story."""
    name, queue, span = visit.query.get("name", ""), visit.query.get("queue", ""), span_of(visit)
    if not name or not queue or not visit.principal.sees(queue):
        raise HTTPException(404, visit.say("There is no such job name."))
    series = await visit.desk.measures.series(span.duration, name=name, queue=queue)
    chosen = JobFilter(name=name, queue=queue)
    return await _page(room, visit, series, chosen, title=name, has_depth=False)


async def show_queue(room: Room, visit: Visit) -> Response:
    queue, span = visit.query.get("name", ""), span_of(visit)
    if not queue or not visit.principal.sees(queue):
        raise HTTPException(404, visit.say("There is no such queue."))
    series = await visit.desk.measures.series(span.duration, queue=queue)
    known = {each.name: each for each in await visit.desk.inspector.queues(LOOKED_AT)}
    info = known.get(queue, QueueInfo(name=queue))
    return await _page(room, visit, series, JobFilter(queue=queue), title=queue, has_depth=True, info=info)


async def _page(
    room: Room,
    visit: Visit,
    series: Series,
    chosen: JobFilter,
    *,
    title: str,
    has_depth: bool,
    info: QueueInfo | None = None,
) -> Response:
    span = span_of(visit)
    errors = await visit.desk.errors.list(span.duration, name=chosen.name, queue=chosen.queue)
    failed = JobFilter(states=frozenset({JobState.FAILED}), name=chosen.name, queue=chosen.queue)
    return room.pages.render(
        visit,
        "history.html",
        title=title,
        info=info,
        may_enqueue=chosen.name is not None and visit.may(Role.OPERATE),
        more={name: visit.query[name] for name in ("name", "queue") if name in visit.query},
        queue=None if chosen.name is None else chosen.queue,
        span=span,
        spans=SPANS.values(),
        lately=series.total,
        charts=charts.of(series, visit.say, has_depth=has_depth),
        errors=[each for each in errors if visit.principal.sees(each.group.queue)][:_SHOWN],
        q=written(chosen),
        q_failed=written(failed),
    )
