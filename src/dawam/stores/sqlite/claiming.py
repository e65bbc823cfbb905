"""`claim`, `claim_parked` and `claim_suspect`: hand jobs to a host that is alive."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from dawam.clock import from_microseconds
from dawam.ids import HostId
from dawam.jobs.record import ClaimedJob
from dawam.stores.sqlite.ending import cancel_waiting
from dawam.stores.sqlite.place import SQL, Place
from dawam.stores.sqlite.rows import claimed_job, many, words

_KEY, _NAME, _VERSION = 3, 5, 7  # where they stand in a selected row


def claim(db: sqlite3.Connection, place: Place, host: HostId, queues: Sequence[str], limit: int) -> list[ClaimedJob]:
    if limit <= 0 or not _may_claim(db, place, host):
        return []
    found: list[tuple[Any, ...]] = []
    for queue in dict.fromkeys(queues):
        found += db.execute(SQL["select_ready"], (place.application, queue, limit)).fetchall()
    return _take(db, place, host, _in_claim_order(found)[:limit])


def claim_parked(
    db: sqlite3.Connection, place: Place, host: HostId, queues: Sequence[str], known: Mapping[str, int], limit: int
) -> list[ClaimedJob]:
    if limit <= 0 or not _may_claim(db, place, host):
        return []
    found: list[tuple[Any, ...]] = []
    for name, version in known.items():
        parameters = (place.application, name, version, words(tuple(queues)), limit)
        found += db.execute(SQL["select_parked"], parameters).fetchall()
    return _take(db, place, host, _in_claim_order(found)[:limit])


def claim_suspect(
    db: sqlite3.Connection, place: Place, host: HostId, queues: Sequence[str], known: Mapping[str, int]
) -> ClaimedJob | None:
    if not _may_claim(db, place, host):
        return None
    for row in db.execute(SQL["select_suspects"], (place.application, words(tuple(queues)))).fetchall():
        if row[_VERSION] <= known.get(row[_NAME], 0) and (claimed := _take(db, place, host, [row])):
            return claimed[0]
    return None


def claims_of(db: sqlite3.Connection, place: Place, host: HostId) -> list[tuple[UUID, int, Any]]:
    rows = db.execute(SQL["claims_of_host"], (place.application, host))
    return [(UUID(bytes=key), fence, from_microseconds(claimed_at)) for key, fence, claimed_at in rows]


def _in_claim_order(found: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return sorted(found, key=lambda row: row[: _KEY + 1])


def _may_claim(db: sqlite3.Connection, place: Place, host: HostId) -> bool:
    parameters = (place.application, host, place.boot, place.boot_now())
    return db.execute(SQL["host_may_claim"], parameters).fetchone() is not None


def _take(db: sqlite3.Connection, place: Place, host: HostId, found: list[tuple[Any, ...]]) -> list[ClaimedJob]:
    now = place.now()
    expired = [row for row in found if row[-1] is not None and row[-1] <= now]
    if expired:
        for row in expired:
            cancel_waiting(db, place, row[_KEY], now, "it expired before it could run")
        found = [row for row in found if row[-1] is None or row[-1] > now]
    if found:
        db.execute(SQL["mark_claimed"], (host, now, *many([row[_KEY] for row in found]), place.application))
    return [claimed_job(row) for row in found]
