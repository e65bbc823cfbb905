"""Two threads own the connections: one writes, with a group commit for whoever came meanwhile; one reads."""

import sqlite3
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from dawam.errors import StoreBusyError
from dawam.stores.sql.threads import MOST_AT_ONCE, Answer, DatabaseThread, Request
from dawam.stores.sqlite.connection import begin, file_identity, require_same_file, translated

T = TypeVar("T")
_Request = Request[sqlite3.Connection, T]
_Answers = list[Answer[sqlite3.Connection]]
_COURTESY = 0.0003
"""Seconds between two transactions while others write as well: without a gap they would not find the lock free."""
_MEMORY_OF_OTHERS = 1.0
"""Seconds for which whoever had to wait remembers that others write."""


class ReadThread(DatabaseThread[sqlite3.Connection]):
    """Reads: each piece of work sees the newest committed state, and waits for no writer."""

    def __init__(self, name: str, path: Path, open_connection: Callable[[], sqlite3.Connection]) -> None:
        super().__init__(name, str(path))
        self._path, self._open = path, open_connection

    def _opened(self) -> sqlite3.Connection:
        return self._open()

    def _translated(self, error: Exception) -> Exception:
        return translated(error, self._path)


class WriteThread(ReadThread):
    """Writes: all that came while the last commit was under way shares the next one.

    There is no timer: the first goes at once, and whoever comes before its commit begins joins it. If any piece of
    work in a shared transaction fails, the transaction is rolled back and each piece gets one of its own, so that one's
    failure is nobody else's. Work must therefore be repeatable: a function of the connection and of values, with no
    other effect.
    """

    def __init__(
        self, name: str, path: Path, open_connection: Callable[[], sqlite3.Connection], patience: timedelta
    ) -> None:
        """`patience` is how long to wait for somebody else's lock."""
        super().__init__(name, path, open_connection)
        self._patience = patience.total_seconds()
        self._file: tuple[int, int] | None = None
        self._is_alone_from = 0.0
        """The moment from which nobody else is believed to write."""
        self._free_since = 0.0
        """The moment at which we gave the lock back."""

    def _opened(self) -> sqlite3.Connection:
        db = super()._opened()
        self._file = file_identity(self._path)
        return db

    def _answers(self, batch: list[_Request[Any]]) -> _Answers:
        together, error = self._attempt(partial(self._together, batch))
        if error is None:
            answers: _Answers = together
            return answers
        if len(batch) == 1:
            return [(batch[0], None, error)]
        if isinstance(error, StoreBusyError):  # nobody's fault here, and each has waited long enough
            return [(request, None, StoreBusyError(*error.args)) for request in batch]
        return [(request, *self._attempt(partial(self._alone, request))) for request in batch]

    def _together(self, batch: list[_Request[Any]], db: sqlite3.Connection) -> _Answers:
        """Does all of it in one transaction; `batch` grows by those who join."""
        with self._transaction(db):
            answers: _Answers = [(request, request.work(db), None) for request in batch]
            for request in self._waiting(MOST_AT_ONCE - len(batch)):
                batch.append(request)
                answers.append((request, request.work(db), None))
        return answers

    def _alone(self, request: _Request[T], db: sqlite3.Connection) -> T:
        with self._transaction(db):
            return request.work(db)

    @contextmanager
    def _transaction(self, db: sqlite3.Connection) -> Generator[None]:
        require_same_file(self._path, self._file)
        now = time.monotonic()
        if now < self._is_alone_from and now - self._free_since < _COURTESY:
            time.sleep(_COURTESY)
        if begin(db, self._path, lambda: self._patience if self._thread is not None else 0.0):
            self._is_alone_from = time.monotonic() + _MEMORY_OF_OTHERS
        try:
            yield
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise
        finally:
            self._free_since = time.monotonic()
