"""The processes that run jobs: whether they live, and what they run now."""

from starlette.exceptions import HTTPException
from starlette.responses import Response

from dawam.dashboard.access import Role
from dawam.dashboard.pages.room import Room, back_to
from dawam.dashboard.visit import Form, Visit
from dawam.host_control import HostControl
from dawam.ids import host_name
from dawam.jobs.state import JobState
from dawam.stores.values import JobFilter

_RUNNING = 200


VERBS = {"quiet": HostControl.quiet, "resume": HostControl.resume, "stop": HostControl.stop}
"""What can be wanted of a host."""


async def show(room: Room, visit: Visit) -> Response:
    chosen = JobFilter(states=frozenset({JobState.RUNNING}))
    running = await visit.desk.inspector.find_jobs(chosen, max_result_count=_RUNNING)
    hosts = await visit.desk.inspector.hosts()
    return room.pages.render(
        visit,
        "hosts.html",
        hosts=hosts,
        names={host.id: host_name(host.id) for host in hosts},
        may_command=may_command(visit),
        running={
            host.id: [job for job in running if job.host == host.id and visit.principal.sees(job.queue)]
            for host in hosts
        },
    )


async def change(room: Room, visit: Visit) -> Response:
    form = await Form.of(visit.request)
    if not may_command(visit):
        raise HTTPException(403, visit.say("You may not do this."))
    if form.one("verb") not in VERBS:
        raise HTTPException(400, f"{form.one('verb')!r}: one of {', '.join(VERBS)} was expected")
    if not await VERBS[form.one("verb")](visit.acting(form.one("reason")).hosts, form.one("host")):
        raise HTTPException(404, visit.say("There is no such host, or it is ending already."))
    return back_to(visit, "/hosts")


def may_command(visit: Visit) -> bool:
    """A host works for all queues: whoever is limited to some may not tell it anything."""
    return visit.may(Role.OPERATE) and visit.principal.queues is None
