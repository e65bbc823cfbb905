"""What programs do, with the rights and the record that people have."""

from typing import Any

import msgspec
from starlette.exceptions import HTTPException

from dawam.action_log import ActionLog, Actor
from dawam.dashboard import search
from dawam.dashboard.access import Role
from dawam.dashboard.api.bodies import (
    BulkAnswer,
    BulkBody,
    ChangeBody,
    Done,
    Enqueued,
    NewJobBody,
    VerbBody,
)
from dawam.dashboard.api.reading import job_of
from dawam.dashboard.pages.jobs import permitted
from dawam.dashboard.pages.room import Room
from dawam.dashboard.visit import Visit
from dawam.dashboard.wishes import Wish, may, priority_of, wish_from
from dawam.preparation import EnqueueWords
from dawam.stores.values import EditedArgs

VIA = "api"
_WORKER_VERBS = ("pause", "resume", "trigger", "restore_schedule")


async def enqueue(room: Room, visit: Visit, body: NewJobBody) -> Enqueued:
    """Enqueues a job, checked as if code had done it."""
    words = EnqueueWords()
    if body.queue is not None:
        if not visit.principal.sees(body.queue):
            raise HTTPException(403, "this queue is not yours")
        words["queue"] = body.queue
    if body.priority is not None:
        words["priority"] = priority_of(body.priority)
    if body.run_at is not None:
        words["run_at"] = body.run_at
    if body.delay is not None:
        words["delay"] = body.delay
    log = ActionLog(visit.parts.store, visit.parts.store.clock, _actor(visit, body.reason))
    async with log.noting("enqueue", body.name) as note:
        job = await visit.parts.manager.enqueue(body.name, body.args, **words)
        note.outcome = f"job {job.id}"
    return Enqueued(job.id)


async def change(room: Room, visit: Visit, body: ChangeBody) -> Done:
    """Changes one job."""
    job = await job_of(visit)
    control = visit.desk.control.by(visit.principal.name, via=VIA, reason=body.reason)
    if body.verb == "retry" and body.args is not None:
        definition = visit.parts.registry.find(job.name)
        args = room.hiding.restored(msgspec.json.encode(body.args).decode(), job.args)
        version = job.args_version
        if definition is not None:
            definition.codec.decode(args)
            version = definition.args_version
        return Done(await control.retry(job.id, EditedArgs(args, version)))
    wish = _allowed(visit, wish_from(body.verb, body.value, body.reason, visit.now))
    return Done(await wish.fulfil(control, job.id))


async def change_all(room: Room, visit: Visit, body: BulkBody) -> BulkAnswer:
    """Changes all jobs that a search means, in the background."""
    wish = _allowed(visit, wish_from(body.verb, body.value, body.reason, visit.now))
    chosen = wish.narrowed(permitted(room, visit, search.read(body.q, visit.now).chosen))
    count = await visit.desk.inspector.count(chosen)
    if body.dry_run:
        return BulkAnswer(count, is_begun=False)
    control = visit.desk.control.by(visit.principal.name, via=VIA, reason=body.reason)
    await room.operations.begin(wish.fulfil_all(control, chosen, count))
    return BulkAnswer(count, is_begun=True)


async def change_queue(room: Room, visit: Visit, body: VerbBody) -> Done:
    """Pauses or resumes a queue."""
    queue = visit.request.path_params["name"]
    if not visit.principal.sees(queue):
        raise HTTPException(404, "there is no such queue")
    control = visit.desk.control.by(visit.principal.name, via=VIA, reason=body.reason)
    match body.verb:
        case "pause":
            await control.pause_queue(queue)
        case "resume":
            await control.resume_queue(queue)
        case _:
            raise ValueError(f"verb {body.verb!r}: pause or resume was expected")
    return Done(done=True)


async def change_worker(room: Room, visit: Visit, body: VerbBody) -> Done:
    """Pauses, resumes or triggers a worker, or gives it back the schedule of its code."""
    if body.verb not in _WORKER_VERBS:
        raise ValueError(f"verb {body.verb!r}: one of {', '.join(_WORKER_VERBS)} was expected")
    control: Any = visit.desk.workers.by(visit.principal.name, via=VIA, reason=body.reason)
    return Done(await getattr(control, body.verb)(visit.request.path_params["name"]))


async def mark_error(room: Room, visit: Visit, body: VerbBody) -> Done:
    """Marks an error: resolved, ignored or open."""
    fingerprint = visit.request.path_params["fingerprint"]
    group = await visit.parts.store.error_group(fingerprint)
    if group is None or not visit.principal.sees(group.queue):
        raise HTTPException(404, "there is no such error (any more)")
    errors = visit.desk.errors.by(visit.principal.name, via=VIA, reason=body.reason)
    return Done(await errors.mark(fingerprint, body.verb))


async def stop_action(room: Room, visit: Visit) -> Done:
    """Asks to leave the rest of what is done to many jobs as it is."""
    actions = visit.desk.actions.by(visit.principal.name, via=VIA)
    return Done(await actions.stop(visit.request.path_params["id"]))


def _allowed(visit: Visit, wish: Wish) -> Wish:
    if not may(visit, wish):
        role = Role.ADMIN if wish.verb == "delete" else Role.OPERATE
        raise HTTPException(403, f"you may not do this: it needs the role {role.name.lower()}")
    return wish


def _actor(visit: Visit, reason: str) -> Actor:
    return Actor(by=visit.principal.name, via=VIA, reason=reason)
