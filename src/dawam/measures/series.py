"""What was measured as people look at it: step by step over a time, or name by name."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec import Struct

from dawam.measures.compacting import WINDOWS, floor
from dawam.measures.record import WHOLE, Measure, Totals, fields_of, summed, total


class Step(Totals, frozen=True, kw_only=True):
    """What ended within one step of a series."""

    at: datetime
    """When the step begins."""


class Series(Struct, frozen=True, kw_only=True):
    """One step after the other, without gaps; the first is the oldest. The last goes on."""

    step: timedelta
    steps: tuple[Step, ...]

    @property
    def total(self) -> Totals:
        """All steps as one."""
        return total(self.steps)


def step_for(duration: timedelta) -> timedelta:
    """The finest step that is known for all of so long a time: it is what stores keep for that long."""
    return next((window.span for window in WINDOWS if duration <= window.kept), WINDOWS[-1].span)


def series(measures: Iterable[Measure], since: datetime, until: datetime) -> Series:
    """All of these in steps, from the one in which `since` lies to the one in which `until` does."""
    step = step_for(until - since)
    found = defaultdict[datetime, list[Measure]](list)
    for measure in measures:
        found[floor(measure.at, step)].append(measure)
    first, last = floor(since, step), floor(until, step)
    moments = [first + number * step for number in range((last - first) // step + 1)]
    return Series(
        step=step, steps=tuple(Step(at=moment, **fields_of(total(found.get(moment, ())))) for moment in moments)
    )


def by_name(measures: Iterable[Measure]) -> list[Measure]:
    """One row for each name and queue, the busiest first."""
    found = defaultdict[tuple[str, str], list[Measure]](list)
    for measure in measures:
        if measure.name != WHOLE:
            found[measure.name, measure.queue].append(measure)
    return sorted(map(summed, found.values()), key=lambda each: (-each.count, each.name, each.queue))


def errors_of(measures: Iterable[Measure], since: datetime, until: datetime) -> list[Counter[str]]:
    """Which errors were seen how often, step by step; the same steps as those of a series."""
    step = step_for(until - since)
    first = floor(since, step)
    found = [Counter[str]() for _ in range((floor(until, step) - first) // step + 1)]
    for measure in measures:
        number = (floor(measure.at, step) - first) // step
        if 0 <= number < len(found):
            found[number].update(measure.errors)
    return found


def by_queue(measures: Iterable[Measure], since: datetime, until: datetime) -> dict[str, Series]:
    """Each queue step by step, by name."""
    found = defaultdict[str, list[Measure]](list)
    for measure in measures:
        if measure.queue != WHOLE:
            found[measure.queue].append(measure)
    return {queue: series(found[queue], since, until) for queue in sorted(found)}
