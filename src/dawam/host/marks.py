"""Start marks: which jobs have started in this process, in a small file that outlives it.

The file is memory-mapped, so that a mark costs a copy of 16 bytes and survives a `kill -9` without any fsync. The
process holds a lock on it as long as it lives: whoever gets the lock knows, without any parent, that the process is
dead. A process that is merely frozen keeps its lock.
"""

import logging
import mmap
import os
import struct
from contextlib import suppress
from pathlib import Path
from uuid import UUID
from weakref import WeakSet

try:
    import fcntl
except ImportError:  # Windows: there are no marks, and leases do the work
    fcntl = None  # type: ignore[assignment]

from dawam.clock import boot_id
from dawam.ids import HostId

_logger = logging.getLogger("dawam.host")
HEADER = struct.Struct("<36sI?")
"""Of which run of the machine, of which process, and whether its end is nobody's fault."""
HEADER_SIZE = 64
MARK_SIZE = 16
NO_MARK = bytes(MARK_SIZE)
EXCUSED_AT = HEADER.size - 1
UNREADY = "new-"
"""How the name of a file begins that is not locked yet, so that nobody takes its host for dead."""
_TRIES = 3

Mark = slice


def lock(descriptor: int) -> None:
    """Locks the file for as long as this process lives. `OSError` where somebody holds it, or none can be locked."""
    if fcntl is None:
        raise OSError("files cannot be locked here")
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


class StartMarks:
    """The marks of one host. A service; without a folder, or where files cannot be locked, nobody reads them."""

    def __init__(self, folder: Path | None, host: HostId, slots: int) -> None:
        """`slots` is how many jobs run at once, at most."""
        self._folder, self._host = folder, host
        size = HEADER_SIZE + slots * MARK_SIZE
        self._memory: mmap.mmap | bytearray = bytearray(size)
        self._free = [slice(at, at + MARK_SIZE) for at in range(HEADER_SIZE, size, MARK_SIZE)]
        self._descriptor: int | None = None

    # -- on the way of every job, in whatever thread

    def begin(self, job_id: UUID) -> Mark:
        """From now on the death of this process is charged to the job too. Answers what `end` wants."""
        mark = self._free.pop()
        self._memory[mark] = job_id.bytes
        return mark

    def end(self, mark: Mark) -> None:
        """The job has ended, however."""
        self._memory[mark] = NO_MARK
        self._free.append(mark)

    # -- its life

    async def start(self) -> None:
        """Without its file a host works all the same, and says what it cannot do."""
        for tries_left in reversed(range(_TRIES)):  # the last host out may just be removing the folder
            try:
                self._open()
            except OSError as error:
                if not tries_left:
                    self._say_missing(error)
            else:
                return

    async def stop(self) -> None:
        """Takes the marks away: this host leaves in good order, or is another one from now on."""
        if self._descriptor is not None and self._folder is not None:
            with suppress(OSError):
                (self._folder / self._host).unlink()  # while the lock is held
        self.let_go()

    def excuse(self) -> None:
        """Whoever ends this process from now on does so because it was told to end: no job is to be blamed."""
        self._memory[EXCUSED_AT] = 1

    def _open(self) -> None:
        if self._folder is None or fcntl is None:
            return
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        unready = self._folder / f"{UNREADY}{self._host}"
        descriptor = os.open(unready, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            lock(descriptor)
            HEADER.pack_into(self._memory, 0, boot_id().encode(), os.getpid(), False)
            # written in full: a hole in a mapped file that cannot be filled, on a full disk, would kill the process
            os.write(descriptor, self._memory)
            memory = mmap.mmap(descriptor, len(self._memory))
            unready.rename(self._folder / self._host)
        except BaseException:
            os.close(descriptor)
            unready.unlink(missing_ok=True)
            raise
        self._memory, self._descriptor = memory, descriptor
        _open_marks.add(self)

    def _say_missing(self, error: OSError) -> None:
        _logger.warning(
            "no start marks can be kept in %s (%s): if this process dies, its jobs wait until its lease is over, and "
            "a job that kills its process is not told from those that run beside it. Make room in that folder, or let "
            "this user write there, and start this process again",
            *(self._folder, error.strerror or error),
        )

    def let_go(self) -> None:
        """Closes the file. What still runs may go on marking, for nobody."""
        memory, self._memory = self._memory, bytearray(len(self._memory))
        descriptor, self._descriptor = self._descriptor, None
        if isinstance(memory, mmap.mmap):
            memory.close()
        if descriptor is not None:
            os.close(descriptor)


_open_marks: WeakSet[StartMarks] = WeakSet()


def _let_go_in_child() -> None:
    """The child of a fork would hold the lock beyond the death of its parent."""
    for marks in tuple(_open_marks):
        marks.let_go()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go_in_child)
