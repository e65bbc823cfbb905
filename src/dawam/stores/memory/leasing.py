"""Hosts and their leases: who is alive, and what becomes of the jobs of those who are not."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from uuid import UUID

from msgspec import structs

from dawam.ids import HostId
from dawam.stores.blame import blame
from dawam.stores.memory.row import Row
from dawam.stores.memory.shelf import Lease, Place
from dawam.stores.memory.taking_back import Fates
from dawam.stores.memory.worker_table import MemoryWorkerTable
from dawam.stores.ticking.claiming import lose_ticks
from dawam.stores.values import HostCommand, HostInfo, Rescue


def register(place: Place, host: HostInfo, lease: timedelta) -> None:
    until = place.clock.boot_time() + lease.total_seconds()
    place.section.leases[host.id] = Lease(host, until, host.is_stopping)


def extend(place: Place, host: HostId, lease: timedelta) -> HostCommand | None:
    known = place.section.leases.get(host)
    if known is None:
        return None
    known.until = place.clock.boot_time() + lease.total_seconds()
    return known.command


def command(place: Place, host: HostId, command: HostCommand) -> bool:
    known = place.section.leases.get(host)
    if known is None or known.command is HostCommand.STOP:
        return False
    known.command, known.is_stopping = command, command is not HostCommand.GO_ON
    return True


def mark_stopping(place: Place, host: HostId) -> None:
    known = place.section.leases.get(host)
    if known is not None:
        known.is_stopping, known.command = True, HostCommand.STOP


def give_up(place: Place, host: HostId, crashed: Collection[UUID]) -> Rescue:
    """Takes back all that the host still runs; those that had started when its process died are judged."""
    rows = list(place.section.running.get(host, {}).values())
    started = {row.id: row.crash_count for row in rows if row.id in set(crashed)}
    guilt, fates = blame(started), Fates(place)
    for row in rows:
        if row.id in guilt.charged:
            fates.crash(row, is_last=row.id in guilt.doomed)
        elif row.id in started:
            fates.lose_bystander(row)
        else:
            fates.hand_back(row)
    was_there = place.section.leases.pop(host, None) is not None
    charged = tuple(row.id for row in rows if row.id in guilt.charged)
    lost_ticks = lose_ticks(MemoryWorkerTable(place), (host,), given_up=True)
    return structs.replace(fates.rescue((host,) if was_there else (), charged), lost_ticks=lost_ticks)


def hosts(place: Place) -> list[HostInfo]:
    leases = sorted(place.section.leases.values(), key=lambda lease: (lease.info.started_at, lease.info.id))
    return [
        replace(
            lease.info,
            is_stopping=lease.is_stopping,
            command=lease.command,
            is_live=place.is_live(lease),
            lapsed_for=_lapsed_for(place, lease),
            running_count=len(place.section.running.get(lease.info.id, {})),
        )
        for lease in leases
    ]


def _lapsed_for(place: Place, lease: Lease) -> timedelta | None:
    return None if place.is_live(lease) else timedelta(seconds=place.clock.boot_time() - lease.until)


def rescue(place: Place, limit: int) -> Rescue:
    """Takes the orphans back and ends the leases that lapsed."""
    live = set(place.live_hosts())
    dead = tuple(sorted(place.section.leases.keys() - live))
    for host in dead:
        del place.section.leases[host]
    fates = Fates(place)
    for row in list(islice(_orphans(place, live), max(limit, 0))):
        fates.lose(row)
    return structs.replace(fates.rescue(dead), lost_ticks=lose_ticks(MemoryWorkerTable(place), dead, given_up=False))


def _orphans(place: Place, live: set[HostId]) -> Iterator[Row]:
    """Running rows whose owner is not live: also those of a host that is not known at all any more."""
    for host in sorted(place.section.running.keys() - live):
        yield from place.section.running[host].values()


class MemoryHeartbeatLink:
    """See `dawam.stores.base.HeartbeatLink`."""

    def __init__(self, extend: Callable[[timedelta], HostCommand | None]) -> None:
        self._extend = extend

    def extend(self, lease: timedelta) -> HostCommand | None:
        return self._extend(lease)

    def close(self) -> None:
        """Nothing is held."""
