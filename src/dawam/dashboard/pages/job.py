"""One job with its whole story, and what can be done to it."""

from msgspec import Struct
from starlette.exceptions import HTTPException
from starlette.responses import Response

from dawam.control import JobControl
from dawam.dashboard.pages.room import Room, back_to, edited
from dawam.dashboard.visit import Form, Visit
from dawam.dashboard.wishes import Wish, WishError, may, wish_of
from dawam.errors import ArgsUnreadableError
from dawam.jobs.record import JobInfo


class Progress(Struct, frozen=True):
    """How far a job says that it is."""

    fraction: float
    note: str


async def show(room: Room, visit: Visit) -> Response:
    job = await _job(visit)
    return room.pages.render(
        visit,
        "job.html",
        job=job,
        attempts=list(reversed(await visit.desk.inspector.history(job.id))),
        logs=list(reversed(await visit.desk.inspector.logs(job.id))),
        args=room.hiding.of_json(job.args),
        result=room.hiding.of_json(job.result),
        headers=room.hiding.of_headers(job.headers),
        progress=_progress(job),
        is_known=visit.parts.registry.find(job.name) is not None,
        queues=sorted(visit.parts.registry.queues),
    )


async def change(room: Room, visit: Visit) -> Response:
    job, form = await _job(visit), await Form.of(visit.request)
    verb, control = form.one("verb"), visit.acting(form.one("reason")).control
    try:
        if verb == "edit":
            done = await control.retry(job.id, edited(room, visit, job, form.one("args")))
        else:
            done = await _fulfilled(visit, control, wish_of(form, visit.now), job)
    except (WishError, ValueError, ArgsUnreadableError) as error:
        raise HTTPException(400, str(error)) from None
    if not done:
        raise HTTPException(409, visit.say("The job is in no state for that any more: look at it again."))
    return back_to(visit, "/jobs" if verb == "delete" else f"/jobs/{job.id}")


async def _fulfilled(visit: Visit, control: JobControl, wish: Wish, job: JobInfo) -> bool:
    if not may(visit, wish):
        raise HTTPException(403, visit.say("You may not do this."))
    return await wish.fulfil(control, job.id)


async def _job(visit: Visit) -> JobInfo:
    try:
        job = await visit.desk.inspector.get_job(visit.request.path_params["id"])
    except ValueError:
        job = None
    if job is None or not visit.principal.sees(job.queue):
        raise HTTPException(404, visit.say("There is no such job (any more)."))
    return job


def _progress(job: JobInfo) -> Progress | None:
    fraction, _, note = (job.progress or "").partition(" ")
    try:
        return Progress(float(fraction), note)
    except ValueError:
        return None
