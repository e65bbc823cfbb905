"""Measures what ends in this host, and puts it where people read it, a few times a minute."""

import asyncio
from datetime import datetime, timedelta
from itertools import count
from typing import Protocol

from msgspec.structs import replace

from dawam.clock import Clock, to_microseconds
from dawam.events.lifecycle import LifecycleEvents
from dawam.host.service import Loop
from dawam.ids import HostId
from dawam.jobs.outcome import Cancelled, ErrorDetails, Failed, Outcome, Retrying, Succeeded
from dawam.jobs.record import ClaimedJob
from dawam.measures.compacting import FINEST, floor
from dawam.measures.errors import SeenError
from dawam.measures.record import WHOLE, Measure, summed, with_wholes
from dawam.measures.spread import Spread
from dawam.stores.errors import ErrorStore
from dawam.stores.measures import MeasureStore
from dawam.stores.values import QueueInfo

_TELL_EVERY = timedelta(seconds=10)
_MERGE_EVERY = timedelta(minutes=1)
_LOOKED = "looked at"
"""The part of a row that says what waited: whoever looks first in a minute puts it there."""
_NO_TIME = timedelta(0)
_SO_FAR = "so far"
_EACH_OF, _THEN_ONE_OF = 1_000, 32
"""Of more attempts than that, between two tellings, one stands for so many: it costs time, and tells no more."""
_BATCH = 1_000
_COUNTED = 1_000_000
"""Jobs that are due in one queue, at most, whenever somebody looks how many they are."""
_MOST_ERRORS = 200
"""Different ones between two tellings; of more than that nobody would read a list."""
_MOST_UNTOLD = 10_000
"""Rows that are kept while the store is away; beyond that the oldest are dropped."""


class _Tally:
    """The attempts of one job name in one queue since the host told last."""

    __slots__ = (
        "cancelled",
        "errors",
        "failed",
        "retried",
        "runs",
        "stands_for",
        "succeeded",
        "timed",
        "until_next",
        "waits",
    )

    def __init__(self) -> None:
        self.succeeded = self.failed = self.retried = self.cancelled = 0
        self.errors: dict[str, int] = {}
        self.timed = 0
        self.stands_for = 1
        """For how many the next one stands that is timed."""
        self.until_next = 1
        """How many more end until that is one."""
        self.waits, self.runs = Spread(), Spread()

    def time(self, waited: int, ran: int) -> None:
        """Of one of them, in microseconds."""
        self.waits.add_microseconds(waited, self.stands_for)
        self.runs.add_microseconds(ran, self.stands_for)
        self.timed += 1
        if self.timed == _EACH_OF:
            self.stands_for = _THEN_ONE_OF
        self.until_next = self.stands_for

    def measure(self, at: datetime, name: str, queue: str, part: str) -> Measure:
        return Measure(
            at=at, span=FINEST, name=name, queue=queue, part=part, succeeded=self.succeeded, failed=self.failed,
            retried=self.retried, cancelled=self.cancelled, errors=self.errors, waits=self.waits, runs=self.runs,
        )  # fmt: skip


class MeteredStore(MeasureStore, ErrorStore, Protocol):
    """As much of a store as is told what was measured, and asked what waits."""

    async def queues(self, at_most: int | None = None) -> list[QueueInfo]: ...


class Meter:
    """Counts attempts, and how long they waited and ran. What was not told yet when the process dies is lost."""

    def __init__(self, *, store: MeteredStore, clock: Clock, events: LifecycleEvents, host: HostId) -> None:
        self._store, self._clock, self._host = store, clock, host
        self._tallies: dict[tuple[str, str], _Tally] = {}
        self._told: dict[tuple[str, str], Measure] = {}
        self._untold: list[Measure] = []
        self._seen: dict[str, SeenError] = {}
        self._parts = count(1)
        self._one_at_a_time = asyncio.Lock()
        self._telling = Loop("meter", self._tell, interval=_TELL_EVERY, events=events)
        self._merging = Loop("merger of measures", self._merge, interval=_MERGE_EVERY, events=events)

    async def start(self) -> None:
        await self._telling.start()
        await self._merging.start()

    async def stop(self) -> None:
        await self._merging.stop()
        await self._telling.stop()

    def ended(self, job: ClaimedJob, outcome: Outcome, started_at: datetime, ended_at: datetime) -> None:
        """An attempt came to its end; one that was put back for no fault of its own is not measured."""
        kind = type(outcome)
        tally = self._tallies.get((job.name, job.queue)) or self._begun(job)
        if kind is Succeeded:
            tally.succeeded += 1
        elif isinstance(outcome, Failed):
            tally.failed += 1
            self._saw(job, outcome.error, ended_at, tally)
        elif isinstance(outcome, Retrying):
            tally.retried += 1
            self._saw(job, outcome.error, ended_at, tally)
        elif kind is Cancelled:
            tally.cancelled += 1
        else:
            return
        tally.until_next -= 1
        if not tally.until_next:
            began = to_microseconds(started_at)
            tally.time(began - job.run_stamp, to_microseconds(ended_at) - began)

    def _saw(self, job: ClaimedJob, error: ErrorDetails, at: datetime, tally: _Tally) -> None:
        known_by, before = error.fingerprint, self._seen.get(error.fingerprint)
        if before is None and (not known_by or len(self._seen) >= _MOST_ERRORS):
            return
        first = at if before is None else before.first_seen_at
        self._seen[known_by] = SeenError(
            error=error, name=job.name, queue=job.queue, job_id=job.id, first_seen_at=first, last_seen_at=at
        )
        tally.errors[known_by] = tally.errors.get(known_by, 0) + 1

    def _begun(self, job: ClaimedJob) -> _Tally:
        tally = self._tallies[job.name, job.queue] = _Tally()
        return tally

    async def flush(self) -> None:
        """Tells all that it knows. Raises what the store raises; what was not taken is told the next time."""
        async with self._one_at_a_time:
            self._gather()
            while self._untold:
                batch = self._untold[:_BATCH]
                await self._store.keep_measures(batch)
                del self._untold[: len(batch)]
            await self._tell_errors()

    async def _tell_errors(self) -> None:
        seen = dict(self._seen)
        if seen:
            await self._store.keep_errors([*seen.values()])
        for known_by, told in seen.items():
            if self._seen[known_by] is told:  # else it was seen again meanwhile
                del self._seen[known_by]

    async def _tell(self) -> timedelta | None:
        await self.flush()
        return None

    async def _merge(self) -> timedelta | None:
        await self._look_at_queues()
        moved = await self._store.merge_measures(_BATCH)
        return timedelta(0) if moved == _BATCH else None

    async def _look_at_queues(self) -> None:
        """How many jobs are due, and since when: looked at once a minute, by the first host that comes to it."""
        now = self._clock.now()
        at = floor(now, FINEST)
        if any(
            each.part == _LOOKED
            for each in await self._store.measures(FINEST, at, at + FINEST, name=WHOLE, queue=WHOLE)
        ):
            return
        looks = [
            _look(at, queue.name, queue.due, now - (queue.oldest_due_at or now))
            for queue in await self._store.queues(_COUNTED)
        ]
        oldest = max((each.oldest for each in looks), default=_NO_TIME)
        await self._store.keep_measures([*looks, _look(at, WHOLE, sum(each.due for each in looks), oldest)])

    def total(self) -> list[Measure]:
        """All that ended since this meter was made, by job name and queue."""
        at = self._clock.now()
        now = {key: tally.measure(at, *key, _SO_FAR) for key, tally in self._tallies.items() if tally.timed}
        keys = sorted(self._told.keys() | now.keys())
        return [summed([each[key] for each in (self._told, now) if key in each]) for key in keys]

    def _gather(self) -> None:
        """Makes rows of what was counted since the last time, at the minute in which it is told."""
        tallies, self._tallies = self._tallies, {}
        at, part = floor(self._clock.now(), FINEST), f"{self._host} {next(self._parts)}"
        rows = [tally.measure(at, name, queue, part) for (name, queue), tally in tallies.items() if tally.timed]
        for row in rows:
            before = self._told.get((row.name, row.queue))
            counted = replace(row, errors={})  # which are many, and nobody asks this process for them
            self._told[row.name, row.queue] = counted if before is None else summed([before, counted])
        self._untold += with_wholes(rows)
        del self._untold[:-_MOST_UNTOLD]


def _look(at: datetime, queue: str, due: int, oldest: timedelta) -> Measure:
    """What was seen of a queue, or of all."""
    return Measure(
        at=at, span=FINEST, name=WHOLE, queue=queue, part=_LOOKED, waits=Spread(), runs=Spread(), due=due,
        oldest=max(_NO_TIME, oldest),
    )  # fmt: skip
