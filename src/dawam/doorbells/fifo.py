"""A doorbell between the processes of one machine: a folder of named pipes, one for each who listens.

To ring is to write one byte into every pipe of the topic but those whose names say that they are for other queues, so
that processes which serve none of the ring's queues sleep on. A pipe without a reader belongs to a process that died;
whoever notices removes it. Where there are no named pipes, only this process is woken, and polling does the rest.
"""

import asyncio
import errno
import os
import stat
from collections import Counter
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path

from dawam.doorbells.base import Bell, Topic
from dawam.doorbells.local import LocalDoorbell
from dawam.doorbells.queue_bits import EVERY_QUEUE, bits_text, queue_bits, read_bits

_ENOUGH = 4096
_TOPICS = tuple(f"{topic}-" for topic in Topic)
_Call = tuple[Topic, int]
"""What somebody listens to: a topic, and the bits of the queues."""


class FifoDoorbell:
    """Rings in this process directly, and in others through the pipes in `folder`.

    A process has one pipe for each topic and set of queues, however many listen: it is there while anybody does.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._local = LocalDoorbell()
        self._pipes: dict[_Call, _Pipe] = {}
        self._listener_counts: Counter[_Call] = Counter()

    def ring(self, topic: Topic, queues: Collection[str] = ()) -> None:
        self.ring_here(topic, queues)
        self.ring_elsewhere(topic, queues)

    def ring_here(self, topic: Topic, queues: Collection[str] = ()) -> None:
        """Wakes the listeners of this process only."""
        self._local.ring(topic, queues)

    def ring_elsewhere(self, topic: Topic, queues: Collection[str] = ()) -> None:
        """Wakes the listeners of other processes only."""
        mine = {pipe.path.name for pipe in [*self._pipes.values()]}
        prefix, bits = f"{topic}-", queue_bits(queues)
        with suppress(OSError):
            for name in os.listdir(self._folder):
                if name.startswith(prefix) and name not in mine and _bits_in(name) & bits:
                    _press(self._folder / name)

    def listen(self, topic: Topic, wake: Callable[[], None], queues: Collection[str] = ()) -> Bell:
        bell = self._local.listen(topic, wake, queues)
        call = topic, queue_bits(queues)
        self._listener_counts[call] += 1
        if call not in self._pipes and (pipe := _make_pipe(self._folder, call, self._local.ring_for)):
            self._pipes[call] = pipe
        return _Listening(bell, lambda: self._left(call))

    def close(self) -> None:
        self._local.close()
        for pipe in self._pipes.values():
            pipe.close()
        self._pipes.clear()
        with suppress(OSError):
            self._folder.rmdir()  # the last one out; not empty while others listen

    def _left(self, call: _Call) -> None:
        self._listener_counts[call] -= 1
        if self._listener_counts[call] <= 0 and (pipe := self._pipes.pop(call, None)):
            pipe.close()


class _Listening:
    """One listener; closing it twice is fine."""

    def __init__(self, bell: Bell, left: Callable[[], None]) -> None:
        self._bell, self._left = bell, left
        self._is_open = True

    def close(self) -> None:
        if self._is_open:
            self._is_open = False
            self._bell.close()
            self._left()


class _Pipe:
    """This process's pipe for one topic and some queues, read on the loop that listens."""

    def __init__(self, path: Path, descriptor: int, ring: Callable[[], None]) -> None:
        self.path = path
        self._descriptor = descriptor
        self._ring = ring
        self._loop: asyncio.AbstractEventLoop | None = asyncio.get_running_loop()
        self._loop.add_reader(descriptor, self._rung)

    def close(self) -> None:
        loop, self._loop = self._loop, None
        if loop is None:
            return
        if not loop.is_closed():
            loop.remove_reader(self._descriptor)
        os.close(self._descriptor)
        self.path.unlink(missing_ok=True)

    def _rung(self) -> None:
        with suppress(BlockingIOError):
            while len(os.read(self._descriptor, _ENOUGH)) == _ENOUGH:
                continue
        self._ring()


def _make_pipe(folder: Path, call: _Call, ring: Callable[[Topic, int], None]) -> _Pipe | None:
    """A pipe that others find; None where there can be none, and polling has to do."""
    if not hasattr(os, "mkfifo"):
        return None
    _sweep(folder)
    topic, bits = call
    queues = () if bits == EVERY_QUEUE else (bits_text(bits),)
    path = folder / "-".join([topic, str(os.getpid()), os.urandom(4).hex(), *queues])
    unready = path.with_name(f"new-{path.name}")  # a pipe is found, and removed if unread, by its name
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        os.mkfifo(unready, mode=0o600)
        # open for both ends: a pipe that never had a writer, or lost its last one, would be "readable" for ever
        descriptor = os.open(unready, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        unready.rename(path)
    except OSError:
        return None  # a folder we may not write to, or a file system without pipes
    return _Pipe(path, descriptor, lambda: ring(topic, bits))


def _bits_in(name: str) -> int:
    """For which queues a pipe is: for all, where its name does not say."""
    return read_bits(name.rpartition("-")[2])


def _sweep(folder: Path) -> None:
    """Removes the pipes of processes that were killed: of a topic that nobody rings nobody else would notice."""
    with suppress(OSError):
        for name in os.listdir(folder):
            if name.startswith(_TOPICS) and (descriptor := _opened(folder / name)) is not None:
                os.close(descriptor)


def _press(path: Path) -> None:
    descriptor = _opened(path)
    if descriptor is None:
        return
    try:
        if stat.S_ISFIFO(os.fstat(descriptor).st_mode):
            os.write(descriptor, b"!")
    except OSError:
        return  # full: rung often enough already
    finally:
        os.close(descriptor)


def _opened(path: Path) -> int | None:
    """The other end of somebody's pipe; None where there is none, and a pipe that nobody reads is removed."""
    try:
        return os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError as error:
        if error.errno == errno.ENXIO:  # nobody reads it any more
            path.unlink(missing_ok=True)
        return None
