"""What a store keeps of how things went: how many attempts ended, and how long they had waited and ran."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from dawam.measures.spread import Spread, added_up

MERGED = ""
"""The part of a row that was added up; any other row is one that a host has put there."""


class Totals(Struct, frozen=True, kw_only=True):
    """How some attempts ended, and how long they took."""

    succeeded: int = 0
    failed: int = 0
    """For good."""
    retried: int = 0
    """Failed, and to be tried again."""
    cancelled: int = 0
    errors: Mapping[str, int] = {}
    """How many of those that failed did by which error: fingerprint -> how many."""
    waits: Spread
    """From when an attempt was due until it began."""
    runs: Spread
    """From its begin to its end."""
    due: int = 0
    """The most jobs that were due at once, of those moments at which somebody looked."""
    oldest: timedelta = timedelta(0)
    """The longest that one of them had been."""

    @property
    def count(self) -> int:
        return self.succeeded + self.failed + self.retried + self.cancelled


class Measure(Totals, frozen=True, kw_only=True):
    """The attempts of one job name in one queue that ended within a span of time."""

    at: datetime
    """When the span begins."""
    span: timedelta
    name: str
    """Empty where it says what waited in the queue, and not what ended."""
    queue: str
    part: str = MERGED
    """Who put it there, and the how many-th it was: the same again is not counted again."""


def summed(measures: Sequence[Measure]) -> Measure:
    """All of these as one, at the place of the first."""
    first = measures[0]
    return Measure(
        at=first.at,
        span=first.span,
        name=first.name,
        queue=first.queue,
        succeeded=sum(each.succeeded for each in measures),
        failed=sum(each.failed for each in measures),
        retried=sum(each.retried for each in measures),
        cancelled=sum(each.cancelled for each in measures),
        errors=_counted(each.errors for each in measures),
        waits=added_up(each.waits for each in measures),
        runs=added_up(each.runs for each in measures),
        due=max(each.due for each in measures),
        oldest=max(each.oldest for each in measures),
    )


def _counted(errors: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total = Counter[str]()
    for each in errors:
        total.update(each)
    return dict(total)
