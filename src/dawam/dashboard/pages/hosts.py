"""The processes that run jobs: whether they live, and what they run now."""

from starlette.responses import Response

from dawam.dashboard.pages.room import Room
from dawam.dashboard.visit import Visit
from dawam.ids import host_name
from dawam.jobs.state import JobState
from dawam.stores.values import JobFilter

_RUNNING = 200


async def show(room: Room, visit: Visit) -> Response:
    chosen = JobFilter(states=frozenset({JobState.RUNNING}))
    running = await visit.desk.inspector.find_jobs(chosen, max_result_count=_RUNNING)
    hosts = await visit.desk.inspector.hosts()
    return room.pages.render(
        visit,
        "hosts.html",
        hosts=hosts,
        names={host.id: host_name(host.id) for host in hosts},
        running={
            host.id: [job for job in running if job.host == host.id and visit.principal.sees(job.queue)]
            for host in hosts
        },
    )
