"""A new job by hand: a name and args, checked as if code had enqueued it."""

from typing import Any

import msgspec
from starlette.responses import Response

from dawam.dashboard.pages.room import Room, back_to
from dawam.dashboard.visit import Form, Visit
from dawam.dashboard.wishes import WishError, moment_of, priority_of
from dawam.errors import DawamError
from dawam.jobs.outline import ArgOutline, example, outline
from dawam.preparation import EnqueueWords


async def show(room: Room, visit: Visit) -> Response:
    """Empty, or with what a job that is there already has."""
    form = Form({name: [visit.query.get(name, "")] for name in ("name", "args", "queue")})
    if (like := visit.query.get("like")) and (job := await _like(visit, like)) is not None:
        args = room.hiding.of_json(job.args) or ""
        form = Form({"name": [job.name], "queue": [job.queue], "args": [args], "like": [like]})
    elif not form.one("args"):
        form = Form({**form, "args": [_example(_fields(visit, form.one("name")))]})
    return _page(room, visit, form)


async def enqueue(room: Room, visit: Visit) -> Response:
    form = await Form.of(visit.request)
    name = form.one("name")
    try:
        text = form.one("args") or "{}"
        like = await _like(visit, form.one("like"))
        if like is not None and like.name == name:  # a job of another name might show what is hidden
            text = room.hiding.restored(text, like.args).decode()
        args = msgspec.json.decode(text, type=dict[str, Any])
        words = _words(visit, form)
        job_id = await visit.enqueue(name, args, words, form.one("reason"))
    except msgspec.DecodeError as error:
        return _page(room, visit, form, visit.say("This is no JSON:") + f" {error}")
    except PermissionError:
        return _page(room, visit, form, visit.say("You may not do this."))
    except (WishError, DawamError, ValueError) as error:
        return _page(room, visit, form, str(error))
    return back_to(visit, f"/jobs/{job_id}")


def _page(room: Room, visit: Visit, form: Form, complaint: str = "") -> Response:
    return room.pages.render(
        visit,
        "enqueue.html",
        status=400 if complaint else 200,
        form=form,
        fields=_fields(visit, form.one("name")),
        complaint=complaint,
        names=sorted(visit.parts.registry.known()),
        queues=sorted(visit.parts.registry.queues),
    )


def _fields(visit: Visit, name: str) -> tuple[ArgOutline, ...]:
    """Those of the args of a job, as its code says; none where that is not known here."""
    definition = visit.parts.registry.find(name)
    return () if definition is None else outline(definition.args_type)


def _example(fields: tuple[ArgOutline, ...]) -> str:
    """Something to begin with."""
    found = example(fields)
    return msgspec.json.format(msgspec.json.encode(found), indent=2).decode() if found else "{}"


def _words(visit: Visit, form: Form) -> EnqueueWords:
    words = EnqueueWords()
    if queue := form.one("queue"):
        words["queue"] = queue
    if priority := form.one("priority"):
        words["priority"] = priority_of(priority)
    if when := form.one("when"):
        words["run_at"] = moment_of(when, visit.now)
    return words


async def _like(visit: Visit, job_id: str) -> Any:
    try:
        job = await visit.desk.inspector.get_job(job_id)
    except ValueError:
        return None
    return job if job is not None and visit.principal.sees(job.queue) else None
