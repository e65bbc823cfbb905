"""Is it healthy? What is wrong, what there is, and how it went in the last hour."""

from starlette.responses import Response

from dawam.dashboard import charts
from dawam.dashboard.pages.room import Room
from dawam.dashboard.problem_words import problems_of
from dawam.dashboard.spans import SPANS, span_of
from dawam.dashboard.visit import Visit
from dawam.job_search import LOOKED_AT
from dawam.jobs.state import JobState
from dawam.stores.values import JobFilter

_SHOWN = 5


async def show(room: Room, visit: Visit) -> Response:
    desk, span, sees = visit.desk, span_of(visit), visit.principal.sees
    series = await desk.measures.series(span.duration)
    running = JobFilter(states=frozenset({JobState.RUNNING}))
    workers = [each for each in await desk.workers.list() if each.next_at is not None and not each.is_paused]
    return room.pages.render(
        visit,
        "overview.html",
        problems=await problems_of(visit),
        counts=await desk.inspector.counts(LOOKED_AT),
        counted=LOOKED_AT,
        span=span,
        spans=SPANS.values(),
        charts=charts.of(series, visit.say),
        lately=series.total,
        errors=[each for each in await desk.errors.list(span.duration) if sees(each.group.queue)][:_SHOWN],
        running=[job for job in await desk.inspector.find_jobs(running) if sees(job.queue)][:_SHOWN],
        hosts=[host for host in await desk.inspector.hosts() if host.is_live],
        workers=sorted(workers, key=lambda each: each.next_at or visit.now)[:_SHOWN],
    )
