"""What the code of a job logs while it runs, as far as it is kept for people to read beside the job."""

from collections import deque
from collections.abc import Iterable
from datetime import datetime
from threading import RLock
from uuid import UUID

from msgspec import Struct

from dawam.jobs.outcome import storable

LINE_LIMIT = 4_000
"""Characters of one line, its traceback included: more lose their middle."""
_NAME_LIMIT = 200
_LOG_LIMIT = 64_000
"""Characters of all lines of one attempt."""


class LogLine(Struct, frozen=True, array_like=True):
    """One line, cleaned of what no database takes, and bounded."""

    at: datetime
    level: str
    logger: str
    text: str

    @classmethod
    def of(cls, at: datetime, level: str, logger: str, text: str) -> "LogLine":
        """What is worth keeping of it."""
        return cls(at, storable(level, _NAME_LIMIT), storable(logger, _NAME_LIMIT), storable(text, LINE_LIMIT))


class AttemptLog(Struct, frozen=True, kw_only=True):
    """The last lines of one attempt."""

    job_id: UUID
    fence: int
    attempt: int
    host: str
    lines: tuple[LogLine, ...]
    missing: int = 0
    """How many came before these, and were dropped."""


class JobLog:
    """Gathers the lines of a running attempt, from whatever thread, and drops the oldest beyond what is kept."""

    __slots__ = ("_lines", "_lock", "_most", "_size", "said_count")

    def __init__(self, most: int) -> None:
        self._most = most
        self._lines: deque[LogLine] = deque()
        self._size = 0
        self._lock = RLock()  # what is collected as garbage meanwhile may log as well
        self.said_count = 0
        """How many lines there were, those included that were dropped."""

    def add(self, lines: Iterable[LogLine], missing: int = 0) -> None:
        """The next ones; `missing` of them came before these and are not known any more."""
        with self._lock:
            self.said_count += missing
            for line in lines:
                self._lines.append(line)
                self._size += len(line.text)
                self.said_count += 1
            while len(self._lines) > self._most or self._size > _LOG_LIMIT:
                self._size -= len(self._lines.popleft().text)

    def since(self, said_count: int = 0) -> tuple[int, tuple[LogLine, ...]]:
        """What came after so many: how many of these are dropped, and the lines."""
        with self._lock:
            dropped = self.said_count - len(self._lines)
            first = max(0, said_count - dropped)
            return max(0, dropped - said_count), tuple(self._lines)[first:]
