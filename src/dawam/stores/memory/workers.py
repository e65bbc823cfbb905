"""What hosts and people read of workers."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import islice

from dawam.ids import HostId
from dawam.stores.memory.shelf import Place
from dawam.stores.memory.worker_shelf import DueKey
from dawam.stores.ticking.row import Key, WorkerRow
from dawam.workers.record import DueTicks, RunningTick, TickRecord, WorkerInfo


def due_ticks(place: Place, host: HostId, limit: int) -> DueTicks:
    due, now = place.section.workers.due, place.clock.now()
    first_later = bisect_right(due, now, key=lambda entry: entry[0])
    mine = _runnable(place, host, islice(due, first_later))
    later = next(_runnable(place, host, islice(due, first_later, None)), None)
    next_at = None if later is None else later.due_at
    return DueTicks(tuple(row.as_due() for row in islice(mine, max(limit, 0))), next_at, now)


def _runnable(place: Place, host: HostId, entries: Iterable[DueKey]) -> Iterator[WorkerRow]:
    """Those that this host may run: what it declared, and what people put there."""
    shelf = place.section.workers
    declared = shelf.declared.get(host, {})
    for _, name, where in entries:
        row, mine = shelf.rows[name][where], declared.get(name)
        if row.is_stored or (mine is not None and mine.place == where):
            yield row


def needs_declaring(place: Place, host: HostId) -> bool:
    shelf = place.section.workers
    live = [shelf.declared.get(each, {}) for each in place.live_hosts()]
    for mine in shelf.declared.get(host, {}).values():
        row = shelf.find(mine.key)
        if row is None:
            return True
        if row.definition != mine.definition and not any(
            (each := declared.get(mine.name)) is not None
            and (each.place, each.definition) == (mine.place, row.definition)
            for declared in live
        ):
            return True
    return False


def ticks_of(place: Place, host: HostId) -> list[RunningTick]:
    rows = place.section.workers.running.values()
    return sorted(
        RunningTick(*row.key, row.fence, row.claimed_at, row.running_planned_at, row.running_is_triggered)
        for row in rows
        if row.host == host and row.claimed_at and row.running_planned_at
    )


def workers(place: Place, limit: int, after: Key | None) -> list[WorkerInfo]:
    keys = sorted(row.key for row in place.section.workers.all_rows())
    first = 0 if after is None else bisect_right(keys, after)
    return _seen(place, keys[first : first + max(limit, 0)])


def worker(place: Place, name: str) -> list[WorkerInfo]:
    return _seen(place, sorted((name, where) for where in place.section.workers.rows.get(name, {})))


def tick_records(place: Place, name: str, limit: int) -> list[TickRecord]:
    return list(islice(reversed(place.section.workers.records.get(name, ())), max(limit, 0)))


def _seen(place: Place, keys: Iterable[Key]) -> list[WorkerInfo]:
    shelf = place.section.workers
    live = [(host, shelf.declared.get(host, {})) for host in place.live_hosts()]
    return [
        shelf.rows[name][where].as_info(
            [host for host, declared in live if (each := declared.get(name)) is not None and each.place == where]
        )
        for name, where in keys
    ]
