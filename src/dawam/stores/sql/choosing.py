"""A `JobFilter` as the parameters of statements, and which of some jobs it means."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from dawam.clock import to_microseconds
from dawam.jobs.state import FINISHED, StoredState
from dawam.stores.sql.database import Database
from dawam.stores.sql.place import Place
from dawam.stores.sql.rows import words
from dawam.stores.values import ArgsMatch, JobFilter

FOR_EVER = 2**63 - 1
"""Later than any moment, in microseconds."""
_MICROSECOND = timedelta(microseconds=1)
NEWEST = 50_000
"""Unfinished and finished jobs each, by id, among which those are whose id ends so: no index knows."""
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
        "fingerprint": chosen.fingerprint,
        "tag": chosen.tag,
        "attempts_from": chosen.attempts_from or 0,
        "due_from": _moment(chosen.due_from, -FOR_EVER),
        "due_before": _moment(chosen.due_before, FOR_EVER),
        "finished_from": _moment(chosen.finished_from, -FOR_EVER),
        "took": None if chosen.took is None else chosen.took // _MICROSECOND,
        **_args(chosen.args),
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


def still_meant(db: Database, place: Place, job_ids: Sequence[UUID], chosen: JobFilter) -> list[UUID]:
    """Those of these jobs that the filter means now, in the order given."""
    keys = {job_id: db.key(job_id) for job_id in job_ids}
    these = zip(("keys", "numbers"), db.many([*keys.values()]), strict=False)
    said = {**parameters(place, chosen), **dict(these)}
    found = {
        key
        for statement, states in (("still_live", live_states(chosen)), ("still_finished", finished_states(chosen)))
        if states
        for (key,) in db.execute(statement, {**said, "states": words(states)})
    }
    return [job_id for job_id in job_ids if keys[job_id] in found]


def find_ids(db: Database, place: Place, part: str, limit: int) -> list[UUID]:
    if len(part) > _DIGITS:
        return []
    said = {
        "application": place.application,
        "lowest": db.key(UUID(hex=part.ljust(_DIGITS, "0"))),
        "highest": db.key(UUID(hex=part.ljust(_DIGITS, "f"))),
        "part": part,
        "tail": len(part),
        "newest": NEWEST,
        "limit": max(limit, 0),
    }
    return [db.id_of(key) for (key,) in db.execute("find_ids", said)]


def _args(match: ArgsMatch | None) -> dict[str, str | None]:
    """The place in the args as databases name it: by its steps, or as paths. A number is an item, or else a name."""
    if match is None:
        return dict.fromkeys(("args_steps", "args_paths", "args_value"))
    names = "".join(f'."{step}"' for step in match.steps)
    items = "".join(f"[{step}]" if step.isdecimal() else f'."{step}"' for step in match.steps)
    return {
        "args_steps": words(match.steps),
        "args_paths": words([f"${names}", f"${items}"]),
        "args_value": match.value,
    }


def _moment(moment: datetime | None, instead: int) -> int:
    return instead if moment is None else to_microseconds(moment)
