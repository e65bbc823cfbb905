"""The list of jobs, and what is done to several of them."""

from datetime import timedelta
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from dawam.dashboard import search
from dawam.dashboard.pages.room import Room, back_to
from dawam.dashboard.visit import Form, Visit
from dawam.dashboard.wishes import Wish, WishError, may, wish_of
from dawam.job_search import LOOKED_AT
from dawam.jobs.record import JobInfo
from dawam.jobs.state import JobState
from dawam.stores.looks import Bookmark, JobLook
from dawam.stores.values import JobFilter

_PAGE = 50
_FOUND = 20
_SAMPLE = 5
COUNTING = timedelta(milliseconds=100)
"""For which jobs are counted before somebody is asked whether all of them are meant."""


async def show(room: Room, visit: Visit) -> Response:
    q = visit.query.get("q", "")
    look, complaint, chosen = JobLook([]), "", JobFilter()
    try:
        wanted = search.read(q, visit.now)
        chosen = permitted(room, visit, wanted.chosen)
        if wanted.id_part is not None:
            ids = await visit.desk.inspector.find_ids(wanted.id_part, max_result_count=_FOUND)
            look = JobLook(await _of_ids(visit, ids))
            if len(look.jobs) == 1:
                return RedirectResponse(f"{visit.prefix}/jobs/{look.jobs[0].id}", 303)
        else:
            look = await looked(visit, chosen, _PAGE)
    except ValueError as error:  # a `SearchError`, or a part of an id that is none
        complaint = str(error)
    return room.pages.render(
        visit,
        "jobs.html",
        q=q,
        complaint=complaint,
        jobs=look.jobs,
        next_after=look.bookmark.to_text() if look.bookmark else None,
        is_full=len(look.jobs) == _PAGE,
        is_first="after" not in visit.query,
        tabs=await _tabs(visit, chosen),
        counted=LOOKED_AT,
        names=sorted(visit.parts.registry.known()),
        queues=sorted(visit.parts.registry.queues),
        keys=search.KEYS,
    )


async def looked(visit: Visit, chosen: JobFilter, limit: int) -> JobLook:
    """A page of the list, from where `after` says: a bookmark, or an id. `ValueError` where that is no place in it."""
    after = visit.query.get("after")
    return await visit.desk.search.find(chosen, max_result_count=limit, after=_place(after) if after else None)


def _place(text: str) -> Bookmark | UUID:
    try:
        return UUID(text)
    except ValueError:
        return Bookmark.of_text(text)


class Tab(Struct, frozen=True):
    """The same search, for jobs in one state, or in all."""

    state: str
    q: str
    count: int
    is_here: bool


async def _tabs(visit: Visit, chosen: JobFilter) -> list[Tab]:
    counts, found = await visit.desk.inspector.counts(LOOKED_AT), list[Tab]()
    for state in (None, *JobState):
        states = frozenset[JobState]() if state is None else frozenset({state})
        q, count = search.written(replace(chosen, states=states)), 0 if state is None else getattr(counts, state.value)
        found.append(Tab("" if state is None else state.value, q, count, states == chosen.states))
    return found


async def change(room: Room, visit: Visit) -> Response:
    """What is wished for the jobs that were marked, or for all that are found."""
    form = await Form.of(visit.request)
    try:
        wish = wish_of(form, visit.now)
    except WishError as error:
        raise HTTPException(400, str(error)) from None
    if not may(visit, wish):
        raise HTTPException(403, visit.say("You may not do this."))
    back = f"/jobs?{visit.request.url.query}" if visit.request.url.query else "/jobs"
    if form.one("scope") == "all":
        return await _all(room, visit, form, wish)
    jobs = await _of_ids(visit, [_id(text) for text in form.get("id", [])])
    control = visit.acting(form.one("reason")).control
    for job in jobs:
        await wish.fulfil(control, job.id)
    return back_to(visit, back)


async def _all(room: Room, visit: Visit, form: Form, wish: Wish) -> Response:
    """First says how many are meant; goes on in the background when that is confirmed."""
    try:
        chosen = wish.narrowed(permitted(room, visit, search.read(form.one("q"), visit.now).chosen))
    except ValueError as error:
        raise HTTPException(400, str(error)) from None
    count = await visit.desk.search.count(chosen, COUNTING)
    if form.one("confirmed") != "yes":
        sample = (await visit.desk.search.find(chosen, max_result_count=_SAMPLE)).jobs
        q = search.written(chosen)
        return room.pages.render(visit, "confirm.html", wish=wish, q=q, count=count, sample=sample, form=form)
    total = count.count if count.is_whole else None
    await room.operations.begin(wish.fulfil_all(visit.acting(form.one("reason")).control, chosen, total))
    return back_to(visit, "/audit")


async def _of_ids(visit: Visit, ids: list[UUID]) -> list[JobInfo]:
    found = [await visit.desk.inspector.get_job(job_id) for job_id in ids]
    return [job for job in found if job is not None and visit.principal.sees(job.queue)]


def permitted(room: Room, visit: Visit, chosen: JobFilter) -> JobFilter:
    """The filter, within the queues of whoever asks. A `SearchError` where it asks for what is not theirs to know."""
    if chosen.args is not None and any(room.hiding.hides(step) for step in chosen.args.steps):
        raise search.SearchError(f"args:{chosen.args.path} is hidden, and cannot be searched by")
    own = visit.principal.queues
    if own is None:
        return chosen
    if not own:
        raise search.SearchError("no queue is yours to see")
    queue = chosen.queue or min(own)
    if queue not in own:
        raise search.SearchError(f"queue:{queue} is not yours to see: one of {', '.join(sorted(own))} was expected")
    return replace(chosen, queue=queue)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise HTTPException(404, f"{text!r} is no id of a job") from None
