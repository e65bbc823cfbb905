"""A doorbell between the processes of one machine: a folder of named pipes, one for each who listens.

To ring is to write one byte into every pipe of the topic. A pipe without a reader belongs to a process that
died; whoever notices removes it. Where there are no named pipes, only this process is woken, and polling does the rest.
"""

import asyncio
import errno
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from dawam.doorbells.base import Bell, Topic
from dawam.doorbells.local import LocalDoorbell

_ENOUGH = 4096


class FifoDoorbell:
    """Rings in this process directly, and in others through the pipes in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._local = LocalDoorbell()
        self._pipes: set[_Pipe] = set()

    def ring(self, topic: Topic) -> None:
        self._local.ring(topic)
        mine = {pipe.path.name for pipe in self._pipes}
        with suppress(OSError):
            for name in os.listdir(self._folder):
                if name.startswith(f"{topic}-") and name not in mine:
                    _press(self._folder / name)

    def listen(self, topic: Topic, wake: Callable[[], None]) -> Bell:
        local = self._local.listen(topic, wake)
        pipe = self._pipe(topic, wake)
        if pipe is None:
            return local
        self._pipes.add(pipe)
        return _Both(local, pipe, self._pipes)

    def close(self) -> None:
        self._local.close()
        for pipe in tuple(self._pipes):
            pipe.close()
        self._pipes.clear()
        with suppress(OSError):
            self._folder.rmdir()  # the last one out; not empty while others listen

    def _pipe(self, topic: Topic, wake: Callable[[], None]) -> "_Pipe | None":
        if not hasattr(os, "mkfifo"):
            return None
        path = self._folder / f"{topic}-{os.getpid()}-{os.urandom(4).hex()}"
        unready = path.with_name(f"new-{path.name}")  # a pipe is found, and removed if unread, by its name
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            os.mkfifo(unready, mode=0o600)
            # open for both ends: a pipe that never had a writer, or lost its last one, would be "readable" for ever
            descriptor = os.open(unready, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
            unready.rename(path)
        except OSError:
            return None  # a folder we may not write to, or a file system without pipes
        return _Pipe(path, descriptor, wake)


class _Pipe:
    """One listener's pipe, read on the loop that listens."""

    def __init__(self, path: Path, descriptor: int, wake: Callable[[], None]) -> None:
        self.path = path
        self._descriptor = descriptor
        self._wake = wake
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
        self._wake()


class _Both:
    def __init__(self, local: Bell, pipe: _Pipe, pipes: set[_Pipe]) -> None:
        self._local, self._pipe, self._pipes = local, pipe, pipes

    def close(self) -> None:
        self._local.close()
        self._pipe.close()
        self._pipes.discard(self._pipe)


def _press(path: Path) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError as error:
        if error.errno == errno.ENXIO:  # nobody reads it any more
            path.unlink(missing_ok=True)
        return
    try:
        if stat.S_ISFIFO(os.fstat(descriptor).st_mode):
            os.write(descriptor, b"!")
    except OSError:
        return  # full: rung often enough already
    finally:
        os.close(descriptor)
