"""`claim`, `claim_parked` and `claim_suspect`: hand jobs to a host that is alive, which come as one JSON document."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from dawam.ids import HostId
from dawam.jobs.record import ClaimedJob
from dawam.stores.sql.ending import cancel_waiting
from dawam.stores.sql.place import Place
from dawam.stores.sql.reading import may_claim
from dawam.stores.sql.rows import words
from dawam.stores.sqlite.database import SqliteDatabase

_Search = tuple[str, tuple[Any, ...]]
"""A statement in the form of `select_ready`, and its parameters behind the first three."""
_decode = msgspec.json.Decoder(list[ClaimedJob]).decode
"""The jobs of one `select_ready`. Raises `ValueError` for args that are no text; as hexadecimal digits they are."""
_ANY_NUMBER = -1
_MOST_EXPIRED = 1_000
"""So many expired jobs does one claim step over, so that it does not hold the lock for long."""


def claim(db: SqliteDatabase, place: Place, host: HostId, queues: Sequence[str], limit: int) -> list[ClaimedJob]:
    if limit <= 0 or not may_claim(db, place, host):
        return []
    searches = [("select_ready", (queue,)) for queue in dict.fromkeys(queues)]
    return _claim_first(db, place, host, searches, limit)


def claim_parked(
    db: SqliteDatabase, place: Place, host: HostId, queues: Sequence[str], known: Mapping[str, int], limit: int
) -> list[ClaimedJob]:
    if limit <= 0 or not may_claim(db, place, host):
        return []
    served = words(tuple(queues))
    searches = [("select_parked", (name, version, served)) for name, version in known.items()]
    return _claim_first(db, place, host, searches, limit)


def claim_suspect(
    db: SqliteDatabase, place: Place, host: HostId, queues: Sequence[str], known: Mapping[str, int]
) -> ClaimedJob | None:
    if not may_claim(db, place, host):
        return None
    for job in _searched(db, place, [("select_suspects", (words(tuple(queues)),))], _ANY_NUMBER):
        if job.args_version <= known.get(job.name, 0) and _take(db, place, host, [job]):
            return job
    return None


def _claim_first(
    db: SqliteDatabase, place: Place, host: HostId, searches: Sequence[_Search], limit: int
) -> list[ClaimedJob]:
    claimed: list[ClaimedJob] = []
    expired_count = 0
    while True:
        found = _searched(db, place, searches, limit - len(claimed))
        taken = _take(db, place, host, found)
        claimed += taken
        expired_count += len(found) - len(taken)
        if len(found) == len(taken) or expired_count >= _MOST_EXPIRED:
            return claimed


def _searched(db: SqliteDatabase, place: Place, searches: Sequence[_Search], limit: int) -> list[ClaimedJob]:
    """The first jobs of all searches together, in claim order; fewer where they are too large for one answer."""
    try:
        found = _read(db, place, searches, limit)
    except sqlite3.DataError:  # longer than a value of SQLite's may be
        if limit <= 1:
            raise
        return _searched(db, place, searches, limit // 2)
    if len(searches) > 1:
        found.sort(key=lambda job: job.claim_key)
        del found[limit:]
    return found


def _read(db: SqliteDatabase, place: Place, searches: Sequence[_Search], limit: int) -> list[ClaimedJob]:
    try:
        return _found(db, place, searches, limit, as_text=True)
    except ValueError:  # the args of one of them are no text: that one has to fail, not everybody's claim
        return _found(db, place, searches, limit, as_text=False)


def _found(
    db: SqliteDatabase, place: Place, searches: Sequence[_Search], limit: int, *, as_text: bool
) -> list[ClaimedJob]:
    found: list[ClaimedJob] = []
    for name, parameters in searches:
        (rows,) = db.execute(name, (as_text, place.application, limit, *parameters)).fetchone()
        found += _decode(rows)
    return found


def _take(db: SqliteDatabase, place: Place, host: HostId, found: list[ClaimedJob]) -> list[ClaimedJob]:
    """Makes them the host's own; those that have expired are cancelled instead."""
    now = place.now()
    expired = {job.id for job in found if job.expires_stamp is not None and job.expires_stamp <= now}
    if expired:
        for job_id in expired:
            cancel_waiting(db, place, job_id.bytes, now, "it expired before it could run")
        found = [job for job in found if job.id not in expired]
    if found:
        db.execute("mark_claimed", (host, now, *db.many([job.id.bytes for job in found]), place.application))
    return found
