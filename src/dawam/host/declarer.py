"""Tells the store which workers and recurring jobs this host's code has, and looks after what nobody has any more."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from dawam.events.lifecycle import LifecycleEvents
from dawam.host.service import Loop
from dawam.ids import HostId
from dawam.stores.workers import TickClaimer
from dawam.workers.record import WorkerDeclaration

_LOOK = timedelta(seconds=10)
_LOOKS_PER_FORGETTING = 60


class Declarations(Protocol):
    """What the application's code has, as it is when a host asks."""

    def all(self, host: HostId) -> Sequence[WorkerDeclaration]: ...

    def one(self, name: str, host: HostId) -> Sequence[WorkerDeclaration]:
        """The declaration of one worker; nothing, where there is none to make."""
        ...


class Declarer:
    """Declares at the start, and again when a later definition than ours is gone with its last host."""

    def __init__(
        self,
        *,
        store: TickClaimer,
        host: HostId,
        events: LifecycleEvents,
        declarations: Declarations,
        forget_after: timedelta,
    ) -> None:
        self._store, self._host = store, host
        self._declarations, self._forget_after = declarations, forget_after
        self._looks = 0
        self._loop = Loop("declarer", self._look, interval=_LOOK, events=events)

    async def start(self) -> None:
        await self.declare()
        await self._loop.start()

    async def stop(self) -> None:
        await self._loop.stop()

    async def declare(self, name: str | None = None) -> None:
        """All of them, or the one that came while the host runs."""
        declarations = self._declarations
        wanted = declarations.all(self._host) if name is None else declarations.one(name, self._host)
        await self._store.declare_workers(self._host, wanted)

    async def withdraw(self, names: Sequence[str]) -> None:
        """Some that this host's code does not have any more."""
        await self._store.withdraw_workers(self._host, names)

    async def _look(self) -> timedelta | None:
        if await self._store.needs_declaring(self._host):
            await self.declare()
        self._looks += 1
        if self._looks % _LOOKS_PER_FORGETTING == 1:
            await self._store.forget_workers(self._forget_after)
        return None
