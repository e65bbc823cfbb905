"""How jobs went lately, for people: how many ended and how, and how long they had waited and ran."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Protocol

from dawam.clock import Clock
from dawam.measures.compacting import FINEST, WINDOWS, floor
from dawam.measures.record import WHOLE, Measure
from dawam.measures.series import Series, by_name, by_queue, errors_of, series, step_for


class MeasuredStore(Protocol):
    """As much of a store as is read here."""

    @property
    def clock(self) -> Clock: ...

    async def measures(
        self, span: timedelta, since: datetime, until: datetime, *, name: str | None = None, queue: str | None = None
    ) -> list[Measure]: ...


class JobMeasures:
    """Reads what hosts have measured; they tell it about every ten seconds.

    It is kept by the minute for two hours, by ten minutes for two days, by the hour for two weeks, and by the day for
    400 days. `duration` is how long a time before now is meant; `ValueError` where nothing is kept for so long.
    """

    def __init__(self, store: MeasuredStore) -> None:
        self._store = store

    async def series(self, duration: timedelta, *, name: str | None = None, queue: str | None = None) -> Series:
        """Step by step: the steps are the finest that are kept for so long. What was due is known of queues only."""
        since, until = self._until_now(duration)
        return series(await self._read(since, until, *_key(name, queue)), since, until)

    async def errors(
        self, duration: timedelta, *, name: str | None = None, queue: str | None = None
    ) -> list[Counter[str]]:
        """How often each error was seen, by fingerprint, in the steps of `series`."""
        since, until = self._until_now(duration)
        return errors_of(await self._read(since, until, *_key(name, queue)), since, until)

    async def by_queue(self, duration: timedelta) -> dict[str, Series]:
        """The same for each queue."""
        since, until = self._until_now(duration)
        return by_queue(await self._read(since, until, WHOLE, None), since, until)

    async def by_name(self, duration: timedelta, *, name: str | None = None, queue: str | None = None) -> list[Measure]:
        """The same as one sum for each job name and queue, the busiest first."""
        since, until = self._until_now(duration)
        return by_name(await self._read(since, until, name, queue))

    async def _read(self, since: datetime, until: datetime, name: str | None, queue: str | None) -> list[Measure]:
        step = step_for(until - since)
        # hosts whose clocks are a little ahead have measured in the next minute as well
        return await self._store.measures(step, floor(since, step), until + FINEST, name=name, queue=queue)

    def _until_now(self, duration: timedelta) -> tuple[datetime, datetime]:
        if not timedelta(0) < duration <= WINDOWS[-1].kept:
            raise ValueError(f"{duration!r}: more than nothing was expected, and {WINDOWS[-1].kept.days} days at most")
        now = self._store.clock.now()
        return now - duration, now


def _key(name: str | None, queue: str | None) -> tuple[str, str | None]:
    """The rows that say it all: of the name, or else of the queue as a whole, or of all queues."""
    return (WHOLE, queue or WHOLE) if name is None else (name, queue)
