"""Hosts and their leases: who is alive, and what becomes of the jobs of those who are not."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from msgspec.structs import replace

from dawam.ids import HostId
from dawam.stores.blame import blame
from dawam.stores.sql.database import Database
from dawam.stores.sql.place import Place
from dawam.stores.sql.rows import host_info, host_row
from dawam.stores.sql.taking_back import Fates, Taken
from dawam.stores.sql.worker_table import SqlWorkerTable, said
from dawam.stores.ticking.claiming import lose_ticks
from dawam.stores.values import HostCommand, HostInfo, Rescue

_MICROSECOND = timedelta(microseconds=1)
_LONGEST_WAIT = 500_000
"""Microseconds from the wish to rescue to its transaction, after which it judges nobody."""


def register(db: Database, place: Place, host: HostInfo, lease: timedelta) -> None:
    lease_until = place.boot_now() + lease // _MICROSECOND
    db.execute("register_host", host_row(host, place.application, place.boot, lease_until))


def extend(db: Database, place: Place, host: HostId, lease: timedelta) -> HostCommand | None:
    lease_until = place.boot_now() + lease // _MICROSECOND
    row = db.execute("extend_lease", (place.application, host, place.boot, lease_until)).fetchone()
    return None if row is None else HostCommand(row[0])


def command(db: Database, place: Place, host: HostId, command: HostCommand) -> bool:
    is_to_rest = int(command is not HostCommand.GO_ON)
    return db.execute("command_host", (place.application, host, command.value, is_to_rest)).rowcount == 1


def mark_stopping(db: Database, place: Place, host: HostId) -> None:
    db.execute("mark_stopping", (place.application, host))


def give_up(db: Database, place: Place, host: HostId, crashed: Collection[UUID]) -> Rescue:
    """Takes back all that the host still runs; those that had started when its process died are judged."""
    rows = [Taken(*row) for row in db.execute("select_of_host", (place.application, host))]
    keys = {db.key(job_id) for job_id in crashed}
    started = {row.key: row.crash_count for row in rows if row.key in keys}
    guilt, fates = blame(started), Fates(db, place)
    for row in rows:
        if row.key in guilt.charged:
            fates.crash(row, is_last=row.key in guilt.doomed)
        elif row.key in started:
            fates.lose_bystander(row)
        else:
            fates.hand_back(row)
    was_there = db.execute("remove_host", (place.application, host)).rowcount == 1
    charged = tuple(db.id_of(row.key) for row in rows if row.key in guilt.charged)
    lost_ticks = lose_ticks(SqlWorkerTable(db, place), (host,), given_up=True)
    return replace(fates.rescue((host,) if was_there else (), charged), lost_ticks=lost_ticks)


def rescue(db: Database, place: Place, limit: int, asked_at: int) -> Rescue:
    """Takes the orphans back and ends the leases that lapsed, in one transaction.

    Nobody is judged by who had to wait for the lock: the heartbeats of the others waited for it as well.
    """
    boot_now = place.boot_now()
    if boot_now - asked_at > _LONGEST_WAIT:
        return Rescue()
    dead = [HostId(row[0]) for row in db.execute("dead_hosts", (place.application, place.boot, boot_now))]
    for host in dead:
        db.execute("remove_host", (place.application, host))
    fates = Fates(db, place)
    lease = (place.application, place.boot, boot_now)
    for row in db.execute("select_orphans", (*lease, max(limit, 0))).fetchall():
        fates.lose(Taken(*row))
    lost_ticks = lose_ticks(SqlWorkerTable(db, place), dead, given_up=False)
    return replace(fates.rescue(tuple(dead)), lost_ticks=lost_ticks)


def needs_rescue(db: Database, place: Place) -> int | None:
    """A read: when it was asked, where any lease lapsed, or any running job or tick is an orphan; else None."""
    asked_at = place.boot_now()
    lease = (place.application, place.boot, asked_at)
    is_needed = (
        db.execute("dead_hosts", lease).fetchone() is not None
        or db.execute("select_orphans", (*lease, 1)).fetchone() is not None
        or db.execute("workers_running_nowhere", said(place, limit=1)).fetchone() is not None
    )
    return asked_at if is_needed else None


def hosts(db: Database, place: Place) -> list[HostInfo]:
    rows = db.execute("list_hosts", (place.application, place.boot, place.boot_now()))
    return [host_info(row) for row in rows]
