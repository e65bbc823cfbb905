"""A waiting line: rows in the order of a key, where leaving costs nothing."""

from collections.abc import Sequence
from heapq import heapify, heappop, heappush
from itertools import count
from typing import Any

from dawam.stores.memory.row import Row

Key = tuple[Any, ...]
_SMALL = 64


class Line:
    """A heap of rows. A row that has moved on stays behind as a void entry, dropped when it comes to the front.

    When void entries are the most part the line is built anew, so that it stays as long as its rows are many.
    """

    __slots__ = ("_entries", "_numbers", "_rebuild_at")

    def __init__(self) -> None:
        self._entries: list[tuple[Key, int, int, Row]] = []
        self._numbers = count()  # tells a void entry from a new one with the same key, before rows are compared
        self._rebuild_at = _SMALL

    def __len__(self) -> int:
        """How many entries it holds, void ones included."""
        return len(self._entries)

    def push(self, key: Key, row: Row) -> None:
        if len(self._entries) >= self._rebuild_at:
            self._drop_void()
        heappush(self._entries, (key, next(self._numbers), row.ticket, row))

    def first_key(self) -> Key | None:
        """The key of the first row, or None when nobody waits."""
        entries = self._entries
        while entries and _is_void(entries[0]):
            heappop(entries)
        return entries[0][0] if entries else None

    def first(self) -> Row:
        """The first row; only after `first_key` answered a key."""
        return self._entries[0][3]

    def _drop_void(self) -> None:
        self._entries = [entry for entry in self._entries if not _is_void(entry)]
        heapify(self._entries)
        self._rebuild_at = max(_SMALL, 2 * len(self._entries))


def _is_void(entry: tuple[Key, int, int, Row]) -> bool:
    return entry[3].ticket != entry[2]


def front(lines: Sequence[Line]) -> tuple[Key, Row] | None:
    """The first row of several lines, with its key; it leaves its line by being moved."""
    if len(lines) == 1:  # most hosts serve one queue
        key = lines[0].first_key()
        return None if key is None else (key, lines[0].first())
    keyed = ((key, line) for line in lines if (key := line.first_key()) is not None)
    best = min(keyed, key=lambda pair: pair[0], default=None)
    return None if best is None else (best[0], best[1].first())
