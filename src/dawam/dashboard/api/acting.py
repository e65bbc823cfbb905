"""What programs do, with the rights and the record that people have."""

from typing import Any

import msgspec
from msgspec import UNSET
from starlette.exceptions import HTTPException

from dawam.dashboard import search
from dawam.dashboard.access import Role
from dawam.dashboard.api.bodies import (
    QUEUE_VERBS,
    WORKER_VERBS,
    BulkAnswer,
    BulkBody,
    ChangeBody,
    Done,
    Enqueued,
    HostVerbBody,
    MarkBody,
    NewJobBody,
    QueueVerbBody,
    WorkerVerbBody,
)
from dawam.dashboard.api.reading import job_of
from dawam.dashboard.pages.audit import is_theirs
from dawam.dashboard.pages.errors import MARKS
from dawam.dashboard.pages.hosts import VERBS as HOST_VERBS
from dawam.dashboard.pages.hosts import may_command
from dawam.dashboard.pages.jobs import COUNTING, permitted
from dawam.dashboard.pages.room import Room, edited
from dawam.dashboard.visit import Visit
from dawam.dashboard.wishes import Wish, may, priority_of, wish_from
from dawam.preparation import EnqueueWords


async def enqueue(room: Room, visit: Visit, body: NewJobBody) -> Enqueued:
    """Enqueues a job, checked as if code had done it."""
    words = EnqueueWords()
    if body.queue is not None:
        words["queue"] = body.queue
    if body.priority is not None:
        words["priority"] = priority_of(body.priority)
    if body.run_at is not None:
        words["run_at"] = body.run_at
    if body.delay is not None:
        words["delay"] = body.delay
    try:
        return Enqueued(await visit.enqueue(body.name, body.args, words, body.reason))
    except PermissionError as error:
        raise HTTPException(403, f"the queue {error} is not yours") from None


async def change(room: Room, visit: Visit, body: ChangeBody) -> Done:
    """Changes one job."""
    job = await job_of(visit)
    control = visit.acting(body.reason).control
    if body.verb == "retry" and body.args is not None:
        text = msgspec.json.encode(body.args).decode()
        return Done(await control.retry(job.id, edited(room, visit, job, text)))
    wish = _allowed(visit, wish_from(body.verb, body.value, body.reason, visit.now))
    return Done(await wish.fulfil(control, job.id))


async def change_all(room: Room, visit: Visit, body: BulkBody) -> BulkAnswer:
    """Changes all jobs that a search means, in the background."""
    wish = _allowed(visit, wish_from(body.verb, body.value, body.reason, visit.now))
    chosen = wish.narrowed(permitted(room, visit, search.read(body.q, visit.now).chosen))
    count = await visit.desk.search.count(chosen, COUNTING)
    if not body.dry_run:
        total = count.count if count.is_whole else None
        await room.operations.begin(wish.fulfil_all(visit.acting(body.reason).control, chosen, total))
    return BulkAnswer(count.count, is_count_whole=count.is_whole, is_begun=not body.dry_run)


async def change_queue(room: Room, visit: Visit, body: QueueVerbBody) -> Done:
    """Pauses, resumes or limits a queue."""
    queue = visit.request.path_params["name"]
    if not visit.principal.sees(queue):
        raise HTTPException(404, "there is no such queue")
    control = visit.acting(body.reason).control
    if (body.verb == "limit") == (body.limit is UNSET):
        raise ValueError("limit: a number, or null to lift it, was expected with the verb 'limit', and only there")
    match body.verb:
        case "pause":
            await control.pause_queue(queue)
        case "resume":
            await control.resume_queue(queue)
        case "limit":
            await control.limit_queue(queue, None if body.limit is UNSET else body.limit)
        case _:
            raise ValueError(f"verb {body.verb!r}: one of {', '.join(QUEUE_VERBS)} was expected")
    return Done(done=True)


async def command_host(room: Room, visit: Visit, body: HostVerbBody) -> Done:
    """Makes a host quiet, lets it go on, or stops it."""
    if body.verb not in HOST_VERBS:
        raise ValueError(f"verb {body.verb!r}: one of {', '.join(HOST_VERBS)} was expected")
    if not may_command(visit):
        raise HTTPException(403, "you may not do this")
    return Done(await HOST_VERBS[body.verb](visit.acting(body.reason).hosts, visit.request.path_params["id"]))


async def change_worker(room: Room, visit: Visit, body: WorkerVerbBody) -> Done:
    """Pauses, resumes or triggers a worker, or gives it back the schedule of its code."""
    if body.verb not in WORKER_VERBS:
        raise ValueError(f"verb {body.verb!r}: one of {', '.join(WORKER_VERBS)} was expected")
    if visit.principal.queues is not None:
        raise HTTPException(403, "you may not do this: workers belong to no queue of yours")
    control: Any = visit.acting(body.reason).workers
    return Done(await getattr(control, body.verb)(visit.request.path_params["name"]))


async def mark_error(room: Room, visit: Visit, body: MarkBody) -> Done:
    """Marks an error: resolved, ignored or open."""
    if body.verb not in MARKS:
        raise ValueError(f"verb {body.verb!r}: one of {', '.join(MARKS)} was expected")
    fingerprint = visit.request.path_params["fingerprint"]
    group = await visit.parts.store.error_group(fingerprint)
    if group is None or not visit.principal.sees(group.queue):
        raise HTTPException(404, "there is no such error (any more)")
    errors = visit.acting(body.reason).errors
    return Done(await errors.mark(fingerprint, body.verb))


async def stop_action(room: Room, visit: Visit) -> Done:
    """Asks to leave the rest of what is done to many jobs as it is."""
    action = await visit.desk.actions.get(visit.request.path_params["id"])
    if action is None or not is_theirs(visit, action):
        return Done(done=False)
    return Done(await visit.acting().actions.stop(action.id))


def _allowed(visit: Visit, wish: Wish) -> Wish:
    if not may(visit, wish):
        role = Role.ADMIN if wish.verb == "delete" else Role.OPERATE
        raise HTTPException(403, f"you may not do this: it needs the role {role.name.lower()}")
    return wish
