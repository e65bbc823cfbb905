"""Lists of jobs, page by page: each shelf is read in lanes that an index keeps in order, and the lanes are merged.

A shelf is a part of the list that people see: due jobs, later ones, running ones, finished ones. A lane is as much of
it as one index serves without sorting: one queue of the due jobs, one state of the finished ones.
"""

from collections.abc import Callable, Sequence
from enum import IntEnum
from heapq import merge
from itertools import islice
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from dawam.clock import to_microseconds
from dawam.jobs.record import JobInfo
from dawam.jobs.state import FINISHED, StoredState
from dawam.stores.looks import Bookmark, JobLook
from dawam.stores.sql.choosing import FOR_EVER, finished_states, live_states, parameters
from dawam.stores.sql.database import Database
from dawam.stores.sql.place import Place
from dawam.stores.sql.reading import get
from dawam.stores.sql.rows import job_info
from dawam.stores.values import JobFilter

Lane = tuple[str, str | None]
"""What is read, as statements are named for it, and of which queue or state, where only one is read."""
Key = tuple[Any, ...]
"""A place in a shelf: rank, attempts, moment, id, as far as it is ordered by them."""


class Shelf(IntEnum):
    """The parts of a list, in order."""

    DUE = 0
    LATER = 1
    RUNNING = 2
    FINISHED = 3


_SHELVES: dict[StoredState | str, Shelf] = {
    StoredState.READY: Shelf.DUE,
    StoredState.SCHEDULED: Shelf.LATER,
    StoredState.PARKED: Shelf.LATER,
    StoredState.RUNNING: Shelf.RUNNING,
    **dict.fromkeys(FINISHED, Shelf.FINISHED),
}
_NAMES = {shelf.name.lower(): shelf for shelf in Shelf}
_NUMBERS = 3


def look(
    db: Database, place: Place, chosen: JobFilter, limit: int, after: UUID | Bookmark | None, within: int | None
) -> JobLook:
    begin = _place_of(db, place, after) if isinstance(after, UUID) else after
    if limit <= 0 or (begin is None and after is not None):
        return JobLook([])
    found: list[JobInfo] = []
    first, key = _entry(db, begin)
    for shelf in list(Shelf)[first:]:
        lanes = _lanes(db, place, chosen, shelf)
        said = {**parameters(place, chosen), **_bound("after", key if shelf is first else _first(db, shelf))}
        end = _end(db, shelf, lanes, said, None if _is_served_by_order(chosen) else within)
        said |= _bound("until", _last(db, shelf) if end is None else end)
        found += _read(db, shelf, lanes, said, limit + 1 - len(found))
        if len(found) > limit:
            return JobLook(found[:limit], _bookmark(found[limit - 1]))
        if end is not None:
            *numbers, last = end
            return JobLook(found, Bookmark(shelf.name.lower(), tuple(numbers), db.id_of(last)))
    return JobLook(found)


def _entry(db: Database, begin: Bookmark | None) -> tuple[Shelf, Key]:
    """Where the look begins. Raises `ValueError` for a bookmark that no list has made."""
    if begin is None:
        return Shelf.DUE, _first(db, Shelf.DUE)
    if begin.lane not in _NAMES or len(begin.numbers) != _NUMBERS or begin.id is None:
        raise ValueError(f"{begin.to_text()!r} is no place in a list of jobs")
    return _NAMES[begin.lane], (*begin.numbers, db.key(begin.id))


def _lanes(db: Database, place: Place, chosen: JobFilter, shelf: Shelf) -> list[Lane]:
    states = [state for state in (*live_states(chosen), *finished_states(chosen)) if _SHELVES[state] is shelf]
    if shelf is Shelf.DUE and states:
        if chosen.queue is not None:
            return [("ready", chosen.queue)]
        queues = db.execute("ready_queues", {"application": place.application}).fetchall()
        return [("ready", queue) for (queue,) in queues]
    if shelf is Shelf.FINISHED:
        kind = "finished" if chosen.fingerprint is None else "finished_by_error"
        return [(kind, state.value) for state in states]
    return [(state.value, None) for state in states]


def _is_served_by_order(chosen: JobFilter) -> bool:
    """Whether all jobs of the lanes are meant, so that none is looked at in vain."""
    return replace(chosen, states=frozenset(), due_only=False) == JobFilter()


def _end(db: Database, shelf: Shelf, lanes: Sequence[Lane], said: dict[str, Any], within: int | None) -> Key | None:
    """The place in the shelf where so many jobs have been looked at; None where it ends before, or has few anyway."""
    if within is None or shelf is Shelf.RUNNING or not lanes:
        return None
    share = max(within // len(lanes), 1) - 1
    ends = [db.execute(f"end_of_{kind}", {**said, "lane": lane, "within": share}).fetchone() for kind, lane in lanes]
    reached = [tuple(end) for end in ends if end is not None]
    if not reached:
        return None
    return max(reached) if shelf is Shelf.FINISHED else min(reached)


def _read(db: Database, shelf: Shelf, lanes: Sequence[Lane], said: dict[str, Any], limit: int) -> list[JobInfo]:
    """The first jobs of the lanes together; no lane is read further than it is needed."""
    cursors = [db.execute(f"list_{kind}", {**said, "lane": lane, "limit": limit}) for kind, lane in lanes]
    try:
        rows = merge(*cursors, key=_KEYS[shelf], reverse=shelf is Shelf.FINISHED)
        return [job_info(row, db.id_of) for row in islice(rows, limit)]
    finally:
        for cursor in cursors:
            cursor.close()  # one that is left open would keep the reader at this moment of the file


_KEYS: dict[Shelf, Callable[[tuple[Any, ...]], tuple[Any, ...]]] = {
    # rank, attempts, due, id; the others stand where the statements have them
    Shelf.DUE: lambda row: (row[8], row[10], row[16], row[0]),
    Shelf.LATER: lambda row: (row[16], row[0]),
    Shelf.RUNNING: lambda row: (row[0],),
    Shelf.FINISHED: lambda row: (row[20], row[0]),
}
"""By what the rows of a shelf are ordered."""


def _first(db: Database, shelf: Shelf) -> Key:
    """The place before all others of a shelf."""
    return (0, 0, FOR_EVER, db.last_key) if shelf is Shelf.FINISHED else (-FOR_EVER, 0, -FOR_EVER, db.first_key)


def _last(db: Database, shelf: Shelf) -> Key:
    """The place behind all others."""
    return (0, 0, -FOR_EVER, db.first_key) if shelf is Shelf.FINISHED else (FOR_EVER, FOR_EVER, FOR_EVER, db.last_key)


def _bound(side: str, key: Key) -> dict[str, Any]:
    """A place as what statements are told."""
    return dict(zip((f"{side}_rank", f"{side}_attempts", f"{side}_moment", side), key, strict=True))


def _place_of(db: Database, place: Place, job_id: UUID) -> Bookmark | None:
    job = get(db, place, job_id)
    return None if job is None or job.stored_state not in _SHELVES else _bookmark(job)


def _bookmark(job: JobInfo) -> Bookmark:
    """Where a list goes on behind this job."""
    moment = to_microseconds(job.finished_at or job.run_at)
    return Bookmark(_SHELVES[job.stored_state].name.lower(), (-int(job.priority), job.attempt_count, moment), job.id)
