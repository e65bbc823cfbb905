"""Two threads own the connections: one writes, with a group commit for whoever came meanwhile; one reads."""

import asyncio
import os
import sqlite3
import threading
import time
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar

from dawam.errors import NotRunningError, StoreBusyError
from dawam.stores.sqlite.connection import begin, file_identity, require_same_file, translated

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]
_MOST_IN_ONE_COMMIT = 1_000
_COURTESY = 0.0003
"""Seconds between two transactions while others write as well: without a gap they would not find the lock free."""
_MEMORY_OF_OTHERS = 1.0
"""Seconds for which whoever had to wait remembers that others write."""


class _Request(Generic[T]):
    """One piece of work, and who waits for it: a coroutine on a loop, or a blocked thread."""

    __slots__ = ("answer", "loop", "work")

    def __init__(
        self, work: Work[T], answer: "asyncio.Future[T] | Future[T]", loop: asyncio.AbstractEventLoop | None
    ) -> None:
        self.work, self.answer, self.loop = work, answer, loop


_Answer = tuple[_Request[Any], Any, Exception | None]


class DatabaseThread(ABC):
    """A thread with a connection of its own, to which work is handed as functions of the connection."""

    def __init__(self, name: str, path: Path, open_connection: Callable[[], sqlite3.Connection]) -> None:
        self._name, self._path, self._open = name, path, open_connection
        self._requests: SimpleQueue[_Request[Any] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._ended: Future[None] = Future()
        self._process_id = 0
        self._file: tuple[int, int] | None = None
        self._door = threading.Lock()
        """So that nothing is handed in behind the end."""

    def start(self) -> None:
        """Opens the connection (its errors are raised here) and starts the thread."""
        db = self._open()
        self._file = file_identity(self._path)
        self._process_id = os.getpid()
        self._ended = Future()
        self._thread = threading.Thread(target=self._serve, args=(db,), name=f"dawam {self._name}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finishes what was handed in, without waiting for anybody's lock, and closes the connection. Blocks."""
        if self._end():
            self._ended.result()

    async def close(self) -> None:
        """The same for a coroutine. It needs no helping thread: at the end of a process none can be begun."""
        if self._end():
            await asyncio.wrap_future(self._ended)

    def _end(self) -> bool:
        """Says that nothing more comes; False when nothing was running (here)."""
        if self._is_of_another_process():
            return False
        with self._door:
            thread, self._thread = self._thread, None
            if thread is not None:
                self._requests.put(None)
            return thread is not None

    def run(self, work: Work[T]) -> "asyncio.Future[T]":
        """Hands in work from a coroutine; await the answer."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        self._put(_Request(work, answer, loop))
        return answer

    def run_blocking(self, work: Work[T], timeout: float | None = None) -> T:
        """Hands in work from any other thread and waits for the answer."""
        answer: Future[T] = Future()
        self._put(_Request(work, answer, None))
        return answer.result(timeout)

    def _put(self, request: _Request[Any]) -> None:
        if self._is_of_another_process():
            raise NotRunningError(
                f"the store {self._path} was opened before a fork, and SQLite connections do not survive one: open the "
                "application in the child"
            )
        with self._door:
            if self._thread is None:
                raise NotRunningError(
                    f"the store {self._path} is not open: open the application first (async with app)"
                )
            self._requests.put(request)

    def _is_of_another_process(self) -> bool:
        """Asked before the door is touched, which a fork may have copied while it was shut."""
        return self._thread is not None and self._process_id != os.getpid()

    def _serve(self, db: sqlite3.Connection) -> None:
        while (batch := self._next_batch()) is not None:
            _deliver(self._answers(db, batch))
        db.close()
        self._ended.set_result(None)

    def _next_batch(self) -> list[_Request[Any]] | None:
        """Everything that waits, at least one; None when the thread shall end."""
        first = self._requests.get()
        return None if first is None else [first, *self._waiting(_MOST_IN_ONE_COMMIT - 1)]

    def _waiting(self, at_most: int) -> Iterator[_Request[Any]]:
        """What waits now, without waiting for more."""
        for _ in range(at_most):
            try:
                request = self._requests.get_nowait()
            except Empty:
                return
            if request is None:
                self._requests.put(None)  # the end is for who looks next
                return
            yield request

    @abstractmethod
    def _answers(self, db: sqlite3.Connection, batch: list[_Request[Any]]) -> list[_Answer]:
        """Does the work of each request; an error is the answer of that request alone."""


class ReadThread(DatabaseThread):
    """Reads: each piece of work sees the newest committed state, and waits for no writer."""

    def _answers(self, db: sqlite3.Connection, batch: list[_Request[Any]]) -> list[_Answer]:
        return [(request, *_attempt(request.work, db, self._path)) for request in batch]


class WriteThread(DatabaseThread):
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
        self._is_alone_from = 0.0
        """The moment from which nobody else is believed to write."""
        self._free_since = 0.0
        """The moment at which we gave the lock back."""

    def _answers(self, db: sqlite3.Connection, batch: list[_Request[Any]]) -> list[_Answer]:
        together, error = _attempt(partial(self._together, batch), db, self._path)
        if error is None:
            answers: list[_Answer] = together
            return answers
        if len(batch) == 1:
            return [(batch[0], None, error)]
        if isinstance(error, StoreBusyError):  # nobody's fault here, and each has waited long enough
            return [(request, None, StoreBusyError(*error.args)) for request in batch]
        return [(request, *_attempt(partial(self._alone, request), db, self._path)) for request in batch]

    def _together(self, batch: list[_Request[Any]], db: sqlite3.Connection) -> list[_Answer]:
        """Does all of it in one transaction; `batch` grows by those who join."""
        with self._transaction(db):
            answers: list[_Answer] = [(request, request.work(db), None) for request in batch]
            for request in self._waiting(_MOST_IN_ONE_COMMIT - len(batch)):
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


def _attempt(act: Work[Any], db: sqlite3.Connection, path: Path) -> tuple[Any, Exception | None]:
    try:
        return act(db), None
    except Exception as error:  # noqa: BLE001  (whoever waits for the answer gets it)
        return None, translated(error, path)


def _deliver(outcomes: list[_Answer]) -> None:
    """Answers everybody, with one wake-up per event loop."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[Any, Any, Exception | None]]] = defaultdict(list)
    for request, value, error in outcomes:
        if request.loop is not None:
            by_loop[request.loop].append((request.answer, value, error))
        else:
            _resolve([(request.answer, value, error)])
    for loop, answers in by_loop.items():
        with suppress(RuntimeError):  # the loop was closed: nobody waits any more
            loop.call_soon_threadsafe(_resolve, answers)


def _resolve(answers: list[tuple[Any, Any, Exception | None]]) -> None:
    for answer, value, error in answers:
        if answer.done():  # whoever waited was cancelled; the work is done all the same
            continue
        if error is None:
            answer.set_result(value)
        else:
            answer.set_exception(error)
