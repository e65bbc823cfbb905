"""A store that the doctor looks at, and what it finds there."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from dawam import App
from dawam.cli.doctor.findings import Report, Severity
from dawam.cli.doctor.jobs import examine_jobs
from dawam.cli.doctor.store import examine_place
from dawam.cli.doctor.workers import examine_workers
from dawam.host.ticker import Ticker
from dawam.ids import HostId, new_host_id
from dawam.preparation import ABSENT, EnqueueOptions
from dawam.runtime import Runtime
from dawam.stores.memory import MemoryStore
from dawam.stores.sqlite.store import SqliteStore
from dawam.stores.values import HostInfo
from dawam.testing import ManualClock
from tests.support.applications import always, built

LEASE = timedelta(seconds=20)


def bad(report: Report) -> dict[str, str]:
    """Code -> text, of what is not fine; a code that was found several times has its texts one below the other."""
    found: dict[str, str] = {}
    for finding in report:
        if finding.severity is not Severity.OK:
            found[finding.code] = "\n".join(filter(None, (found.get(finding.code), finding.text)))
    return found


class Scene:
    """A store with jobs and workers of one application, looked at by another one."""

    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock()
        self.store = SqliteStore(folder / "shop.db", clock=self.clock)

    async def enqueue(self, app: App, *calls: Any, ahead: timedelta = timedelta(0)) -> None:
        """`ahead`: how wrong the clock of the enqueuing machine is."""
        enqueuing = MemoryStore(clock=ManualClock(self.clock.now() + ahead))
        prepare = built(app, store=always(enqueuing)).parts.preparation.prepare
        await self.store.add([prepare(call, ABSENT, EnqueueOptions()).job for call in calls])

    async def host(
        self, *names: str, queues: tuple[str, ...] = ("default", "mail"), lease: timedelta = LEASE
    ) -> HostId:
        info = HostInfo(
            id=new_host_id(),
            process_id=1,
            machine="here",
            queues=queues,
            job_names=names,
            concurrency=10,
            version="1",
            started_at=self.clock.now(),
        )
        await self.store.register(info, lease)
        return info.id

    async def has(self, host: HostId, app: App) -> None:
        """The host's code is this application: it declares its workers and recurring jobs."""
        await self.store.declare_workers(host, self._built(app).parts.ticker.declarations.all(host))

    async def put(self, app: App, name: str, job: Any) -> None:
        """This application puts a daily recurring job there at run time."""
        await self._built(app).parts.recurring_jobs.put(name, job, every=timedelta(days=1))

    async def tick(self, host: HostId, app: App) -> None:
        """The host ticks what is due, and stops looking."""
        await Ticker(self._built(app).parts.ticker, host).tick_due()

    def _built(self, app: App) -> Runtime:
        return built(app, store=always(self.store), clock=self.clock)

    async def look(self, app: App, **settings: object) -> dict[str, str]:
        report = Report()
        runtime = built(app, settings=settings, store=always(self.store), clock=self.clock)
        await examine_jobs(runtime, report, "dawam run shop:app")
        await examine_workers(runtime, report)
        await examine_place(runtime, report)
        return bad(report)
