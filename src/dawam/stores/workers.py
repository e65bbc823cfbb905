"""The port of a store for workers and recurring jobs: declared, due, claimed, settled; and the human hand.

Beyond the promises of `stores.base`:

1. A tick is a fenced claim of its worker's row: while it runs nobody else can begin one, so a worker never overlaps
   with itself, and a settlement is written only under that very fence.
2. The settlement carries the one next moment, which the host computed; a store computes none. So no two hosts have two
   opinions on it, and a row that is claimed has no other plan.
3. Of two definitions that live side by side, the one that came later holds; the earlier one comes back when no live
   host declares the later one any more, as after a deployment that was taken back.
4. What a person did (pause, another schedule) stays until a person undoes it, whatever is deployed: it holds for rows
   of the same name that come later, as those of new hosts.
5. A fence is handed out once: a row that is deleted and made again goes on behind the fences that there were.

`stores.ticking` has all these decisions: a store that can bring its table (`WorkerTable`) derives from `WorkerVerbs`.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from dawam.ids import HostId
from dawam.jobs.outcome import SettleAnswer
from dawam.workers.record import (
    DueTicks,
    RunningTick,
    TickClaim,
    TickRecord,
    TickSettlement,
    WorkerDeclaration,
    WorkerInfo,
)


class TickClaimer(Protocol):
    """Hands out ticks and takes their settlements back. Asked by the host."""

    async def declare_workers(self, host: HostId, declarations: Sequence[WorkerDeclaration]) -> None:
        """Says which workers this host's code has; those it declared before and does not name now stay declared.

        A new row gets `first_at` as its plan. A row with another definition gets this one if it was never seen in this
        row, or if no other live host declares the present one; its plan becomes `first_at` where the schedule that
        holds changed by that. All else of a row (pause, a person's schedule, counters, the last run) stays. With
        `run_on_start` the row is triggered, unless a live host, be it this one, declares it already. A row that people
        put there becomes the code's. Of two declarations of one name the later one counts. A host that is not
        registered declares nothing.
        """
        ...

    async def withdraw_workers(self, host: HostId, names: Sequence[str]) -> None:
        """This host's code has them no more; a row that no other live host declares is deleted.

        The records of a name go with its last row. A tick that runs goes on, and its settlement is lost.
        """
        ...

    async def needs_declaring(self, host: HostId) -> bool:
        """Whether a row of this host's is gone, or has another definition that no live host declares. A read."""
        ...

    async def forget_workers(self, after: timedelta) -> int:
        """Deletes the rows that no live host has declared for that long (found so by two calls), with their records.

        Rows that people put there stay, and so do those whose tick is running. Records of hosts' own rows, which went
        with their host, go when the name has no row any more and the newest of them is so old. Answers how many rows
        went.
        """
        ...

    async def due_ticks(self, host: HostId, limit: int) -> DueTicks:
        """Up to `limit` rows that are due and that this host may run, earliest due first. A read.

        A host may run what it declared, at the place that it said, and what people put there. The answer's
        `next_at` is the earliest moment after `now` at which one of these rows is due, and `now` is the time by the
        store's clock: hosts plan by it, whatever their own ones say.
        """
        ...

    async def claim_ticks(self, host: HostId, claims: Sequence[TickClaim]) -> list[bool]:
        """Makes the moves that still hold, in one transaction, and answers for each of them.

        One holds while nobody has claimed, paused or planned the row anew since it was read, and the host is live and
        not stopping. A trigger that came meanwhile is no hindrance: it comes next. A paused row begins nothing but the
        tick that was asked for. Missed moments leave one record. A tick that begins grows the fence by one, and takes
        the trigger with it, if it is the triggered one. A plan that goes on without a tick grows the revision.
        """
        ...

    async def settle_ticks(self, host: HostId, settlements: Sequence[TickSettlement]) -> list[SettleAnswer]:
        """Writes how ticks ended: a record, the counters, the next plan, and the new jobs, in one transaction.

        A plan that was made meanwhile (another schedule, by a person or by code; a resumption) stands, and `next_at` is
        then dropped. A triggered tick that was interrupted is asked for again, unless its worker's `after_crash` says
        skip: stopping in good order is no worse than a crash. The oldest records beyond the worker's `kept_records` go.
        Already: the tick of this fence was the last one that was settled. Lost: the row is gone, or the tick is not
        this host's under this fence any more. Nothing is written in either case.
        """
        ...

    async def ticks_of(self, host: HostId) -> list[RunningTick]:
        """Every tick that the store says this host is running."""
        ...


class WorkerReader(Protocol):
    """What people see. Asked by the worker control, and by the manager of recurring jobs."""

    async def workers(self, limit: int, after: tuple[str, str] | None = None) -> list[WorkerInfo]:
        """Up to `limit` rows by (name, place), behind `after`."""
        ...

    async def worker(self, name: str) -> list[WorkerInfo]:
        """The rows of this name: one, or one for each host, or none."""
        ...

    async def tick_records(self, name: str, limit: int) -> list[TickRecord]:
        """The latest records of the ticks of this name, newest first."""
        ...


class WorkerController(Protocol):
    """The human hand. All but `put_recurring` reach every row of the name, and answer whether there is one."""

    async def pause_worker(self, name: str) -> bool:
        """No tick is begun any more, but those that are triggered; a running one goes on."""
        ...

    async def resume_worker(self, name: str, next_at: datetime | None) -> bool:
        """Ticks go on with `next_at`: what was planned during the pause is not made up for.

        A row that is not paused keeps its plan.
        """
        ...

    async def trigger_worker(self, name: str) -> bool:
        """One tick now, beside the plan, paused or not; after the one that is running, if one is."""
        ...

    async def reschedule_worker(self, name: str, schedule: str | None, next_at: datetime | None) -> bool:
        """Puts this schedule in the place of the declared one, with `next_at` as its plan; None takes it away again.

        A row keeps its plan where there is nothing to take away.
        """
        ...

    async def put_recurring(self, declaration: WorkerDeclaration) -> bool:
        """Creates or changes a recurring job that no code declares; False, and nothing is done, where code does.

        Code does where a live host declares the name, or a row is still there that code has put there. The plan becomes
        `first_at` if the row is new or the schedule that holds another; `run_on_start` triggers a new row.
        """
        ...

    async def remove_worker(self, name: str) -> bool:
        """Deletes the rows, their records and what people did to them.

        Those that code declares come back when a host declares them. A tick that is running settles nothing.
        """
        ...


class WorkerStore(TickClaimer, WorkerReader, WorkerController, Protocol):
    """All of it."""
