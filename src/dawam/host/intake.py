"""Claims jobs, as many as there is room for: when a bell rings, when room appears, and at least once per poll."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from dawam.crash_points import CrashPoint, reached
from dawam.doorbells.base import Bell, Doorbell, Topic
from dawam.events.lifecycle import LifecycleEvents
from dawam.host.lanes import Lane, Lanes
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
        doorbell: Doorbell,
        runner: JobRunner,
        lanes: Lanes,
        settler: Settler,
        registry: JobRegistry,
        events: LifecycleEvents,
        host: HostId,
        poll: timedelta,
        on_failed_claim: Callable[[], None],
    ) -> None:
        self._store, self._doorbell = store, doorbell
        self._runner, self._lanes = runner, lanes
        self._settler = settler
        self._registry = registry
        self._host = host
        self._on_failed_claim = on_failed_claim
        self._there_was_more = self._took_suspect = False
        self._ring_count = 0
        self._resting: dict[Lane, float] = {}
        """Of these lanes the store had nothing left: until when they are not asked again, unless a bell rings."""
        self._rest = poll.total_seconds() / 2  # less than the loop ever waits, so that each poll asks all
        self._heard: tuple[str, ...] = ()
        self._bell: Bell | None = None
        self._unwatch: Callable[[], object] = lambda: None
        self._ready = Loop("intake", self._told(self._claim), interval=poll, events=events)
        self._parked = Loop("parked intake", self._told(self._claim_parked), interval=_RARE_EVERY, events=events)
        often = min(poll, _RARE_EVERY)
        self._suspects = Loop("suspect intake", self._told(self._claim_suspect), interval=often, events=events)

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._listen()
        self._unwatch = self._registry.handlers.watch(lambda: loop.call_soon_threadsafe(self._look_again))
        await self._ready.start()
        await self._parked.start()
        await self._suspects.start()

    async def stop(self) -> None:
        self._unwatch()
        bell, self._bell = self._bell, None
        if bell is not None:
            bell.close()
        await self._ready.stop()
        await self._parked.stop()
        await self._suspects.stop()

    def ring(self) -> None:
        """A job became ready somewhere, in one of these queues."""
        self._ring_count += 1
        self._resting.clear()
        self._ready.wake()

    def room_appeared(self) -> None:
        """A slot is free: worth a claim only if the last one left something behind, or a suspect was what ended."""
        if self._there_was_more:
            self._ready.wake()
        if self._took_suspect and not self._runner.has_suspect:
            self._took_suspect = False
            self._suspects.wake()

    def _listen(self) -> None:
        """For the queues that are served now."""
        queues = tuple(queue for lane in self._lanes.current() for queue in lane.queues)
        if self._bell is None or queues != self._heard:
            before, self._bell = self._bell, self._doorbell.listen(Topic.READY, self.ring, queues)
            self._heard = queues
            if before is not None:
                before.close()

    def _look_again(self) -> None:
        """A name became known, and with it perhaps a queue."""
        if self._bell is not None:
            self._listen()
            self._parked.wake()
            self.ring()

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
        hungry = self._hungry()
        rooms = [] if self._settler.is_behind else self._runner.rooms(hungry)
        if not rooms:
            self._there_was_more = bool(hungry)  # not known: look again when there is room
            return None
        await self._ask(rooms)
        left = [lane for lane in hungry if lane not in self._resting]
        self._there_was_more = bool(left)
        return _AT_ONCE if any(lane.wants_more for lane in left) else None

    def _hungry(self) -> Sequence[Lane]:
        """The lanes of which something may be ready."""
        lanes = self._lanes.current()
        if not self._resting:
            return lanes
        now = asyncio.get_running_loop().time()
        return [lane for lane in lanes if self._resting.get(lane, 0.0) <= now]

    async def _ask(self, rooms: Sequence[tuple[Lane, int]]) -> None:
        """All at the same time, so that a store can do it in one go."""
        if len(rooms) == 1:
            await self._ask_for(*rooms[0])
            return
        asking = [self._ask_for(lane, room) for lane, room in rooms]
        for answer in await asyncio.gather(*asking, return_exceptions=True):
            if answer is not None:
                raise answer

    async def _ask_for(self, lane: Lane, room: int) -> None:
        limit, ring_count = min(room, _MOST_AT_ONCE), self._ring_count
        self._resting.pop(lane, None)
        claimed = await self._store.claim(self._host, lane.queues, limit)
        if claimed:
            reached(CrashPoint.CLAIM_ANSWERED)
        self._runner.take(claimed)
        if len(claimed) < limit and ring_count == self._ring_count:  # else there may be what this claim did not see
            self._resting[lane] = asyncio.get_running_loop().time() + self._rest

    async def _claim_parked(self) -> timedelta | None:
        lanes, known = self._lanes.current(), self._registry.known()
        hungry = list(lanes)
        for lane in lanes:  # each once: they may be many, and must not keep others from claiming
            room = dict(self._runner.rooms(hungry)).get(lane, 0)
            limit = 0 if self._settler.is_behind else min(room, _MOST_AT_ONCE)
            if limit > 0:
                claimed = await self._store.claim_parked(self._host, lane.queues, known, limit)
                self._runner.take(claimed)
                if len(claimed) < limit:
                    hungry.remove(lane)
        return None

    async def _claim_suspect(self) -> timedelta | None:
        """Takes one suspect while none is here, whatever room there is: they are few, and no load may starve them."""
        queues = tuple(queue for lane in self._lanes.current() if not lane.is_full for queue in lane.queues)
        if queues and self._runner.may_start and not self._runner.has_suspect and not self._settler.is_behind:
            suspect = await self._store.claim_suspect(self._host, queues, self._registry.known())
            if suspect is not None:
                self._took_suspect = True  # and where one was, there are often more: all that ran beside it
                self._runner.take([suspect])
        return None
