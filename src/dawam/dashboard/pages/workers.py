"""Workers and recurring jobs: when they tick next, how the last ticks went, and what can be done to them."""

from datetime import datetime
from typing import Literal, cast

from msgspec import Struct
from starlette.exceptions import HTTPException
from starlette.responses import Response

from dawam.dashboard.access import Role
from dawam.dashboard.pages.room import Room, back_to
from dawam.dashboard.visit import Form, Visit
from dawam.errors import RegistrationError
from dawam.settings.durations import parse_duration
from dawam.workers.record import TickRecord, WorkerInfo
from dawam.workers.schedules.schedule import Schedule
from dawam.workers.schedules.stored import from_text

_NEXT = 5
_HISTORY = 50
_LATELY = 20
_ROLES = {"remove": Role.ADMIN}
_Language = Literal["en", "ar"]


class WorkerRow(Struct, frozen=True):
    """One worker for the page."""

    info: WorkerInfo
    schedule: str
    """As it is written."""
    in_words: str
    next_moments: list[datetime]


async def show(room: Room, visit: Visit) -> Response:
    rows = [_row(visit, each, 1) for each in await visit.desk.workers.list()]
    histories = {
        row.info.name: await visit.desk.workers.history(row.info.name, max_result_count=_LATELY) for row in rows
    }
    return room.pages.render(visit, "workers.html", rows=rows, histories=histories)


async def show_one(room: Room, visit: Visit) -> Response:
    name = visit.query.get("name", "")
    rows = [_row(visit, each, _NEXT) for each in await _worker(visit, name)]
    history: tuple[TickRecord, ...] = await visit.desk.workers.history(name, max_result_count=_HISTORY)
    return room.pages.render(visit, "worker.html", name=name, rows=rows, first=rows[0], history=history)


async def change(room: Room, visit: Visit) -> Response:
    form = await Form.of(visit.request)
    name, verb = form.one("name"), form.one("verb")
    await _worker(visit, name)
    if not visit.may(_ROLES.get(verb, Role.OPERATE)) or visit.principal.queues is not None:
        raise HTTPException(403, visit.say("You may not do this."))
    control = visit.acting(form.one("reason")).workers
    match verb:
        case "pause" | "resume" | "trigger" | "remove" | "restore_schedule":
            await getattr(control, verb)(name)
        case "reschedule":
            await _reschedule(visit, name, form)
        case _:
            raise HTTPException(400, f"{verb!r} cannot be done to a worker")
    if verb == "remove":
        return back_to(visit, "/workers")
    return back_to(visit, f"/worker?{form.one('back')}" if form.one("back") else "/workers")


async def _reschedule(visit: Visit, name: str, form: Form) -> None:
    control, every, cron = visit.acting(form.one("reason")).workers, form.one("every"), form.one("cron")
    try:
        if every and not cron:
            await control.reschedule(name, every=parse_duration(every))
        elif cron and not every:
            await control.reschedule(name, cron=cron, time_zone=form.one("time_zone") or None)
        else:
            raise HTTPException(400, visit.say("Either a period or a cron expression was expected."))
    except (ValueError, RegistrationError) as error:
        raise HTTPException(400, str(error)) from None


async def _worker(visit: Visit, name: str) -> tuple[WorkerInfo, ...]:
    found = await visit.desk.workers.get(name)
    if not found:
        raise HTTPException(404, visit.say("There is no such worker (any more)."))
    return found


def _row(visit: Visit, info: WorkerInfo, count: int) -> WorkerRow:
    try:
        schedule = from_text(info.schedule)
        in_words = schedule.explain(cast("_Language", visit.language.code))
    except Exception:  # noqa: BLE001  (newer code may have written it)
        return WorkerRow(info, info.schedule, "", [])
    return WorkerRow(info, str(schedule), in_words, _next(schedule, info, visit.now, count))


def _next(schedule: Schedule, info: WorkerInfo, now: datetime, count: int) -> list[datetime]:
    """The next moments of the plan; of a period, counted from the plan as if each tick took no time."""
    if info.is_paused or info.next_at is None:
        return []
    found = [info.next_at]
    while len(found) < count and (following := schedule.next_after(max(found[-1], now))) is not None:
        found.append(following)
    return found
