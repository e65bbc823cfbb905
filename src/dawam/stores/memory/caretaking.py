"""The periodic chores: due jobs become ready, old history goes."""

from collections.abc import Sequence
from datetime import datetime

from dawam.ids import HostId
from dawam.jobs.state import StoredState
from dawam.stores.memory.line import front
from dawam.stores.memory.shelf import Place
from dawam.stores.values import HostOrders, ProgressNote, Promotion, Retention


def promote(place: Place, limit: int) -> Promotion:
    now, count, line = place.clock.now(), 0, place.section.scheduled
    while (key := line.first_key()) is not None and key[0] <= now and count < limit:
        place.section.wait(line.first(), StoredState.READY)
        count += 1
    return Promotion(count, None if key is None else key[0])


def prune(place: Place, retention: Retention, limit: int) -> int:
    older_than = _ages(place, retention)
    lines = [place.section.finished[state] for state in older_than]
    count = 0
    while count < limit and lines:
        best = front(lines)
        if best is None:
            break
        (finished_at, _), row = best
        if finished_at >= older_than[row.state]:
            lines.remove(place.section.finished[row.state])  # its oldest one may stay, so all of them may
            continue
        place.section.forget(row)
        count += 1
    return count


def note_progress(place: Place, host: HostId, notes: Sequence[ProgressNote]) -> None:
    running = place.section.running.get(host, {})
    for note in notes:
        row = running.get(note.id)
        if row is not None and row.fence == note.fence:
            row.progress = note.text


def orders(place: Place, host: HostId) -> HostOrders:
    running = place.section.running.get(host, {}).values()
    return HostOrders(frozenset(row.id for row in running if row.cancel_requested), dict(place.section.limits))


def _ages(place: Place, retention: Retention) -> dict[StoredState, datetime]:
    """What finished before that moment may go; a kind that is kept for ever is not in it."""
    now = place.clock.now()
    kept = {
        StoredState.SUCCEEDED: retention.succeeded,
        StoredState.FAILED: retention.failed,
        StoredState.CANCELLED: retention.cancelled,
    }
    return {state: now - kept_for for state, kept_for in kept.items() if kept_for is not None}
