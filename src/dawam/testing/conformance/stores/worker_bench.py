"""The words in which the stories of workers are told, beside those of the bench."""

from datetime import datetime, timedelta
from typing import Any

from dawam.ids import HostId
from dawam.jobs.outcome import SettleAnswer
from dawam.jobs.priority import Priority
from dawam.testing.conformance.stores.bench import HOUR, LEASE, MINUTE, OUT_OF_PAPER, SECOND, Bench
from dawam.workers.record import (
    DueTick,
    DueTicks,
    JobTemplate,
    TickClaim,
    TickOutcome,
    TickSettlement,
    WorkerDeclaration,
    WorkerInfo,
)

EVERY_HOUR, EVERY_MINUTE = "every 1h", "every 1m"
"""Schedules; to a store they are texts."""
ENOUGH = 100


class WorkerBench(Bench):
    """A press whose worker refills the paper every hour, unless the story says otherwise."""

    # -- declarations

    def declaration(self, name: str = "press.refill", **more: Any) -> WorkerDeclaration:
        fields: dict[str, Any] = {"schedule": EVERY_HOUR, "first_at": self.clock.now() + HOUR, **more}
        return WorkerDeclaration(name=name, **fields)

    def recurring(self, name: str = "report", **more: Any) -> WorkerDeclaration:
        """A job that is enqueued every hour."""
        template = JobTemplate(
            name="orders.report",
            args=b'{"day":"today"}',
            args_version=1,
            queue="default",
            priority=Priority.NORMAL,
            headers={"tenant": "north"},
        )
        return self.declaration(name, **{"job": template, **more})

    async def declared(self, host: HostId | None = None, name: str = "press.refill", **more: Any) -> HostId:
        """The host that declared this worker just now; one that was just registered if none is given."""
        host = host or await self.new_host()
        await self.store.declare_workers(host, [self.declaration(name, **more)])
        return host

    async def row(self, name: str = "press.refill") -> WorkerInfo:
        """What people see of a worker that has one row."""
        found = await self.store.worker(name)
        assert len(found) == 1, f"{len(found)} rows of {name} were found, and one was expected"
        return found[0]

    async def lapse(self) -> None:
        """Hosts with a short lease are not live any more."""
        await self.pass_time(LEASE + SECOND)

    # -- ticks

    async def due(self, host: HostId, limit: int = ENOUGH) -> list[str]:
        """The names of what this host may run now."""
        return [tick.name for tick in (await self.store.due_ticks(host, limit)).ticks]

    def nothing_due(self, next_at: datetime | None) -> DueTicks:
        """The answer while nothing is due until then."""
        return DueTicks((), next_at, self.clock.now())

    async def due_tick(self, host: HostId) -> DueTick:
        """The one that is due."""
        (tick,) = (await self.store.due_ticks(host, ENOUGH)).ticks
        return tick

    def claim(self, tick: DueTick, **more: Any) -> TickClaim:
        """What a host makes of a due row, unless said otherwise: its planned tick begins."""
        fields: dict[str, Any] = {
            "planned_at": tick.next_at or self.clock.now(),
            "is_triggered": tick.is_triggered,
            **more,
        }
        return TickClaim(name=tick.name, place=tick.place, fence=tick.fence, revision=tick.revision, **fields)

    async def begun(self, host: HostId, **more: Any) -> TickClaim:
        """The one tick that is due, begun by this host."""
        claim = self.claim(await self.due_tick(host), **more)
        assert await self.store.claim_ticks(host, [claim]) == [True]
        return claim

    async def ticking(self, host: HostId | None = None, **more: Any) -> tuple[HostId, TickClaim]:
        """A host and the tick that it is running, of a worker that was declared an hour ago."""
        host = await self.declared(host, **more)
        await self.pass_time(HOUR)
        return host, await self.begun(host)

    def settlement_of(
        self, claim: TickClaim, outcome: TickOutcome = TickOutcome.SUCCEEDED, **more: Any
    ) -> TickSettlement:
        now = self.clock.now()
        fields: dict[str, Any] = {
            "planned_at": claim.planned_at,
            "started_at": now,
            "ended_at": now,
            "next_at": now + HOUR,
            "due_at": now + HOUR,
            "error": OUT_OF_PAPER if outcome is TickOutcome.FAILED else None,
            **more,
        }
        return TickSettlement(
            name=claim.name,
            place=claim.place,
            fence=claim.fence + 1,
            outcome=outcome,
            is_triggered=claim.is_triggered,
            **fields,
        )

    async def end(
        self, host: HostId, claim: TickClaim, outcome: TickOutcome = TickOutcome.SUCCEEDED, **more: Any
    ) -> SettleAnswer:
        (answer,) = await self.store.settle_ticks(host, [self.settlement_of(claim, outcome, **more)])
        return answer

    async def ticked(self, host: HostId, outcome: TickOutcome = TickOutcome.SUCCEEDED, **more: Any) -> None:
        """The one tick that is due ran to its end."""
        assert await self.end(host, await self.begun(host), outcome, **more) is SettleAnswer.ACCEPTED

    async def outcomes(self, name: str = "press.refill") -> list[TickOutcome]:
        """Of the records, newest first."""
        return [record.outcome for record in await self.store.tick_records(name, ENOUGH)]

    def later(self, duration: timedelta = MINUTE) -> datetime:
        return self.clock.now() + duration
