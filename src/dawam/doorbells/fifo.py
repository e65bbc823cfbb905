"""A doorbell between the processes of one machine: a folder of named pipes, one for each who listens.

To ring is to write one byte into every pipe of the topic. A pipe without a reader belongs to a process that
died; whoever notices removes it. Where there are no named pipes, only this process is woken, and polling does the rest.
"""

import asyncio
import errno
import os
import stat
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from dawam.doorbells.base import Bell, Topic
from dawam.doorbells.local import LocalDoorbell

_ENOUGH = 4096
_TOPICS = tuple(f"{topic}-" for topic in Topic)


class FifoDoorbell:
    """Rings in this process directly, and in others through the pipes in `folder`.

    A process has one pipe per topic, however many listen: it is there while anybody does.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._local = LocalDoorbell()
        self._pipes: dict[Topic, _Pipe] = {}
        self._listener_counts: Counter[Topic] = Counter()

    def ring(self, topic: Topic) -> None:
        self.ring_here(topic)
        self.ring_elsewhere(topic)

    def ring_here(self, topic: Topic) -> None:
        """Wakes the listeners of this process only."""
        self._local.ring(topic)

    def ring_elsewhere(self, topic: Topic) -> None:
        """Wakes the listeners of other processes only."""
        mine = self._pipes.get(topic)
        with suppress(OSError):
            for name in os.listdir(self._folder):
                if name.startswith(f"{topic}-") and (mine is None or name != mine.path.name):
                    _press(self._folder / name)

    def listen(self, topic: Topic, wake: Callable[[], None]) -> Bell:
        bell = self._local.listen(topic, wake)
        self._listener_counts[topic] += 1
        if topic not in self._pipes and (pipe := _make_pipe(self._folder, topic, self._local.ring)):
            self._pipes[topic] = pipe
        return _Listening(bell, lambda: self._left(topic))

    def close(self) -> None:
        self._local.close()
        for pipe in self._pipes.values():
            pipe.close()
        self._pipes.clear()
        with suppress(OSError):
            self._folder.rmdir()  # the last one out; not empty while others listen

    def _left(self, topic: Topic) -> None:
        self._listener_counts[topic] -= 1
        if self._listener_counts[topic] <= 0 and (pipe := self._pipes.pop(topic, None)):
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
    """This process's pipe for one topic, read on the loop that listens."""

    def __init__(self, path: Path, descriptor: int, topic: Topic, ring: Callable[[Topic], None]) -> None:
        self.path = path
        self._descriptor = descriptor
        self._topic, self._ring = topic, ring
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
        self._ring(self._topic)


def _make_pipe(folder: Path, topic: Topic, ring: Callable[[Topic], None]) -> _Pipe | None:
    """A pipe that others find; None where there can be none, and polling has to do."""
    if not hasattr(os, "mkfifo"):
        return None
    _sweep(folder)
    path = folder / f"{topic}-{os.getpid()}-{os.urandom(4).hex()}"
    unready = path.with_name(f"new-{path.name}")  # a pipe is found, and removed if unread, by its name
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        os.mkfifo(unready, mode=0o600)
        # open for both ends: a pipe that never had a writer, or lost its last one, would be "readable" for ever
        descriptor = os.open(unready, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        unready.rename(path)
    except OSError:
        return None  # a folder we may not write to, or a file system without pipes
    return _Pipe(path, descriptor, topic, ring)


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
