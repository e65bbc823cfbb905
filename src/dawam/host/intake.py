"""Claims jobs, as many as there is room for: when a bell rings, when room appears, and at least once per poll."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from dawam.events.lifecycle import LifecycleEvents
from dawam.host.runner import JobRunner
from dawam.host.service import Loop
from dawam.host.settler import Settler
from dawam.ids import HostId
from dawam.jobs.registry import JobRegistry
from dawam.stores.base import JobClaimer

_MOST_AT_ONCE = 1_000
_AT_ONCE = timedelta(0)
_RARE_EVERY = timedelta(seconds=5)
"""Between two looks for parked jobs, and at most for suspects: no bell brings one of these looks. A name that this host
has just come to know does."""


class Intake:
    """Asks the store for jobs and gives them to the runner. Claims nothing while settlements are stuck."""

    def __init__(
        self,
        *,
        store: JobClaimer,
        runner: JobRunner,
        settler: Settler,
        registry: JobRegistry,
        events: LifecycleEvents,
        host: HostId,
        queues: Callable[[], tuple[str, ...]],
        poll: timedelta,
        on_failed_claim: Callable[[], None],
    ) -> None:
        self._store = store
        self._runner = runner
        self._settler = settler
        self._registry = registry
        self._host = host
        self._queues = queues
        self._on_failed_claim = on_failed_claim
        self._there_was_more = self._took_suspect = False
        self._unwatch: Callable[[], object] = lambda: None
        self._ready = Loop("intake", self._told(self._claim), interval=poll, events=events)
        self._parked = Loop("parked intake", self._told(self._claim_parked), interval=_RARE_EVERY, events=events)
        often = min(poll, _RARE_EVERY)
        self._suspects = Loop("suspect intake", self._told(self._claim_suspect), interval=often, events=events)

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._unwatch = self._registry.handlers.watch(lambda: loop.call_soon_threadsafe(self._look_again))
        await self._ready.start()
        await self._parked.start()
        await self._suspects.start()

    async def stop(self) -> None:
        self._unwatch()
        await self._ready.stop()
        await self._parked.stop()
        await self._suspects.stop()

    def ring(self) -> None:
        """A job became ready somewhere."""
        self._ready.wake()

    def room_appeared(self) -> None:
        """A slot is free: worth a claim only if the last one left something behind, or a suspect was what ended."""
        if self._there_was_more:
            self._ready.wake()
        if self._took_suspect and not self._runner.has_suspect:
            self._took_suspect = False
            self._suspects.wake()

    def _look_again(self) -> None:
        """A name became known, and with it perhaps a queue."""
        self._parked.wake()
        self._ready.wake()

    def _told(self, claim: Callable[[], Awaitable[timedelta | None]]) -> Callable[[], Awaitable[timedelta | None]]:
        """The claim, of whose failures somebody is told: it may have succeeded where we cannot see it."""

        async def claiming() -> timedelta | None:
            try:
                return await claim()
            except Exception:
                self._on_failed_claim()
                raise

        return claiming

    async def _claim(self) -> timedelta | None:
        limit = min(self._runner.room(), _MOST_AT_ONCE)
        if limit <= 0 or self._settler.is_behind:
            self._there_was_more = True  # not known: look again when there is room
            return None
        claimed = await self._store.claim(self._host, self._queues(), limit)
        self._runner.take(claimed)
        self._there_was_more = len(claimed) == limit
        return _AT_ONCE if self._there_was_more and self._runner.wants_more else None

    async def _claim_parked(self) -> timedelta | None:
        limit = min(self._runner.room(), _MOST_AT_ONCE)
        if limit > 0 and not self._settler.is_behind:
            known = self._registry.known()
            self._runner.take(await self._store.claim_parked(self._host, self._queues(), known, limit))
        return None

    async def _claim_suspect(self) -> timedelta | None:
        """Takes one suspect while none is here, whatever room there is: they are few, and no load may starve them."""
        if self._runner.may_start and not self._runner.has_suspect and not self._settler.is_behind:
            suspect = await self._store.claim_suspect(self._host, self._queues(), self._registry.known())
            if suspect is not None:
                self._took_suspect = True  # and where one was, there are often more: all that ran beside it
                self._runner.take([suspect])
        return None
