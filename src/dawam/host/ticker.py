"""Runs the ticks that are due: claims them, performs those of workers, enqueues those of recurring jobs.

What to do about a due row is a pure function (`workers.planning`); the store says whose claim holds. In a host a loop
steps it; under a test's manual clock the test does, with `tick_due`.
"""

import asyncio
import random
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import suppress
from datetime import datetime, timedelta
from functools import lru_cache

from msgspec import Struct

from dawam.clock import Clock
from dawam.crash_points import CrashPoint, reached
from dawam.doorbells.base import Doorbell
from dawam.events.lifecycle import LifecycleEvents, WorkerTicked, WorkerTicksMissed, WorkerUnplannable
from dawam.host.declarer import WorkerDeclarations
from dawam.host.loop_watch import TICK
from dawam.host.service import Loop
from dawam.host.tick import Pause, Tick, pause
from dawam.host.tick_settler import TickSettler
from dawam.ids import HostId
from dawam.jobs.current import fresh_context
from dawam.jobs.outcome import ErrorDetails
from dawam.modules.scopes import ScopeFactory
from dawam.stores.workers import TickClaimer
from dawam.workers.planning import move
from dawam.workers.record import DueTick, JobTemplate, TickClaim, TickOutcome, TickSettlement
from dawam.workers.registry import WorkerDefinition, WorkerRegistry
from dawam.workers.schedules.stored import from_text
from dawam.workers.settling import EndedTick, given_back, job_of_tick, settlement

_BATCH = 500
_AT_ONCE = timedelta(0)
_LAST_WORDS = timedelta(seconds=1)
"""How long a tick that was cancelled has for its clean-up."""
_AUDIT = timedelta(seconds=30)
"""How often, and from which age on, ticks are looked for whose claim was answered to nobody."""

schedule_of_text = lru_cache(maxsize=20_000)(from_text)


class TickerParts(Struct, frozen=True, kw_only=True):
    """What a ticker is made of, whichever host it belongs to."""

    store: TickClaimer
    doorbell: Doorbell
    registry: WorkerRegistry
    scopes: ScopeFactory
    events: LifecycleEvents
    clock: Clock
    threads: Executor
    poll: timedelta
    declarations: WorkerDeclarations
    pause: Pause = pause


class Ticker:
    """The ticks of one host. A service: `start`, `end_ticks` within the grace, `stop`.

    What a tick raises is emitted as `WorkerTicked` and never stops the next one.
    """

    def __init__(self, parts: TickerParts, host: HostId, on_ticks: Callable[[], object] | None = None) -> None:
        """`on_ticks` is called before ticks begin."""
        self._parts, self._host, self._on_ticks = parts, host, on_ticks
        self._store, self._events, self._clock = parts.store, parts.events, parts.clock
        self._settler = TickSettler(
            store=parts.store, doorbell=parts.doorbell, events=parts.events, host=host, on_settled=self.look
        )
        self._ticks: dict[asyncio.Task[WorkerTicked], Tick] = {}
        self._unplannable = set[str]()
        self._loop = Loop("ticker", self._step, interval=parts.poll, events=parts.events)
        self._auditor = Loop("tick auditor", self._look_again, interval=_AUDIT, events=parts.events)

    async def start(self) -> None:
        for service in (self._settler, self._loop, self._auditor):
            await service.start()

    async def stop(self) -> None:
        for service in (self._auditor, self._loop, self._settler):
            await service.stop()

    def look(self) -> None:
        """Something about a worker may have changed."""
        self._loop.wake()

    @property
    def running_count(self) -> int:
        return len(self._ticks)

    async def tick_due(self) -> list[WorkerTicked]:
        """Runs every tick that is due, each of them once, and answers when all are settled. For manual clocks."""
        await self._step()
        ticked = list(await asyncio.gather(*self._ticks))
        await self._settler.flush()
        return ticked

    async def next_at(self) -> datetime | None:
        """When the next tick is due; None without one."""
        found = await self._store.due_ticks(self._host, 0)
        return found.next_at

    # -- the loop

    async def _step(self) -> timedelta | None:
        """Moves what is due, and answers when to look again."""
        found = await self._store.due_ticks(self._host, _BATCH)
        moves, busy = list[tuple[DueTick, TickClaim]](), self._busy()
        for tick in found.ticks:
            # one that is busy was removed and added again, and its earlier tick has not ended here
            if (tick.name, tick.place) not in busy and (claim := self._move(tick, found.now)) is not None:
                moves.append((tick, claim))
            await asyncio.sleep(0)  # to count what was missed takes up to 10 ms, and hundreds may be due
        if moves:
            if self._on_ticks is not None:
                self._on_ticks()
            held = await self._store.claim_ticks(self._host, [claim for _, claim in moves])
            reached(CrashPoint.TICK_CLAIMED)
            for (tick, claim), holds in zip(moves, held, strict=True):
                if holds:
                    self._begin(tick, claim)
        if moves and len(found.ticks) == _BATCH:
            return _AT_ONCE
        return None if found.next_at is None else max(found.next_at - self._clock.now(), _AT_ONCE)

    def _move(self, tick: DueTick, now: datetime) -> TickClaim | None:
        if tick.job is None and self._parts.registry.find(tick.name) is None:
            return None  # withdrawn a moment ago
        try:
            return move(tick, schedule_of_text(tick.schedule), now, _luck())
        except Exception as error:  # noqa: BLE001  (a row that newer code wrote must not stop all the others)
            if tick.name not in self._unplannable:
                self._unplannable.add(tick.name)
                self._events.emit(WorkerUnplannable(tick.name, error))
            return None

    def _busy(self) -> set[tuple[str, str]]:
        """Name and place of what ticks here."""
        return {(tick.due.name, tick.due.place) for task, tick in self._ticks.items() if not task.done()}

    def _begin(self, tick: DueTick, claim: TickClaim) -> None:
        if claim.missed is not None:
            self._events.emit(WorkerTicksMissed(tick.name, claim.missed))
        if claim.planned_at is None:
            return
        definition = self._parts.registry.find(tick.name)
        if tick.job is not None:
            self._enqueue(tick, claim, tick.job, claim.planned_at)
        elif definition is not None:
            self._launch(definition, tick, claim)

    def _launch(self, definition: WorkerDefinition, tick: DueTick, claim: TickClaim) -> None:
        parts = self._parts
        running = Tick(
            definition, tick, claim, scopes=parts.scopes, clock=self._clock, threads=parts.threads,
            events=parts.events, pause=parts.pause,
        )  # fmt: skip
        task = asyncio.create_task(self._run(running), name=f"{TICK}{tick.name}", context=fresh_context())
        self._ticks[task] = running
        task.add_done_callback(self._ticks.pop)

    async def _run(self, tick: Tick) -> WorkerTicked:
        ticked = await tick.run()
        reached(CrashPoint.TICK_ENDED, tick.name)
        if not tick.is_left_behind:  # its claim ends with the host: until then nobody else begins
            self._settler.put(self._ended(tick, ticked))
        self._events.emit(ticked)
        return ticked

    def _ended(self, tick: Tick, ticked: WorkerTicked) -> TickSettlement:
        error = None if ticked.error is None else ErrorDetails.of(ticked.error)
        outcome = TickOutcome.SUCCEEDED if error is None else TickOutcome.FAILED
        if tick.context.stopping and isinstance(ticked.error, asyncio.CancelledError):
            outcome = TickOutcome.INTERRUPTED
        ended = EndedTick(
            due=tick.due, claim=tick.claim, outcome=outcome, started_at=ticked.started_at, ended_at=self._clock.now(),
            attempt_count=tick.context.attempt, error=error,
        )  # fmt: skip
        return settlement(ended, schedule_of_text(tick.due.schedule), _luck())

    def _enqueue(self, tick: DueTick, claim: TickClaim, template: JobTemplate, planned_at: datetime) -> None:
        """A tick of a recurring job has no more to do than to add the job, and its settlement does that."""
        now = self._clock.now()
        ended = EndedTick(
            due=tick, claim=claim, outcome=TickOutcome.SUCCEEDED, started_at=now, ended_at=now,
            new_jobs=(job_of_tick(tick.name, template, planned_at, now),),
        )  # fmt: skip
        self._settler.put(settlement(ended, schedule_of_text(tick.schedule), _luck()))

    # -- the end, and lost answers

    async def end_ticks(self, grace: timedelta) -> None:
        """Begins nothing more, asks the ticks to end, waits up to `grace`, and cancels those that are left.

        A thread cannot be cancelled: it is left behind, and its tick is taken back with the host.
        """
        await self._loop.stop()
        for tick in self._ticks.values():
            tick.context.stop()
        if self._ticks:
            await asyncio.wait(self._ticks, timeout=grace.total_seconds())
        await self.cancel_ticks()

    async def cancel_ticks(self) -> None:
        """Cancels what still runs, and gives it a moment."""
        for task, tick in tuple(self._ticks.items()):
            tick.context.stop()
            task.cancel()
        if self._ticks:
            await asyncio.wait(self._ticks, timeout=_LAST_WORDS.total_seconds())

    async def flush(self, within: timedelta) -> None:
        """Writes how the ticks ended, if the store takes it; the end of the host goes on, come what may."""
        with suppress(Exception):  # the loop that writes has said it already
            await self._settler.flush(within)

    async def _look_again(self) -> timedelta | None:
        await self.look_for_lost_answers()
        return None

    async def look_for_lost_answers(self) -> None:
        """Gives back what the store claimed for this host while its answer was lost on the way."""
        known = {tick.key for tick in self._ticks.values()} | self._settler.keys()
        now = self._clock.now()
        for tick in await self._store.ticks_of(self._host):
            if (tick.name, tick.place, tick.fence) not in known and now - tick.claimed_at > _AUDIT:
                self._settler.put(given_back(tick, now))


def _luck() -> float:
    return random.random()  # noqa: S311  (spreads load, guards nothing)
