"""A thread that owns a connection, to which work is handed from event loops and from other threads."""

import asyncio
import os
import threading
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, Generic, Protocol, TypeVar

from dawam.errors import NotRunningError


class Closable(Protocol):
    """What a connection is here."""

    def close(self) -> object: ...


C = TypeVar("C", bound=Closable)
T = TypeVar("T")
MOST_AT_ONCE = 1_000
"""Pieces of work in one batch."""


class Request(Generic[C, T]):
    """One piece of work, and who waits for it: a coroutine on a loop, or a blocked thread."""

    __slots__ = ("answer", "loop", "work")

    def __init__(
        self, work: Callable[[C], T], answer: "asyncio.Future[T] | Future[T]", loop: asyncio.AbstractEventLoop | None
    ) -> None:
        self.work, self.answer, self.loop = work, answer, loop


Answer = tuple[Request[C, Any], Any, Exception | None]
"""What was asked, what came of it, and what went wrong."""


class DatabaseThread(ABC, Generic[C]):
    """A thread with a connection of its own, to which work is handed as functions of the connection."""

    _connection: C
    """Used by the thread alone, which may put another one in its place."""

    def __init__(self, name: str, store: str) -> None:
        """`store` is what messages call the place."""
        self._name, self._store = name, store
        self._requests: SimpleQueue[Request[C, Any] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._ended: Future[None] = Future()
        self._process_id = 0
        self._door = threading.Lock()
        """So that nothing is handed in behind the end."""

    def start(self) -> None:
        """Opens the connection (its errors are raised here) and starts the thread."""
        self._connection = self._opened()
        self._process_id = os.getpid()
        self._ended = Future()
        self._thread = threading.Thread(target=self._serve, name=f"dawam {self._name}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finishes what was handed in, without waiting for anybody's lock, and closes the connection. Blocks."""
        if self._end():
            self._ended.result()

    async def close(self) -> None:
        """The same for a coroutine. It needs no helping thread: at the end of a process none can be begun."""
        if self._end():
            await asyncio.wrap_future(self._ended)

    def run(self, work: Callable[[C], T]) -> "asyncio.Future[T]":
        """Hands in work from a coroutine; await the answer."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        self._put(Request(work, answer, loop))
        return answer

    def run_blocking(self, work: Callable[[C], T], timeout: float | None = None) -> T:
        """Hands in work from any other thread and waits for the answer."""
        answer: Future[T] = Future()
        self._put(Request(work, answer, None))
        return answer.result(timeout)

    # -- what differs between databases

    @abstractmethod
    def _opened(self) -> C:
        """A new connection."""

    def _translated(self, error: Exception) -> Exception:
        """Our error for one of the driver's; any other as it is."""
        return error

    def _answers(self, batch: list[Request[C, Any]]) -> list[Answer[C]]:
        """Does the work of each request; an error is the answer of that request alone."""
        return [(request, *self._attempt(request.work)) for request in batch]

    def _attempt(self, act: Callable[[C], Any]) -> tuple[Any, Exception | None]:
        try:
            return act(self._connection), None
        except Exception as error:  # noqa: BLE001  (whoever waits for the answer gets it)
            return None, self._translated(error)

    # -- the thread

    def _serve(self) -> None:
        while (batch := self._next_batch()) is not None:
            _deliver(self._answers(batch))
        self._connection.close()
        self._ended.set_result(None)

    def _next_batch(self) -> list[Request[C, Any]] | None:
        """Everything that waits, at least one; None when the thread shall end."""
        first = self._requests.get()
        return None if first is None else [first, *self._waiting(MOST_AT_ONCE - 1)]

    def _waiting(self, at_most: int) -> Iterator[Request[C, Any]]:
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

    def _put(self, request: Request[C, Any]) -> None:
        if self._is_of_another_process():
            raise NotRunningError(
                f"the store {self._store} was opened before a fork, and its connections do not survive one: open the "
                "application in the child"
            )
        with self._door:
            if self._thread is None:
                raise NotRunningError(
                    f"the store {self._store} is not open: open the application first (async with app)"
                )
            self._requests.put(request)

    def _end(self) -> bool:
        """Says that nothing more comes; False when nothing was running (here)."""
        if self._is_of_another_process():
            return False
        with self._door:
            thread, self._thread = self._thread, None
            if thread is not None:
                self._requests.put(None)
            return thread is not None

    def _is_of_another_process(self) -> bool:
        """Asked before the door is touched, which a fork may have copied while it was shut."""
        return self._thread is not None and self._process_id != os.getpid()


def _deliver(outcomes: list[Answer[Any]]) -> None:
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
