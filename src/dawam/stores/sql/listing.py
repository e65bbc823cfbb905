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

from dawam.clock import to_microseconds
from dawam.jobs.record import JobInfo
from dawam.jobs.state import FINISHED, StoredState
from dawam.stores.sql.choosing import FOR_EVER, finished_states, live_states, parameters
from dawam.stores.sql.database import Database
from dawam.stores.sql.place import Place
from dawam.stores.sql.reading import get
from dawam.stores.sql.rows import job_info
from dawam.stores.values import JobFilter

Lane = tuple[str, str | None]
"""A statement, and what it is to read: a queue or a state, where it reads only one."""


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


def jobs(db: Database, place: Place, chosen: JobFilter, limit: int, after: UUID | None) -> list[JobInfo]:
    last = get(db, place, after) if after else None
    if after and (last is None or last.stored_state not in _SHELVES):
        return []
    begin = _SHELVES[last.stored_state] if last else Shelf.DUE
    found: list[JobInfo] = []
    for shelf in list(Shelf)[begin:]:
        behind = _behind(db, last if shelf == begin else None, shelf)
        said = {**parameters(place, chosen), **behind}
        found += _read(db, shelf, _lanes(db, place, chosen, shelf), said, limit - len(found))
        if len(found) >= limit:
            break
    return found


def _lanes(db: Database, place: Place, chosen: JobFilter, shelf: Shelf) -> list[Lane]:
    states = [state for state in (*live_states(chosen), *finished_states(chosen)) if _SHELVES[state] is shelf]
    if shelf is Shelf.DUE and states:
        if chosen.queue is not None:
            return [("list_ready", chosen.queue)]
        queues = db.execute("ready_queues", {"application": place.application}).fetchall()
        return [("list_ready", queue) for (queue,) in queues]
    if shelf is Shelf.FINISHED:
        statement = "list_finished" if chosen.fingerprint is None else "list_finished_by_error"
        return [(statement, state.value) for state in states]
    return [(f"list_{state}", None) for state in states]


def _read(db: Database, shelf: Shelf, lanes: Sequence[Lane], said: dict[str, Any], limit: int) -> list[JobInfo]:
    """The first jobs of the lanes together; no lane is read further than it is needed."""
    cursors = [db.execute(name, {**said, "lane": lane, "limit": max(limit, 0)}) for name, lane in lanes]
    try:
        rows = merge(*cursors, key=_KEYS[shelf], reverse=shelf is Shelf.FINISHED)
        return [job_info(row, db.id_of) for row in islice(rows, max(limit, 0))]
    finally:
        for cursor in cursors:
            cursor.close()  # one that is left open would keep the reader at this moment of the file


def _behind(db: Database, last: JobInfo | None, shelf: Shelf) -> dict[str, Any]:
    """The place in the shelf behind which to read; without a last job, its beginning."""
    if last is None:
        is_finished = shelf is Shelf.FINISHED
        moment, key = (FOR_EVER, db.last_key) if is_finished else (-FOR_EVER, db.first_key)
        return {"after_rank": -FOR_EVER, "after_attempts": 0, "after_moment": moment, "after": key}
    moment = to_microseconds(last.finished_at or last.run_at)
    return {
        "after_rank": -int(last.priority),
        "after_attempts": last.attempt_count,
        "after_moment": moment,
        "after": db.key(last.id),
    }


_KEYS: dict[Shelf, Callable[[tuple[Any, ...]], tuple[Any, ...]]] = {
    # rank, attempts, due, id; the others stand where the statements have them
    Shelf.DUE: lambda row: (row[8], row[10], row[16], row[0]),
    Shelf.LATER: lambda row: (row[16], row[0]),
    Shelf.RUNNING: lambda row: (row[0],),
    Shelf.FINISHED: lambda row: (row[20], row[0]),
}
"""By what the rows of a shelf are ordered."""
