"""What a store keeps of how things went: how many attempts ended, and how long they had waited and ran."""

from collections.abc import Sequence
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
    waits: Spread
    """From when an attempt was due until it began."""
    runs: Spread
    """From its begin to its end."""

    @property
    def count(self) -> int:
        return self.succeeded + self.failed + self.retried + self.cancelled


class Measure(Totals, frozen=True, kw_only=True):
    """The attempts of one job name in one queue that ended within a span of time."""

    at: datetime
    """When the span begins."""
    span: timedelta
    name: str
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
        waits=added_up(each.waits for each in measures),
        runs=added_up(each.runs for each in measures),
    )
