"""A doorbell inside one process."""

import asyncio
import threading
from collections.abc import Callable, Collection
from contextlib import suppress

from dawam.doorbells.base import Bell, Topic
from dawam.doorbells.queue_bits import queue_bits


class LocalDoorbell:
    """Wakes listeners on their own loops, from whatever thread it is rung; several rings may wake once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: dict[Topic, tuple[_Listener, ...]] = {}

    def ring(self, topic: Topic, queues: Collection[str] = ()) -> None:
        if self._listeners.get(topic):
            self.ring_for(topic, queue_bits(queues))

    def ring_for(self, topic: Topic, bits: int) -> None:
        """The same, where the queues are known by their bits."""
        for listener in self._listeners.get(topic, ()):
            if listener.bits & bits:
                listener.rung()

    def listen(self, topic: Topic, wake: Callable[[], None], queues: Collection[str] = ()) -> Bell:
        loop, bits = asyncio.get_running_loop(), queue_bits(queues)
        listener = _Listener(wake, loop, bits, lambda: self._remove(topic, listener))
        with self._lock:
            self._listeners[topic] = (*self._listeners.get(topic, ()), listener)
        return listener

    def close(self) -> None:
        with self._lock:
            self._listeners = {}

    def _remove(self, topic: Topic, gone: "_Listener") -> None:
        with self._lock:
            self._listeners[topic] = tuple(each for each in self._listeners.get(topic, ()) if each is not gone)


class _Listener:
    def __init__(
        self, wake: Callable[[], None], loop: asyncio.AbstractEventLoop, bits: int, on_close: Callable[[], None]
    ) -> None:
        self._wake, self._loop, self._on_close = wake, loop, on_close
        self.bits = bits
        self._is_pending = False
        self._is_closed = False

    def rung(self) -> None:
        if self._is_pending:  # a wake-up is on its way already, and will see whatever this ring was about
            return
        self._is_pending = True
        if _running_loop() is self._loop:
            self._loop.call_soon(self._answer)  # no other thread has to be woken for it
            return
        with suppress(RuntimeError):  # the loop was closed
            self._loop.call_soon_threadsafe(self._answer)

    def close(self) -> None:
        self._is_closed = True
        self._on_close()

    def _answer(self) -> None:
        self._is_pending = False
        if not self._is_closed:
            self._wake()


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
