"""Makes scheduled jobs ready when their time comes: a timer for the next one, and a poll for what it did not see."""

from datetime import datetime, timedelta

from dawam.clock import Clock
from dawam.doorbells.base import Doorbell, Topic
from dawam.events.lifecycle import LifecycleEvents
from dawam.host.service import Loop
from dawam.stores.base import JobCaretaker

_BATCH = 1_000
_AT_ONCE = timedelta(0)


class Promoter:
    """Promotes what is due, in batches, and rings for it."""

    def __init__(
        self, *, store: JobCaretaker, doorbell: Doorbell, clock: Clock, events: LifecycleEvents, poll: timedelta
    ) -> None:
        self._store, self._doorbell, self._clock = store, doorbell, clock
        self._next_run_at: datetime | None = None
        self._loop = Loop("promoter", self._promote, interval=poll, events=events)

    async def start(self) -> None:
        await self._loop.start()

    async def stop(self) -> None:
        await self._loop.stop()

    def look(self) -> None:
        """A job was scheduled somewhere."""
        self._loop.wake()

    def scheduled(self, run_at: datetime) -> None:
        """A job was scheduled for that moment here."""
        if self._next_run_at is None or run_at < self._next_run_at:
            self._loop.wake()

    async def _promote(self) -> timedelta | None:
        promotion = await self._store.promote(_BATCH)
        if promotion.count:
            self._doorbell.ring(Topic.READY)
        self._next_run_at = promotion.next_run_at
        if promotion.count == _BATCH:
            return _AT_ONCE
        if promotion.next_run_at is None:
            return None
        return max(_AT_ONCE, promotion.next_run_at - self._clock.now())
