"""Hosts and their leases: who is alive, and what becomes of the jobs of those who are not."""

import sqlite3
from datetime import timedelta
from typing import Any
from uuid import UUID

from dawam.ids import HostId
from dawam.stores.base import LOST_LIMIT, HostInfo, Rescue
from dawam.stores.sqlite.ending import cancelled_line, finish
from dawam.stores.sqlite.place import SQL, Place
from dawam.stores.sqlite.rows import host_info, host_row

_MICROSECOND = timedelta(microseconds=1)
_LONGEST_WAIT = 500_000
"""Microseconds from the wish to rescue to its transaction, after which it judges nobody."""


def register(db: sqlite3.Connection, place: Place, host: HostInfo, lease: timedelta) -> None:
    lease_until = place.boot_now() + lease // _MICROSECOND
    db.execute(SQL["register_host"], host_row(host, place.application, place.boot, lease_until))


def extend(db: sqlite3.Connection, place: Place, host: HostId, lease: timedelta) -> bool:
    lease_until = place.boot_now() + lease // _MICROSECOND
    return db.execute(SQL["extend_lease"], (place.application, host, place.boot, lease_until)).rowcount == 1


def mark_stopping(db: sqlite3.Connection, place: Place, host: HostId) -> None:
    db.execute(SQL["mark_stopping"], (place.application, host))


def give_up(db: sqlite3.Connection, place: Place, host: HostId) -> int:
    now = place.now()
    cancelled = db.execute(SQL["cancel_requested_of_host"], (place.application, host)).fetchall()
    for key, settled_fence, reason in cancelled:
        finish(db, place, key, "cancelled", finished_at=now, settled_fence=settled_fence, error=cancelled_line(reason))
    count = db.execute(SQL["hand_back_of_host"], (place.application, host)).rowcount
    db.execute(SQL["remove_host"], (place.application, host))
    return count + len(cancelled)


def rescue(db: sqlite3.Connection, place: Place, limit: int, asked_at: int) -> Rescue:
    """Takes the orphans back and ends the leases that lapsed, in one transaction.

    Nobody is judged by who had to wait for the lock: the heartbeats of the others waited for it as well.
    """
    boot_now = place.boot_now()
    if boot_now - asked_at > _LONGEST_WAIT:
        return Rescue()
    dead = [HostId(row[0]) for row in db.execute(SQL["dead_hosts"], (place.application, place.boot, boot_now))]
    orphans = db.execute(SQL["select_orphans"], (place.application, place.boot, boot_now, limit)).fetchall()
    fates: dict[str, list[UUID]] = {"readied": [], "failed": [], "cancelled": []}
    for orphan in orphans:
        fates[_take_back(db, place, orphan)].append(UUID(bytes=orphan[0]))
    for host in dead:
        db.execute(SQL["remove_host"], (place.application, host))
    return Rescue(tuple(fates["readied"]), tuple(fates["failed"]), tuple(fates["cancelled"]), tuple(dead))


def needs_rescue(db: sqlite3.Connection, place: Place) -> bool:
    """A read: whether any lease lapsed or any running job is an orphan."""
    lease = (place.application, place.boot, place.boot_now())
    return (
        db.execute(SQL["dead_hosts"], lease).fetchone() is not None
        or db.execute(SQL["select_orphans"], (*lease, 1)).fetchone() is not None
    )


def hosts(db: sqlite3.Connection, place: Place) -> list[HostInfo]:
    rows = db.execute(SQL["list_hosts"], (place.application, place.boot, place.boot_now()))
    return [host_info(row) for row in rows]


def _take_back(db: sqlite3.Connection, place: Place, orphan: tuple[Any, ...]) -> str:
    key, fence, settled_fence, host, claimed_at, attempt_count, lost_count, cancel_requested, reason = orphan
    now, message = place.now(), f"the host {host} stopped extending its lease"
    lost = ("HostLost", message, "", place.application)
    fate, why = "readied", f"HostLost: {message}"
    if cancel_requested:
        fate, why = "cancelled", cancelled_line(reason) or why
    elif lost_count + 1 > LOST_LIMIT:
        fate, why = "failed", f"HostLost: {message}, for the {lost_count + 1}th time"
    if fate == "readied":
        db.execute(SQL["ready_again"], (key, why, place.application))
    else:
        finish(db, place, key, fate, finished_at=now, settled_fence=settled_fence, losses=1, error=why)
    if fate == "readied" or place.keeps(fate):
        db.execute(SQL["add_attempt"], (key, fence, attempt_count + 1, host or "", claimed_at, now, *lost))
    return fate
