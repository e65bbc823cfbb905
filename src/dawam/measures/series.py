"""What was measured as people look at it: step by step over a time, or name by name."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from dawam.measures.compacting import WINDOWS, floor
from dawam.measures.record import Measure, Totals, summed
from dawam.measures.spread import Spread


class Step(Totals, frozen=True, kw_only=True):
    """What ended within one step of a series."""

    at: datetime
    """When the step begins."""


class Series(Struct, frozen=True, kw_only=True):
    """One step after the other, without gaps; the first is the oldest. The last goes on."""

    step: timedelta
    steps: tuple[Step, ...]


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
    return Series(step=step, steps=tuple(_step(moment, found.get(moment, ())) for moment in moments))


def by_name(measures: Iterable[Measure]) -> list[Measure]:
    """One row for each name and queue, the busiest first."""
    found = defaultdict[tuple[str, str], list[Measure]](list)
    for measure in measures:
        if measure.name:
            found[measure.name, measure.queue].append(measure)
    return sorted(map(summed, found.values()), key=lambda each: (-each.count, each.name, each.queue))


def _step(at: datetime, measures: Sequence[Measure]) -> Step:
    if not measures:
        return Step(at=at, waits=Spread(), runs=Spread())
    total = summed(measures)
    due = Counter[str]()
    for each in measures:
        due[each.queue] = max(due[each.queue], each.due)
    return Step(
        at=at, succeeded=total.succeeded, failed=total.failed, retried=total.retried, cancelled=total.cancelled,
        errors=total.errors, waits=total.waits, runs=total.runs, due=due.total(), oldest=total.oldest,
    )  # fmt: skip
