"""Reads the start marks of processes that died, and excuses those that are about to be killed."""

import os
import struct
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path
from uuid import UUID

from dawam.clock import boot_id
from dawam.host.marks import EXCUSED_AT, HEADER, HEADER_SIZE, MARK_SIZE, NO_MARK, UNREADY, lock
from dawam.ids import HostId

_OPEN = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


class Death:
    """What a dead process left behind. While we have it in hand we hold its lock, and nobody else sees it."""

    def __init__(self, path: Path, content: bytes) -> None:
        self._path = path
        self.host = HostId(path.name)
        boot, self.process_id, self.is_excused = HEADER.unpack_from(content)
        self.is_of_this_boot: bool = boot == boot_id().encode()
        """Else the machine went down: no job is to be blamed, and the lease is over as well."""
        marks = (content[at : at + MARK_SIZE] for at in range(HEADER_SIZE, len(content), MARK_SIZE))
        self.started = frozenset(UUID(bytes=mark) for mark in marks if len(mark) == MARK_SIZE and mark != NO_MARK)

    def bury(self) -> None:
        """All is done that this death asked for. Without a burial, whoever looks next sees it again."""
        self._path.unlink(missing_ok=True)


def deaths(folder: Path | None) -> Generator[Death]:
    """Every process that died and that nobody else is looking at."""
    for path in _files(folder):
        descriptor = _locked(path)
        if descriptor is None:
            continue
        try:
            if (death := _read(path, descriptor)) is not None:
                yield death
        finally:
            os.close(descriptor)


def excuse_process(folder: Path | None, process_id: int) -> None:
    """For who is about to kill that process: its end is nobody's fault."""
    for path in _files(folder):
        with suppress(OSError, struct.error):
            descriptor = os.open(path, os.O_RDWR | _OPEN)
            try:
                boot, process, _ = HEADER.unpack(os.pread(descriptor, HEADER.size, 0))
                if (boot, process) == (boot_id().encode(), process_id):
                    os.pwrite(descriptor, b"\x01", EXCUSED_AT)
            finally:
                os.close(descriptor)


def _locked(path: Path) -> int | None:
    """The open file of a process that is dead; None where it lives, or somebody else is looking at its death."""
    try:
        descriptor = os.open(path, os.O_RDONLY | _OPEN)
    except OSError:
        return None
    with suppress(OSError):  # it is locked; or it is gone, because somebody was faster and buried it
        lock(descriptor)
        if os.path.samestat(os.stat(path), os.fstat(descriptor)):
            return descriptor
    os.close(descriptor)
    return None


def _read(path: Path, descriptor: int) -> Death | None:
    if path.name.startswith(UNREADY):  # it died before it had begun
        path.unlink(missing_ok=True)
        return None
    try:
        return Death(path, os.pread(descriptor, os.fstat(descriptor).st_size, 0))
    except (OSError, struct.error):  # not one of ours
        return None


def _files(folder: Path | None) -> list[Path]:
    if folder is None:
        return []
    try:
        return [folder / name for name in sorted(os.listdir(folder))]
    except OSError:
        return []
