"""Hosts and their leases: who is alive, and what becomes of the jobs of those who are not."""

import sqlite3
from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from msgspec.structs import replace

from dawam.ids import HostId
from dawam.stores.base import HostInfo, Rescue
from dawam.stores.blame import blame
from dawam.stores.sqlite.place import SQL, Place
from dawam.stores.sqlite.rows import host_info, host_row
from dawam.stores.sqlite.taking_back import Fates, Taken
from dawam.stores.sqlite.worker_table import SqliteWorkerTable, said
from dawam.stores.ticking.claiming import lose_ticks

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


def give_up(db: sqlite3.Connection, place: Place, host: HostId, crashed: Collection[UUID]) -> Rescue:
    """Takes back all that the host still runs; those that had started when its process died are judged."""
    rows = [Taken(*row) for row in db.execute(SQL["select_of_host"], (place.application, host))]
    keys = {job_id.bytes for job_id in crashed}
    started = {row.key: row.crash_count for row in rows if row.key in keys}
    guilt, fates = blame(started), Fates(db, place)
    for row in rows:
        if row.key in guilt.charged:
            fates.crash(row, is_last=row.key in guilt.doomed)
        elif row.key in started:
            fates.lose_bystander(row)
        else:
            fates.hand_back(row)
    was_there = db.execute(SQL["remove_host"], (place.application, host)).rowcount == 1
    charged = tuple(UUID(bytes=row.key) for row in rows if row.key in guilt.charged)
    lost_ticks = lose_ticks(SqliteWorkerTable(db, place), (host,), given_up=True)
    return replace(fates.rescue((host,) if was_there else (), charged), lost_ticks=lost_ticks)


def rescue(db: sqlite3.Connection, place: Place, limit: int, asked_at: int) -> Rescue:
    """Takes the orphans back and ends the leases that lapsed, in one transaction.

    Nobody is judged by who had to wait for the lock: the heartbeats of the others waited for it as well.
    """
    boot_now = place.boot_now()
    if boot_now - asked_at > _LONGEST_WAIT:
        return Rescue()
    dead = [HostId(row[0]) for row in db.execute(SQL["dead_hosts"], (place.application, place.boot, boot_now))]
    fates = Fates(db, place)
    lease = (place.application, place.boot, boot_now)
    for row in db.execute(SQL["select_orphans"], (*lease, limit)).fetchall():
        fates.lose(Taken(*row))
    for host in dead:
        db.execute(SQL["remove_host"], (place.application, host))
    lost_ticks = lose_ticks(SqliteWorkerTable(db, place), dead, given_up=False)
    return replace(fates.rescue(tuple(dead)), lost_ticks=lost_ticks)


def needs_rescue(db: sqlite3.Connection, place: Place) -> bool:
    """A read: whether any lease lapsed, or any running job or tick is an orphan."""
    lease = (place.application, place.boot, place.boot_now())
    return (
        db.execute(SQL["dead_hosts"], lease).fetchone() is not None
        or db.execute(SQL["select_orphans"], (*lease, 1)).fetchone() is not None
        or db.execute(SQL["workers_running_nowhere"], said(place, limit=1)).fetchone() is not None
    )


def hosts(db: sqlite3.Connection, place: Place) -> list[HostInfo]:
    rows = db.execute(SQL["list_hosts"], (place.application, place.boot, place.boot_now()))
    return [host_info(row) for row in rows]
