"""A shop with something of everything to look at, and a visitor with a browser's habits."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2

from dawam import App
from dawam.dashboard import Authenticate, Dashboard, DashboardOptions
from dawam.dashboard.access import Principal, Role
from dawam.ids import HostId, new_id
from dawam.jobs.log import AttemptLog, LogLine
from dawam.jobs.outcome import Cancelled, ErrorDetails, Failed, Outcome, Retrying, Settlement, Succeeded
from dawam.jobs.priority import Priority
from dawam.jobs.record import NewJob
from dawam.measures.compacting import FINEST, floor
from dawam.measures.errors import SeenError
from dawam.measures.record import Measure, with_wholes
from dawam.measures.spread import Spread
from dawam.runtime import Runtime
from dawam.stores.memory import MemoryStore
from dawam.testing.clock import ManualClock
from dawam.workers.record import TickClaim, TickOutcome, TickSettlement, WorkerDeclaration
from dawam.workers.schedules.schedule import Cron, Every
from dawam.workers.schedules.stored import to_text
from tests.support.applications import always, built
from tests.support.hosts import host_info

HOST = HostId("shop-1-abcd")
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
HOSTILE = "<script>document.title='broken'</script>\"'><img src=x onerror=alert(1)>"
NO_PAPER = ErrorDetails("OSError", "the printer is out of paper", "Traceback: print_it()", "0123456789abcdef")
EVIL = ErrorDetails("ValueError", HOSTILE, f"Traceback: {HOSTILE}", "fedcba9876543210")
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def shop_app() -> App:
    """What the code of the shop has: two jobs and a worker."""
    app = App()

    @app.job("greet")
    async def greet(name: str, times: int = 1) -> None: ...

    @app.job("report", queue="reports")
    async def report(day: str) -> None: ...

    return app


class Shop:
    """The store of the shop, which is stocked without a host that could change it meanwhile."""

    def __init__(self, clock: ManualClock | None = None) -> None:
        self.clock = clock or ManualClock()
        self.store = MemoryStore(clock=self.clock)
        self.app = shop_app()

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Shop"]:
        runtime: Runtime = built(self.app, clock=self.clock, store=always(self.store))
        with self.app.opened_as(runtime):
            await runtime.start(run_host=False)
            try:
                yield self
            finally:
                await runtime.stop()

    async def add(self, name: str = "greet", args: bytes = b'{"name":"Amal"}', **more: Any) -> UUID:
        now = self.clock.now()
        fields: dict[str, Any] = {"queue": "default", "run_at": now, "priority": Priority.NORMAL, **more}
        job = NewJob(id=new_id(), name=name, args=args, created_at=now, **fields)
        await self.store.add([job])
        return job.id

    async def ended(self, outcome: Outcome, *, took: timedelta = SECOND, **more: Any) -> UUID:
        """One that was added, ran, and ended so."""
        await self.live()
        job_id = await self.add(**more)
        [claimed] = await self.store.claim(HOST, [more.get("queue", "default")], 1)
        assert claimed.id == job_id, "something else was due before it"
        began = self.clock.now()
        self.clock.advance(took)
        await self.store.settle([Settlement(claimed.id, claimed.fence, outcome, began, self.clock.now())])
        return job_id

    async def failed(self, error: ErrorDetails = NO_PAPER, **more: Any) -> UUID:
        """One that failed for good, and of which its host has told."""
        job_id = await self.ended(Failed(error), **more)
        now = self.clock.now()
        seen = SeenError(
            error=error, name=more.get("name", "greet"), queue=more.get("queue", "default"), job_id=job_id,
            first_seen_at=now, last_seen_at=now,
        )  # fmt: skip
        await self.store.keep_errors([seen])
        await self.measure(failed=1, errors={error.fingerprint: 1}, queue=seen.queue)
        return job_id

    async def logged(self, job_id: UUID, *texts: str, missing: int = 0) -> None:
        """What the last attempt of a job logged."""
        job = await self.store.get(job_id)
        assert job is not None, "there is no such job"
        lines = tuple(LogLine.of(self.clock.now(), "WARNING", "shop.printing", text) for text in texts)
        log = AttemptLog(
            job_id=job_id, fence=job.fence, attempt=max(job.attempt_count, 1), host=HOST, lines=lines, missing=missing
        )
        await self.store.keep_logs([log])

    async def measure(self, name: str = "greet", queue: str = "default", **counts: Any) -> None:
        waits, runs = Spread(), Spread()
        waits.add(3 * SECOND / 1000)
        runs.add(SECOND)
        part, at = str(new_id()), floor(self.clock.now(), FINEST)
        measure = Measure(at=at, span=FINEST, name=name, queue=queue, part=part, waits=waits, runs=runs, **counts)
        await self.store.keep_measures(with_wholes([measure]))

    async def running(self, **more: Any) -> UUID:
        await self.live()
        job_id = await self.add(**more)
        [claimed] = await self.store.claim(HOST, [more.get("queue", "default")], 1)
        assert claimed.id == job_id, "something else was due before it"
        return job_id

    async def live(self) -> None:
        """A host that lives for long."""
        if not await self.store.hosts():
            await self.store.register(host_info(HOST, self.clock.now()), 1000 * HOUR)

    async def worker(self, name: str = "cleanup", outcome: TickOutcome = TickOutcome.FAILED) -> None:
        """One that has ticked once."""
        await self.live()
        now = self.clock.now()
        declaration = WorkerDeclaration(name=name, schedule=to_text(Every(5 * MINUTE)), first_at=now)
        await self.store.declare_workers(HOST, [declaration])
        [tick] = [each for each in (await self.store.due_ticks(HOST, 10)).ticks if each.name == name]
        claim = TickClaim(name=name, place=tick.place, fence=tick.fence, revision=tick.revision, planned_at=now)
        await self.store.claim_ticks(HOST, [claim])
        self.clock.advance(SECOND)
        later = self.clock.now() + 5 * MINUTE
        error = NO_PAPER if outcome is TickOutcome.FAILED else None
        await self.store.settle_ticks(
            HOST,
            [
                TickSettlement(
                    name=name, place=tick.place, fence=tick.fence + 1, outcome=outcome, planned_at=now,
                    is_triggered=False, started_at=now, ended_at=self.clock.now(), next_at=later, due_at=later,
                    error=error,
                )
            ],
        )  # fmt: skip

    async def stock(self) -> None:
        """Something of everything, some of it hostile."""
        await self.worker()
        await self.store.declare_workers(
            HOST,
            [WorkerDeclaration(name="nightly", schedule=to_text(Cron("0 3 * * *")), first_at=self.clock.now() + HOUR)],
        )
        for _ in range(3):
            await self.ended(Succeeded(b'{"sent":1,"token":"t0p"}'), args=b'{"name":"Amal","password":"s3cret"}')
        await self.failed()
        evil = await self.failed(EVIL, name=HOSTILE, args=f'{{"x":{HOSTILE!r}}}'.encode(), tags=(HOSTILE,))
        await self.logged(evil, HOSTILE)
        report = await self.failed(queue="reports", name="report", args=b'{"day":"monday"}')
        await self.logged(report, "the printer is warming up", "page 1 of 9\nis printed", missing=40)
        await self.ended(Retrying(self.clock.now() + HOUR, NO_PAPER))
        await self.ended(Cancelled("nobody wants it"))
        await self.add(run_at=self.clock.now() + HOUR, priority=Priority.HIGH, headers={"tenant": "north"})
        await self.add(queue="mail")
        await self.running(queue="reports", name="report")
        await self.measure(succeeded=30)
        await self.app.control.by("amal", via="dashboard", reason="ticket 12").pause_queue("mail")


class Known:
    """Takes whoever asks for this one."""

    def __init__(self, principal: Principal | None) -> None:
        self.principal = principal

    async def __call__(self, request: Any, /) -> Principal | None:
        return self.principal


ADMIN = Known(Principal("amal", Role.ADMIN))


class Visitor:
    """A browser: it keeps cookies, and sends the tokens of the forms that it got."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self.client = client

    async def get(self, path: str, **more: Any) -> httpx2.Response:
        return await self.client.get(path, **more)

    async def page(self, path: str, **more: Any) -> str:
        """The text of a page that is there."""
        answer = await self.get(path, **more)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[-600:]}"
        return answer.text

    async def post(self, path: str, fields: dict[str, Any], *, of: str = "/queues", **more: Any) -> httpx2.Response:
        """Sends a form that came with the page `of`."""
        found = _TOKEN.search((await self.get(of)).text)
        token = found.group(1) if found else ""
        return await self.client.post(path, data={"csrf_token": token, **fields}, **more)


@asynccontextmanager
async def visiting(
    shop: Shop,
    who: Authenticate | None = ADMIN,
    options: DashboardOptions | None = None,
    *,
    host: str = "localhost",
    client: tuple[str, int] = ("127.0.0.1", 4711),
) -> AsyncIterator[Visitor]:
    """A visitor of the dashboard of a shop that is open."""
    dashboard = Dashboard(shop.app, authenticate=who, options=options)
    transport = httpx2.ASGITransport(app=dashboard, client=client)
    async with httpx2.AsyncClient(transport=transport, base_url=f"http://{host}") as http:
        yield Visitor(http)
    await dashboard.close()
