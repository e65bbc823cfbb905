"""For how long measures are kept, and how finely, so that years of them are a few rows and any span of time is few.

| A sum of | is kept for |
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
_KEPT = dict(WINDOWS)


class Home(NamedTuple):
    """Where what was measured belongs."""

    span: timedelta
    at: datetime
    name: str
    queue: str


def floor(moment: datetime, span: timedelta) -> datetime:
    """The begin of the span, counted from 1970, in which this moment lies."""
    return moment - (moment - EPOCH) % span


def homes(part: Measure, now: datetime) -> list[Home]:
    """The sums to which this part is to be added at this time: one of each span that is kept for so long."""
    return [
        Home(window.span, at, part.name, part.queue)
        for window in WINDOWS
        if (at := floor(part.at, window.span)) > now - window.kept
    ]


def may_stay(measure: Measure, now: datetime) -> bool:
    """Whether it stays as it is: a sum that is not too old, and a part of a minute that is not over."""
    if measure.part != MERGED:
        return measure.at + FINEST > now
    return measure.at > now - _KEPT[measure.span]


def home_of(measure: Measure) -> Home:
    """Where a sum is."""
    return Home(measure.span, measure.at, measure.name, measure.queue)


def added_to(there: Iterable[Measure], parts: Iterable[Measure], now: datetime) -> list[Measure]:
    """The sums that come of these parts, and of those that are there already."""
    found = defaultdict[Home, list[Measure]](list)
    for part in parts:
        for home in homes(part, now):
            found[home].append(replace(part, span=home.span, at=home.at))
    for measure in there:
        found[home_of(measure)].append(measure)
    return [summed(measures) for measures in found.values()]
