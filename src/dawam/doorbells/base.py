"""The contract of a doorbell: it wakes who waits, and the store stays the truth."""

from collections.abc import Callable, Collection
from enum import StrEnum
from typing import Protocol


class Topic(StrEnum):
    """What a ring is about."""

    READY = "ready"
    """A job became ready."""
    SCHEDULED = "scheduled"
    """A job was enqueued for later: the next due time may have moved."""
    WORKERS = "workers"
    """A person changed something about a worker: it was triggered, resumed, or has another schedule."""
    FINISHED = "finished"
    """A job finished: somebody may be waiting for its result."""


class Bell(Protocol):
    """What an answered `listen` returns."""

    def close(self) -> None: ...


class Doorbell(Protocol):
    """Wakes who waits. Never the truth: a lost ring costs one poll interval.

    A ring may name the queues that it is about, and a listener those that it serves; who names none means all. Those
    who serve none of a ring's queues sleep on as far as the doorbell can tell, and may be woken all the same.
    """

    def ring(self, topic: Topic, queues: Collection[str] = ()) -> None:
        """Tells the listeners, here and in other processes. Never blocks, never raises. Thread-safe."""
        ...

    def listen(self, topic: Topic, wake: Callable[[], None], queues: Collection[str] = ()) -> Bell:
        """Calls `wake` on the running loop after each ring, several rings perhaps once."""
        ...

    def close(self) -> None: ...
