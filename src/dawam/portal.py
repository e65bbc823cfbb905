"""Runs coroutines for code that blocks: on the application's loop, from another thread."""

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from dawam.errors import NotRunningError

T = TypeVar("T")


def refuse_on_running_loop(what: str, cure: str) -> None:
    """Raises where blocking would stop the event loop that has to do the work."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise NotRunningError(f"{what} blocks, and was called on a running event loop, which it would stop: {cure}")


class HomeProcess:
    """The process in which it was made. A forked child has none of its parent's threads, and would wait for ever."""

    def __init__(self) -> None:
        self._id = os.getpid()

    @property
    def is_here(self) -> bool:
        return self._id == os.getpid()

    def refuse_elsewhere(self) -> None:
        """Raises in a child of the process that opened the application."""
        if not self.is_here:
            raise NotRunningError(
                "the application was opened before a fork, and its threads and connections do not survive one: open it "
                "in the child (with a server that forks, enqueue nothing before it has forked)"
            )


class LoopThread:
    """An event loop in a thread of its own, for processes that have none."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> asyncio.AbstractEventLoop:
        ready = threading.Event()

        def serve() -> None:
            with asyncio.Runner() as runner:
                self._loop = runner.get_loop()
                self._loop.call_soon(ready.set)
                with suppress(asyncio.CancelledError):
                    runner.run(_until_stopped())

        self._thread = threading.Thread(target=serve, name=self._name, daemon=True)
        self._thread.start()
        ready.wait()
        assert self._loop is not None  # noqa: S101  (set before `ready`)
        return self._loop

    def stop(self) -> None:
        loop, self._loop = self._loop, None
        if loop is None or self._thread is None:
            return
        loop.call_soon_threadsafe(_stop_all, loop)
        self._thread.join()


def run_on(loop: asyncio.AbstractEventLoop, make: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Runs a coroutine on another thread's loop and waits for it."""
    return asyncio.run_coroutine_threadsafe(make(), loop).result()


async def _until_stopped() -> None:
    await asyncio.get_running_loop().create_future()


def _stop_all(loop: asyncio.AbstractEventLoop) -> None:
    for task in asyncio.all_tasks(loop):
        task.cancel()
