"""Deletes finished jobs that were kept for long enough, a batch at a time, so that nobody waits for it."""

from datetime import timedelta

from dawam.events.lifecycle import LifecycleEvents
from dawam.host.service import Loop
from dawam.stores.base import JobCaretaker
from dawam.stores.values import Retention

_BATCH = 1_000
_EVERY = timedelta(minutes=1)
_BREATH = timedelta(milliseconds=100)


class Pruner:
    """Prunes by retention."""

    def __init__(self, *, store: JobCaretaker, retention: Retention, events: LifecycleEvents) -> None:
        self._store, self._retention = store, retention
        self._loop = Loop("pruner", self._prune, interval=_EVERY, events=events)

    async def start(self) -> None:
        await self._loop.start()

    async def stop(self) -> None:
        await self._loop.stop()

    async def _prune(self) -> timedelta | None:
        count = await self._store.prune(self._retention, _BATCH)
        return _BREATH if count == _BATCH else None
