"""The table of workers in memory, as the decisions of `stores.ticking` ask for it."""

from collections import deque
from collections.abc import Collection, Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime

from dawam.ids import HostId
from dawam.jobs.record import NewJob
from dawam.stores.memory import settling
from dawam.stores.memory.claiming import may_claim
from dawam.stores.memory.shelf import Place
from dawam.stores.memory.worker_shelf import WorkerShelf
from dawam.stores.ticking.row import NO_WISH, Key, Wish, WorkerRow
from dawam.stores.ticking.table import Declared
from dawam.workers.record import TickRecord


@dataclass(frozen=True, slots=True)
class MemoryWorkerTable:
    """See `dawam.stores.ticking.table.WorkerTable`. Rows go out as copies, so that what is not saved did not happen."""

    place: Place

    @property
    def shelf(self) -> WorkerShelf:
        return self.place.section.workers

    def now(self) -> datetime:
        return self.place.clock.now()

    def is_registered(self, host: HostId) -> bool:
        return host in self.place.section.leases

    def may_claim(self, host: HostId) -> bool:
        return may_claim(self.place, host)

    # -- rows

    def rows(self, keys: Collection[Key]) -> dict[Key, WorkerRow]:
        return {key: copy(row) for key in keys if (row := self.shelf.find(key)) is not None}

    def rows_of(self, name: str) -> list[WorkerRow]:
        return _copies(self.shelf.rows.get(name, {}).values())

    def rows_in(self, place: str) -> list[WorkerRow]:
        return _copies(row for row in self.shelf.all_rows() if row.key[1] == place)

    def running_rows(self, hosts: Collection[HostId] | None) -> list[WorkerRow]:
        live = set(self.place.live_hosts())
        rows = sorted(self.shelf.running.values(), key=lambda row: row.key)
        return _copies(row for row in rows if (row.host not in live if hosts is None else row.host in hosts))

    def lonely_rows(self) -> list[WorkerRow]:
        declared = self.live_keys()
        return _copies(row for row in self.shelf.all_rows() if not row.is_stored and row.key not in declared)

    def found_rows(self) -> list[WorkerRow]:
        declared = self.live_keys()
        return _copies(row for row in self.shelf.all_rows() if row.orphaned_at is not None and row.key in declared)

    def save(self, rows: Collection[WorkerRow]) -> None:
        for row in rows:
            self.shelf.put(row)

    def delete(self, rows: Collection[WorkerRow], *, with_records: bool = True) -> None:
        for row in rows:
            self.shelf.take(row)
            if with_records and row.key[0] not in self.shelf.rows:
                self.shelf.records.pop(row.key[0], None)

    def first_fence(self) -> int:
        return self.shelf.largest_fence

    def wishes(self, names: Collection[str]) -> dict[str, Wish]:
        return {name: wish for name in names if (wish := self.shelf.wishes.get(name)) is not None}

    def keep_wish(self, name: str, wish: Wish) -> None:
        if wish == NO_WISH:
            self.shelf.wishes.pop(name, None)
        else:
            self.shelf.wishes[name] = wish

    # -- who declares them

    def live_keys(self) -> set[Key]:
        """Of every worker that a live host declares."""
        declared = self.shelf.declared
        return {each.key for host in self.place.live_hosts() for each in declared.get(host, {}).values()}

    def declarations(self, names: Collection[str], host: HostId) -> list[Declared]:
        hosts = {*self.place.live_hosts(), host}
        return [
            each
            for by_name in (self.shelf.declared.get(one, {}) for one in hosts)
            for name in names
            if (each := by_name.get(name)) is not None
        ]

    def is_declared(self, name: str) -> bool:
        return any(name in self.shelf.declared.get(host, {}) for host in self.place.live_hosts())

    def declare(self, declarations: Collection[Declared]) -> None:
        for each in declarations:
            self.shelf.declared.setdefault(each.host, {})[each.name] = each

    def withdraw(self, host: HostId, names: Collection[str] | None) -> None:
        if names is None:
            self.shelf.declared.pop(host, None)
            return
        for name in names:
            self.shelf.declared.get(host, {}).pop(name, None)

    # -- records and jobs

    def record(self, records: Sequence[TickRecord], kept: dict[str, int]) -> None:
        for record in records:
            self.shelf.records.setdefault(record.worker, deque()).append(record)
        for name, count in kept.items():
            line = self.shelf.records[name]
            while len(line) > count:
                line.popleft()

    def forget_remains(self, before: datetime) -> None:
        for name in [name for name in self.shelf.records if name not in self.shelf.rows]:
            line = self.shelf.records[name]
            if not line or line[-1].ended_at < before:
                del self.shelf.records[name]

    def add_jobs(self, jobs: Sequence[NewJob]) -> None:
        settling.add(self.place, jobs)


def _copies(rows: Iterable[WorkerRow]) -> list[WorkerRow]:
    return [copy(row) for row in rows]
