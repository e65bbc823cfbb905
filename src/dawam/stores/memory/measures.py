"""What was measured, in memory."""

from collections.abc import Sequence
from datetime import datetime

from dawam.measures.compacting import added_to, home, home_of, is_at_home
from dawam.measures.record import MERGED, Measure
from dawam.stores.memory.shelf import Place


def keep(place: Place, measures: Sequence[Measure]) -> None:
    for each in measures:
        place.section.measures.setdefault((home_of(each), each.part), each)


def merge(place: Place, limit: int) -> int:
    rows, now = place.section.measures, place.clock.now()
    moving = [key for key, each in rows.items() if not is_at_home(each, now)][:limit]
    moved = [rows.pop(key) for key in moving]
    homes = {found for each in moved if (found := home(each, now)) is not None}
    there = [rows[found, MERGED] for found in homes if (found, MERGED) in rows]
    rows.update({(home_of(each), MERGED): each for each in added_to(there, moved, now)})
    return len(moved)


def measures(place: Place, since: datetime, until: datetime, name: str | None, queue: str | None) -> list[Measure]:
    found = [
        each
        for each in place.section.measures.values()
        if since <= each.at < until and name in (None, each.name) and queue in (None, each.queue)
    ]
    return sorted(found, key=lambda each: (each.at, each.span, each.name, each.queue, each.part))
