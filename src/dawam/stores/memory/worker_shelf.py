"""The workers of one application in memory: their rows, in the order in which they are due, and who declares them."""

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from dawam.ids import HostId
from dawam.stores.ticking.row import Key, Wish, WorkerRow
from dawam.stores.ticking.table import Declared
from dawam.workers.record import TickRecord

DueKey = tuple[datetime, str, str]
"""When a row is due, its name and its place."""


@dataclass(slots=True)
class WorkerShelf:
    """What lies there. Rows are put and taken here only, so that every order stays right."""

    rows: dict[str, dict[str, WorkerRow]] = field(default_factory=dict[str, dict[str, WorkerRow]])
    """By name, then by place."""
    due: list[DueKey] = field(default_factory=list[DueKey])
    """Of all rows that are due at some time and that nobody is running, sorted."""
    running: dict[Key, WorkerRow] = field(default_factory=dict[Key, WorkerRow])
    declared: dict[HostId, dict[str, Declared]] = field(default_factory=dict[HostId, dict[str, Declared]])
    """By host, then by the worker's name."""
    records: dict[str, deque[TickRecord]] = field(default_factory=dict[str, deque[TickRecord]])
    """By the worker's name, oldest first."""
    wishes: dict[str, Wish] = field(default_factory=dict[str, Wish])
    """By the worker's name; where nothing is wished there is none."""
    largest_fence: int = 0
    """Of all rows that were ever taken away."""

    def all_rows(self) -> Iterator[WorkerRow]:
        return (row for places in self.rows.values() for row in places.values())

    def find(self, key: Key) -> WorkerRow | None:
        return self.rows.get(key[0], {}).get(key[1])

    def put(self, row: WorkerRow) -> None:
        """Puts a row there, in the place of the one with its key."""
        self._lift(row.key)
        name, place = row.key
        self.rows.setdefault(name, {})[place] = row
        if row.host is not None:
            self.running[row.key] = row
        elif row.due_at is not None:
            insort(self.due, (row.due_at, name, place))

    def take(self, row: WorkerRow) -> None:
        """Takes a row away for good."""
        self._lift(row.key)
        name, place = row.key
        places = self.rows[name]
        self.largest_fence = max(self.largest_fence, places.pop(place).fence)
        if not places:
            del self.rows[name]

    def _lift(self, key: Key) -> None:
        """Takes the row of this key, if one is there, out of its line."""
        row = self.find(key)
        if row is None:
            return
        if self.running.pop(key, None) is None and row.due_at is not None:
            del self.due[bisect_left(self.due, (row.due_at, *key))]
