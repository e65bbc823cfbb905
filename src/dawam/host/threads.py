"""The threads in which blocking jobs and ticks run."""

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
_Work = tuple[Future[Any], Callable[[], Any]]


class DaemonThreads(Executor):
    """At most `count` threads, begun when they are needed.

    Unlike those of `ThreadPoolExecutor` they do not keep the process alive: a job that listens to nobody is handed
    back, and must not hold up the end of its host.
    """

    def __init__(self, count: int, name: str) -> None:
        self._count, self._name = count, name
        self._work: SimpleQueue[_Work | None] = SimpleQueue()
        self._idle = threading.Semaphore(0)
        self._threads: list[threading.Thread] = []
        self._door = threading.Lock()
        self._is_shut_down = False

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Runs the call in the next thread that is free."""
        with self._door:
            if self._is_shut_down:
                raise RuntimeError(f"no call can be handed to the {self._name} threads any more: they were shut down")
            future: Future[T] = Future()
            self._work.put((future, partial(fn, *args, **kwargs)))
            if not self._idle.acquire(blocking=False) and len(self._threads) < self._count:
                self._begin_thread()
            return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Ends the threads that are free, and the others as soon as they are."""
        with self._door:
            self._is_shut_down = True
            if cancel_futures:
                self._cancel_waiting()
            self._work.put(None)
        if wait:
            for thread in self._threads:
                thread.join()

    def _begin_thread(self) -> None:
        thread = threading.Thread(target=self._serve, name=f"{self._name} {len(self._threads) + 1}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _cancel_waiting(self) -> None:
        while True:
            try:
                work = self._work.get_nowait()
            except Empty:
                return
            if work is not None:
                work[0].cancel()

    def _serve(self) -> None:
        while (work := self._work.get()) is not None:
            _perform(work)
            del work  # nothing of a job is kept while the thread waits for the next
            self._idle.release()
        self._work.put(None)  # for the next thread


def _perform(work: _Work) -> None:
    future, call = work
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = call()
    except BaseException as error:  # noqa: BLE001  (whoever waits for the future gets it)
        future.set_exception(error)
    else:
        future.set_result(result)
