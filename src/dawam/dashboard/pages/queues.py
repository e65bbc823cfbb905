"""The queues: what waits in them and for how long, and whether they are paused."""

from msgspec import Struct
from starlette.exceptions import HTTPException
from starlette.responses import Response

from dawam.dashboard.pages.room import Room, back_to
from dawam.dashboard.spans import SPANS, Span, span_of
from dawam.dashboard.visit import Form, Visit
from dawam.measures.record import Measure, Totals, summed
from dawam.stores.values import QueueInfo


class QueueRow(Struct, frozen=True):
    """One queue, and how it went."""

    info: QueueInfo
    hosts: int
    lately: Totals | None
    due: list[int]
    """The most jobs that were due, step by step."""


async def show(room: Room, visit: Visit) -> Response:
    desk, span = visit.desk, span_of(visit)
    live = [host for host in await desk.inspector.hosts() if host.is_live]
    measures = await desk.measures.by_name(span.duration)
    rows = [
        QueueRow(
            info=queue,
            hosts=sum(queue.name in host.queues for host in live),
            lately=_total([each for each in measures if each.queue == queue.name]),
            due=await _due(visit, queue.name, span),
        )
        for queue in await desk.inspector.queues()
        if visit.principal.sees(queue.name)
    ]
    return room.pages.render(visit, "queues.html", rows=rows, span=span, spans=SPANS.values())


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
        case _:
            raise HTTPException(400, f"{verb!r} cannot be done to a queue: pause or resume was expected")
    return back_to(visit, "/queues")


def _total(measures: list[Measure]) -> Totals | None:
    return summed(measures) if measures else None


async def _due(visit: Visit, queue: str, span: Span) -> list[int]:
    return [step.due for step in (await visit.desk.measures.series(span.duration, queue=queue)).steps]
