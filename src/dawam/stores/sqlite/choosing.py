"""A `JobFilter` as the parameters of statements, and the verbs that go through all the jobs that it means."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from dawam.clock import to_microseconds
from dawam.jobs.state import FINISHED, StoredState
from dawam.stores.base import JobFilter
from dawam.stores.sqlite.place import SQL, Place
from dawam.stores.sqlite.rows import many, words

FOR_EVER = 2**63 - 1
"""Later than any moment, in microseconds."""
LAST_ID = b"\xff" * 17
"""Larger than any id."""
_DIGITS = 32
"""Of an id, in hexadecimal."""
_LIVE = tuple(state for state in StoredState if state not in FINISHED)


def parameters(place: Place, chosen: JobFilter) -> dict[str, Any]:
    """What the part `chosen` of a statement needs, beside whose jobs and which finished ones."""
    return {
        "application": place.application,
        "name": chosen.name,
        "queue": chosen.queue,
        "rank": None if chosen.priority is None else -int(chosen.priority),
        "host": chosen.host,
        "error": chosen.error,
        "tag": chosen.tag,
        "created_from": _moment(chosen.created_from, -FOR_EVER),
        "created_before": _moment(chosen.created_before, FOR_EVER),
        "finished_before": _moment(chosen.finished_before, FOR_EVER),
    }


def live_states(chosen: JobFilter) -> tuple[StoredState, ...]:
    """The places of unfinished jobs that the filter does not rule out."""
    if chosen.due_only:
        return (StoredState.READY,) if chosen.wants(StoredState.READY.seen_as) else ()
    return tuple(state for state in _LIVE if chosen.wants(state.seen_as))


def finished_states(chosen: JobFilter) -> tuple[StoredState, ...]:
    """The kinds of finished jobs that the filter does not rule out."""
    return tuple(state for state in StoredState if state in FINISHED and chosen.wants(state.seen_as))


def count(db: sqlite3.Connection, place: Place, chosen: JobFilter) -> int:
    return sum(
        rows.fetchone()[0] for rows in _each_place(db, place, chosen, "count_chosen_live", "count_chosen_finished")
    )


def ids(db: sqlite3.Connection, place: Place, chosen: JobFilter, limit: int, after: UUID | None) -> list[UUID]:
    behind = {"after": after.bytes if after else b"", "limit": limit}
    places = _each_place(db, place, chosen, "ids_of_live", "ids_of_finished", **behind)
    return [UUID(bytes=key) for key in sorted(key for rows in places for (key,) in rows)[: max(limit, 0)]]


def still_meant(db: sqlite3.Connection, place: Place, job_ids: Sequence[UUID], chosen: JobFilter) -> list[UUID]:
    """Those of these jobs that the filter means now, in the order given."""
    keys, numbers = many([job_id.bytes for job_id in job_ids])
    said = {**parameters(place, chosen), "keys": keys, "numbers": numbers}
    found = {
        key
        for statement, states in (("still_live", live_states(chosen)), ("still_finished", finished_states(chosen)))
        if states
        for (key,) in db.execute(SQL[statement], {**said, "states": words(states)})
    }
    return [job_id for job_id in job_ids if job_id.bytes in found]


def find_ids(db: sqlite3.Connection, place: Place, part: str, limit: int) -> list[UUID]:
    said = {
        "application": place.application,
        "lowest": bytes.fromhex(part.ljust(_DIGITS, "0")),
        "highest": bytes.fromhex(part.ljust(_DIGITS, "f")),
        "part": part,
        "tail": -len(part),
        "limit": limit,
    }
    return [UUID(bytes=key) for (key,) in db.execute(SQL["find_ids"], said)]


def _each_place(
    db: sqlite3.Connection, place: Place, chosen: JobFilter, live: str, finished: str, **more: Any
) -> list[sqlite3.Cursor]:
    """The answers of one statement for unfinished jobs, and of one for each kind of finished ones."""
    said, states = {**parameters(place, chosen), **more}, live_states(chosen)
    answers = [db.execute(SQL[live], {**said, "states": words(states)})] if states else []
    return answers + [db.execute(SQL[finished], {**said, "lane": state}) for state in finished_states(chosen)]


def _moment(moment: datetime | None, instead: int) -> int:
    return instead if moment is None else to_microseconds(moment)
