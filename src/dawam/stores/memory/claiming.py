"""`claim`, `claim_parked` and `claim_suspect`: hand jobs to a host that is alive."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from dawam.ids import HostId
from dawam.jobs.record import ClaimedJob
from dawam.stores.memory.line import Line, front
from dawam.stores.memory.shelf import ParkedKey, Place


def claim(place: Place, host: HostId, queues: Sequence[str], limit: int) -> list[ClaimedJob]:
    if not may_claim(place, host):
        return []
    return _take(place, host, place.section.waiting_lines([*dict.fromkeys(queues)]), limit)


def claim_parked(
    place: Place, host: HostId, queues: Sequence[str], known: Mapping[str, int], limit: int
) -> list[ClaimedJob]:
    if not may_claim(place, host):
        return []
    return _take(place, host, _readable(place, place.section.parked, queues, known), limit)


def claim_suspect(place: Place, host: HostId, queues: Sequence[str], known: Mapping[str, int]) -> ClaimedJob | None:
    if not may_claim(place, host):
        return None
    return next(iter(_take(place, host, _readable(place, place.section.suspects, queues, known), 1)), None)


def claims_of(place: Place, host: HostId) -> list[tuple[UUID, int, datetime]]:
    rows = place.section.running.get(host, {}).values()
    return sorted((row.id, row.fence, row.claimed_at) for row in rows if row.claimed_at is not None)


def _readable(
    place: Place, lines: Mapping[ParkedKey, Line], queues: Sequence[str], known: Mapping[str, int]
) -> list[Line]:
    """The lines of these queues that a host can read."""
    open_queues = set(queues) - place.section.paused
    return [
        line for (name, version, queue), line in lines.items() if queue in open_queues and version <= known.get(name, 0)
    ]


def may_claim(place: Place, host: HostId) -> bool:
    """Whether the host's lease is live, and it is not stopping."""
    lease = place.section.leases.get(host)
    return lease is not None and place.is_live(lease) and not lease.is_stopping


def _take(place: Place, host: HostId, lines: list[Line], limit: int) -> list[ClaimedJob]:
    now = place.clock.now()
    claimed: list[ClaimedJob] = []
    while len(claimed) < limit and (best := front(lines)) is not None:
        _, row = best
        if row.has_expired(now):
            place.cancel(row, now, "it expired before it could run")
            continue
        place.section.start(row, host, now)
        claimed.append(row.as_claimed())
    return claimed
