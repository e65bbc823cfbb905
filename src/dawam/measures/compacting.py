"""How measures grow coarser as they grow old, so that years of them are a few rows.

| A span of | is kept for |
|---|---|
| a minute | 2 hours |
| ten minutes | 2 days |
| an hour | 2 weeks |
| a day | 400 days |
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec.structs import replace

from dawam.clock import EPOCH
from dawam.measures.record import MERGED, Measure, summed


class Window(NamedTuple):
    """Rows of this span are kept until they are so old."""

    span: timedelta
    kept: timedelta


WINDOWS = (
    Window(timedelta(minutes=1), timedelta(hours=2)),
    Window(timedelta(minutes=10), timedelta(days=2)),
    Window(timedelta(hours=1), timedelta(days=14)),
    Window(timedelta(days=1), timedelta(days=400)),
)
FINEST = WINDOWS[0].span


class Home(NamedTuple):
    """Where what was measured belongs."""

    span: timedelta
    at: datetime
    name: str
    queue: str


def floor(moment: datetime, span: timedelta) -> datetime:
    """The begin of the span, counted from 1970, in which this moment lies."""
    return moment - (moment - EPOCH) % span


def home(measure: Measure, now: datetime) -> Home | None:
    """Where this row belongs at this time; None: it was kept for long enough.

    A span is kept as a whole until its begin is too old for it.
    """
    for window in WINDOWS:
        at = floor(measure.at, window.span)
        if window.span >= measure.span and at > now - window.kept:
            return Home(window.span, at, measure.name, measure.queue)
    return None


def is_at_home(measure: Measure, now: datetime) -> bool:
    """Whether it can stay as it is. Parts of a minute that is not over wait for the others."""
    if measure.part != MERGED:
        return measure.at + FINEST > now
    return home(measure, now) == home_of(measure)


def home_of(measure: Measure) -> Home:
    """Where it is."""
    return Home(measure.span, measure.at, measure.name, measure.queue)


def added_to(there: Iterable[Measure], moving: Iterable[Measure], now: datetime) -> list[Measure]:
    """The rows that come of those that move to where they belong, and of the merged ones that are there already."""
    homes: defaultdict[Home, list[Measure]] = defaultdict(list)
    for measure in moving:
        if (found := home(measure, now)) is not None:
            homes[found].append(replace(measure, span=found.span, at=found.at))
    for measure in there:
        homes[home_of(measure)].append(measure)
    return [summed(measures) for measures in homes.values()]
