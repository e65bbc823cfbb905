"""Compares what the store says runs here with what we know, for the answers of the store that never arrived.

A claim can commit while its answer is lost: the connection broke, or the host was cancelled in between. Its jobs would
stay *running* until this host ends, and nobody would run them.
"""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from dawam.clock import Clock
from dawam.doorbells.base import Doorbell, Topic
from dawam.events.lifecycle import LifecycleEvents, UnknownClaimsReturned
from dawam.host.service import Loop
from dawam.ids import HostId
from dawam.jobs.outcome import HandedBack, SettleAnswer, Settlement
from dawam.stores.base import JobClaimer

Claim = tuple[UUID, int]
"""The id of a job and the fence under which it is claimed."""
_BEATS = 3
"""So many heartbeats pass from one look to the next, while nothing is wrong."""


class Auditor:
    """Hands back, uncharged and fenced, what nobody here has known for a heartbeat.

    One look is not enough: the answer of a claim may be on its way, and a job that has just ended may still have been
    running when the store was read.
    """

    def __init__(
        self,
        *,
        store: JobClaimer,
        doorbell: Doorbell,
        clock: Clock,
        events: LifecycleEvents,
        host: HostId,
        heartbeat: timedelta,
        known: Callable[[], set[Claim]],
    ) -> None:
        """`known` answers every claim that this host holds: running, waiting for a slot, or being settled."""
        self._store, self._doorbell, self._clock, self._events = store, doorbell, clock, events
        self._host, self._heartbeat, self._known = host, heartbeat, known
        self._doubted: dict[Claim, float] = {}
        """Since when, on the boot clock."""
        self._loop = Loop("auditor", self._look, interval=_BEATS * heartbeat, events=events)

    async def start(self) -> None:
        await self._loop.start()

    async def stop(self) -> None:
        await self._loop.stop()

    def look_soon(self) -> None:
        """A claim has failed: who knows what it did before."""
        self._loop.wake()

    async def _look(self) -> timedelta | None:
        claims = {(job_id, fence) for job_id, fence, _ in await self._store.claims_of(self._host)}
        now = self._clock.boot_time()
        self._doubted = {claim: self._doubted.get(claim, now) for claim in claims - self._known()}
        before = now - self._heartbeat.total_seconds()
        await self._hand_back({claim for claim, since in self._doubted.items() if since <= before})
        return self._heartbeat if self._doubted else None

    async def _hand_back(self, claims: set[Claim]) -> None:
        if not claims:
            return
        now, outcome = self._clock.now(), HandedBack("its claim was not known here")
        ordered = sorted(claims)
        answers = await self._store.settle([Settlement(*claim, outcome, now, now) for claim in ordered])
        returned = [claim[0] for claim, answer in zip(ordered, answers, strict=True) if answer is SettleAnswer.ACCEPTED]
        if returned:
            self._doorbell.ring(Topic.READY)
            self._events.emit(UnknownClaimsReturned(self._host, tuple(returned)))
