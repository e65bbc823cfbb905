"""The queues: what waits in them and for how long, and whether they are paused."""

from urllib.parse import urlencode

from msgspec import Struct
from starlette.exceptions import HTTPException
from starlette.responses import Response

from dawam.control import MOST_AT_ONCE
from dawam.dashboard.pages.room import Room, back_to
from dawam.dashboard.spans import SPANS, span_of
from dawam.dashboard.visit import Form, Visit
from dawam.job_search import LOOKED_AT
from dawam.measures.series import Series
from dawam.stores.values import QueueInfo


class QueueRow(Struct, frozen=True):
    """One queue, and how it went."""

    info: QueueInfo
    hosts: int
    lately: Series | None
    """How it went, step by step; None where nothing was measured."""


async def show(room: Room, visit: Visit) -> Response:
    desk, span = visit.desk, span_of(visit)
    live = [host for host in await desk.inspector.hosts() if host.is_live]
    measures = await desk.measures.by_queue(span.duration)
    rows = [
        QueueRow(
            info=queue,
            hosts=sum(queue.name in host.queues for host in live),
            lately=measures.get(queue.name),
        )
        for queue in await desk.inspector.queues(LOOKED_AT)
        if visit.principal.sees(queue.name)
    ]
    return room.pages.render(visit, "queues.html", rows=rows, counted=LOOKED_AT, span=span, spans=SPANS.values())


async def change(room: Room, visit: Visit) -> Response:
    form = await Form.of(visit.request)
    queue, verb = form.one("queue"), form.one("verb")
    if not queue or not visit.principal.sees(queue):
        raise HTTPException(404, visit.say("There is no such queue."))
    control = visit.acting(form.one("reason")).control
    match verb:
        case "pause":
            await control.pause_queue(queue)
        case "resume":
            await control.resume_queue(queue)
        case "limit":
            await control.limit_queue(queue, _limit(form.one("limit")))
        case _:
            raise HTTPException(400, f"{verb!r} cannot be done to a queue: pause, resume or limit was expected")
    if form.one("page") == "queue":  # that of this queue, from which it was asked for
        return back_to(visit, f"/queue?{urlencode({'name': queue})}")
    return back_to(visit, "/queues")


def _limit(text: str) -> int | None:
    if not text:
        return None
    limit = int(text) if text.isdecimal() and len(text) <= len(str(MOST_AT_ONCE)) else 0
    if not 1 <= limit <= MOST_AT_ONCE:
        raise HTTPException(400, f"limit {text!r}: a whole number from 1 to {MOST_AT_ONCE:,} was expected, or nothing")
    return limit
