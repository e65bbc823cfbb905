"""The verbs of a worker store that decide something: one class for every store that can bring a `WorkerTable`."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Concatenate, ParamSpec, TypeVar

from dawam.ids import HostId
from dawam.jobs.outcome import SettleAnswer
from dawam.stores.ticking import claiming, controlling, declaring
from dawam.stores.ticking.table import WorkerTable
from dawam.workers.record import TickClaim, TickSettlement, WorkerDeclaration

P = ParamSpec("P")
T = TypeVar("T")


class WorkerVerbs(ABC):
    """See `dawam.stores.workers` for what each promises. Reads are the store's own."""

    @abstractmethod
    async def _decide(self, verb: Callable[Concatenate[WorkerTable, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs a verb on the store's table, as one transaction."""

    # -- hosts

    async def declare_workers(self, host: HostId, declarations: Sequence[WorkerDeclaration]) -> None:
        await self._decide(declaring.declare_workers, host, declarations)

    async def withdraw_workers(self, host: HostId, names: Sequence[str]) -> None:
        await self._decide(declaring.withdraw_workers, host, names)

    async def forget_workers(self, after: timedelta) -> int:
        return await self._decide(declaring.forget_workers, after)

    async def claim_ticks(self, host: HostId, claims: Sequence[TickClaim]) -> list[bool]:
        return await self._decide(claiming.claim_ticks, host, claims)

    async def settle_ticks(self, host: HostId, settlements: Sequence[TickSettlement]) -> list[SettleAnswer]:
        return await self._decide(claiming.settle_ticks, host, settlements)

    # -- the human hand

    async def pause_worker(self, name: str) -> bool:
        return await self._decide(controlling.pause_worker, name)

    async def resume_worker(self, name: str, next_at: datetime | None) -> bool:
        return await self._decide(controlling.resume_worker, name, next_at)

    async def trigger_worker(self, name: str) -> bool:
        return await self._decide(controlling.trigger_worker, name)

    async def reschedule_worker(self, name: str, schedule: str | None, next_at: datetime | None) -> bool:
        return await self._decide(controlling.reschedule_worker, name, schedule, next_at)

    async def put_recurring(self, declaration: WorkerDeclaration) -> bool:
        return await self._decide(controlling.put_recurring, declaration)

    async def remove_worker(self, name: str) -> bool:
        return await self._decide(controlling.remove_worker, name)
