"""Hosts and their leases: who is alive, and what becomes of the jobs of those who are not."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from dawam.ids import HostId
from dawam.jobs.record import AttemptRecord
from dawam.jobs.state import StoredState
from dawam.stores.base import LOST_LIMIT, HostInfo, Rescue
from dawam.stores.memory.row import Row
from dawam.stores.memory.shelf import Lease, Place


def register(place: Place, host: HostInfo, lease: timedelta) -> None:
    until = place.clock.boot_time() + lease.total_seconds()
    place.section.leases[host.id] = Lease(host, until, host.is_stopping)


def extend(place: Place, host: HostId, lease: timedelta) -> bool:
    known = place.section.leases.get(host)
    if known is None:
        return False
    known.until = place.clock.boot_time() + lease.total_seconds()
    return True


def mark_stopping(place: Place, host: HostId) -> None:
    known = place.section.leases.get(host)
    if known is not None:
        known.is_stopping = True


def give_up(place: Place, host: HostId) -> int:
    now = place.clock.now()
    rows = list(place.section.running.get(host, {}).values())
    for row in rows:
        if row.cancel_requested:
            place.cancel(row, now, row.cancel_reason)
        else:
            place.section.wait(row, StoredState.READY)
    place.section.leases.pop(host, None)
    return len(rows)


def hosts(place: Place) -> list[HostInfo]:
    leases = sorted(place.section.leases.values(), key=lambda lease: (lease.info.started_at, lease.info.id))
    return [
        replace(
            lease.info,
            is_stopping=lease.is_stopping,
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
    fates: dict[StoredState, list[UUID]] = {
        state: [] for state in (StoredState.READY, StoredState.FAILED, StoredState.CANCELLED)
    }
    for row in list(islice(_orphans(place, live), max(limit, 0))):
        fates[_take_back(place, row)].append(row.id)
    readied, failed, cancelled = (tuple(ids) for ids in fates.values())
    return Rescue(readied, failed, cancelled, dead)


def _orphans(place: Place, live: set[HostId]) -> Iterator[Row]:
    """Running rows whose owner is not live: also those of a host that is not known at all any more."""
    for host in sorted(place.section.running.keys() - live):
        yield from place.section.running[host].values()


def _take_back(place: Place, row: Row) -> StoredState:
    now, message = place.clock.now(), f"the host {row.host} stopped extending its lease"
    row.attempts.append(_record_of_loss(row, now, message))
    row.lost_count += 1
    row.last_error = f"HostLost: {message}"
    if row.cancel_requested:
        place.cancel(row, now, row.cancel_reason)
        return StoredState.CANCELLED
    if row.lost_count > LOST_LIMIT:
        place.finish(row, StoredState.FAILED, now)
        return StoredState.FAILED
    place.section.wait(row, StoredState.READY)
    return StoredState.READY


def _record_of_loss(row: Row, now: datetime, message: str) -> AttemptRecord:
    return AttemptRecord(
        job_id=row.id,
        fence=row.fence,
        attempt=row.attempt_count + 1,
        host=row.host or "",
        started_at=row.claimed_at,
        ended_at=now,
        error_type="HostLost",
        error_message=message,
        traceback="",
    )
