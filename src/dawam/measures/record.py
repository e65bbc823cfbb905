"""What a store keeps of how things went: how many attempts ended, and how long they had waited and ran."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from dawam.measures.spread import Spread, added_up

MERGED = ""
"""The part of a row that was added up; any other row is one that a host has put there."""
WHOLE = ""
"""In place of the name of a job: all jobs of the queue. In place of a queue: all queues."""


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
    """`WHOLE`: this row says of all jobs of the queue what others say of each name; it alone says what was due."""
    queue: str
    """`WHOLE`, together with the name: this row says so of all queues."""
    part: str = MERGED
    """Who put it there, and the how many-th it was: the same again is not counted again."""


def summed(measures: Sequence[Measure]) -> Measure:
    """All of these as one, at the place of the first."""
    first = measures[0]
    return Measure(at=first.at, span=first.span, name=first.name, queue=first.queue, **fields_of(total(measures)))


def total(of: Sequence[Totals]) -> Totals:
    """All of these as one."""
    return Totals(
        succeeded=sum(each.succeeded for each in of),
        failed=sum(each.failed for each in of),
        retried=sum(each.retried for each in of),
        cancelled=sum(each.cancelled for each in of),
        errors=_counted(each.errors for each in of),
        waits=added_up(each.waits for each in of),
        runs=added_up(each.runs for each in of),
        due=max((each.due for each in of), default=0),
        oldest=max((each.oldest for each in of), default=timedelta(0)),
    )


def fields_of(totals: Totals) -> dict[str, Any]:
    """What it says, by name."""
    return {field: getattr(totals, field) for field in Totals.__struct_fields__}


def with_wholes(measures: Sequence[Measure]) -> list[Measure]:
    """These, which are of one part, and one row more for each queue and for all, so that few need be read."""
    by_queue = defaultdict[str, list[Measure]](list)
    for each in measures:
        by_queue[each.queue].append(each)
    queues = [replace(summed(each), name=WHOLE, part=each[0].part) for each in by_queue.values()]
    everything = [replace(summed(queues), queue=WHOLE, part=queues[0].part)] if queues else []
    return [*measures, *queues, *everything]


def _counted(errors: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total = Counter[str]()
    for each in errors:
        total.update(each)
    return dict(total)
