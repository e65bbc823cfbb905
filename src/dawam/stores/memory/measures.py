"""What was measured, in memory."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from dawam.measures.compacting import added_to, home_of, homes, may_stay
from dawam.measures.record import MERGED, Measure
from dawam.stores.memory.shelf import Place


def keep(place: Place, measures: Sequence[Measure]) -> None:
    for each in measures:
        place.section.measures.setdefault((home_of(each), each.part), each)


def merge(place: Place, limit: int) -> int:
    rows, now = place.section.measures, place.clock.now()
    going = [key for key, each in rows.items() if not may_stay(each, now)][:limit]
    parts = [each for each in map(rows.pop, going) if each.part != MERGED]
    there = [
        rows[home, MERGED] for home in {home for each in parts for home in homes(each, now)} if (home, MERGED) in rows
    ]
    rows.update({(home_of(each), MERGED): each for each in added_to(there, parts, now)})
    return len(going)


def measures(
    place: Place, span: timedelta, since: datetime, until: datetime, name: str | None, queue: str | None
) -> list[Measure]:
    found = [
        each
        for each in place.section.measures.values()
        if (each.part != MERGED or each.span == span)
        and since <= each.at < until
        and name in (None, each.name)
        and queue in (None, each.queue)
    ]
    return sorted(found, key=lambda each: (each.at, each.name, each.queue, each.part))
