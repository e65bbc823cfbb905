"""Who did what, when and why; and how far it is, where it is still under way."""

from starlette.exceptions import HTTPException
from starlette.responses import Response

from dawam.dashboard.pages.room import Room, back_to
from dawam.dashboard.search import written
from dawam.dashboard.visit import Form, Visit
from dawam.stores.actions import Action

_PAGE = 50


async def show(room: Room, visit: Visit) -> Response:
    try:
        found = await visit.desk.actions.list(max_result_count=_PAGE + 1, after=visit.query.get("after") or None)
    except ValueError as error:
        raise HTTPException(404, str(error)) from None
    under_way = await visit.desk.actions.list(max_result_count=_PAGE, under_way=True)
    return room.pages.render(
        visit,
        "audit.html",
        actions=[action for action in found[:_PAGE] if is_theirs(visit, action)],
        next_after=found[_PAGE - 1].id if len(found) > _PAGE else None,
        searched={action.id: written(action.chosen) for action in found if action.chosen is not None},
        under_way=[action for action in under_way if is_theirs(visit, action)],
    )


def is_theirs(visit: Visit, action: Action) -> bool:
    """Whose right is for some queues sees what they did themselves: the rest may be about others' jobs."""
    return visit.principal.queues is None or action.by == visit.principal.name


async def stop(room: Room, visit: Visit) -> Response:
    form = await Form.of(visit.request)
    try:
        action = await visit.desk.actions.get(form.one("id"))
        if action is not None and is_theirs(visit, action):
            await visit.acting().actions.stop(action.id)
    except ValueError as error:
        raise HTTPException(404, str(error)) from None
    return back_to(visit, "/audit")
