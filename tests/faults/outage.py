"""What a loss of power may leave of some files: all that was synced, and anything of what was not."""

import random
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from tests.faults.disk import Created, Deleted, FolderSynced, Operation, Synced, Truncate, Write

Content = Write | Truncate
SECTOR = 512
"""Bytes that a disk writes whole or not at all."""


class Platter:
    """The files as they would be found if power failed now."""

    def __init__(self, *, tells_the_truth: bool = True) -> None:
        """A disk that does not tell the truth says that it has synced a file, and has not."""
        self._tells_the_truth = tells_the_truth
        self._content: dict[str, bytearray] = {}
        """What is durable of each file, whether its name is or not."""
        self._pending: list[tuple[int, Content]] = []
        self._names: set[str] = set()
        self._renamed: list[tuple[int, Created | Deleted]] = []
        self._ghosts: dict[str, bytearray] = {}
        """What stands under a name that was taken away, as long as that is not durable."""

    def see(self, index: int, operation: Operation) -> None:
        """The operation with this index in the recording happens."""
        match operation:
            case Write() | Truncate():
                self._pending.append((index, operation))
            case Synced(path, covered):
                if self._tells_the_truth:
                    self._synced(path, covered)
            case Created(path):
                self._content[path] = bytearray()
                self._renamed.append((index, operation))
            case Deleted(path):
                self._ghosts[path] = self._content.pop(path, bytearray())
                self._pending = [(at, each) for at, each in self._pending if each.path != path]
                self._renamed.append((index, operation))
            case FolderSynced(covered):
                for _, renamed in [each for each in self._renamed if each[0] < covered]:
                    _rename(self._names, renamed)
                    self._ghosts.pop(renamed.path, None)
                self._renamed = [each for each in self._renamed if each[0] >= covered]

    def fail(self, luck: random.Random) -> Mapping[str, bytes]:
        """One of the many things that may be left."""
        files = {path: bytearray(content) for path, content in self._content.items()}
        choose = luck.choice(_FATES)
        for operation in choose([pending for _, pending in self._pending], luck):
            torn = luck.random() < 0.3
            for part in _sectors(operation, luck) if torn and isinstance(operation, Write) else [operation]:
                _apply(files, part)
        names, ghosts = set(self._names), dict(self._ghosts)
        for _, renamed in self._renamed[: luck.randint(0, len(self._renamed))]:  # file systems keep these in order
            _rename(names, renamed)
            ghosts.pop(renamed.path, None)
        return {path: bytes(ghosts.get(path, files.get(path, b""))) for path in names}

    def _synced(self, path: str, covered: int) -> None:
        rest: list[tuple[int, Content]] = []
        for at, pending in self._pending:
            if pending.path == path and at < covered:
                _apply(self._content, pending)
            else:
                rest.append((at, pending))
        self._pending = rest


def _rename(names: set[str], renamed: Created | Deleted) -> None:
    if isinstance(renamed, Created):
        names.add(renamed.path)
    else:
        names.discard(renamed.path)


def lay_out(files: Mapping[str, bytes], folder: Path) -> None:
    """Writes what is left into a folder, under the names that the files had."""
    folder.mkdir(parents=True, exist_ok=True)
    for path, content in files.items():
        (folder / Path(path).name).write_bytes(content)


def _nothing(pending: Sequence[Content], luck: random.Random) -> Sequence[Content]:
    return ()


def _everything(pending: Sequence[Content], luck: random.Random) -> Sequence[Content]:
    return pending


def _the_first(pending: Sequence[Content], luck: random.Random) -> Sequence[Content]:
    return pending[: luck.randint(0, len(pending))]


def _some(pending: Sequence[Content], luck: random.Random) -> Sequence[Content]:
    return [each for each in pending if luck.random() < 0.5]


def _all_but_some(pending: Sequence[Content], luck: random.Random) -> Sequence[Content]:
    return [each for each in pending if luck.random() < 0.9]


_Fate = Callable[[Sequence[Content], random.Random], Sequence[Content]]
_FATES: Sequence[_Fate] = (_nothing, _everything, _the_first, _some, _all_but_some)


def _sectors(write: Write, luck: random.Random) -> list[Content]:
    """The parts of a torn write that reached the disk."""
    first = SECTOR - write.offset % SECTOR
    cuts = [0, *range(first, len(write.data), SECTOR), len(write.data)]
    parts = [(begin, end) for begin, end in pairwise(cuts) if luck.random() < 0.5]
    return [Write(write.path, write.offset + begin, write.data[begin:end]) for begin, end in parts]


def _apply(files: dict[str, bytearray], operation: Content) -> None:
    content = files.setdefault(operation.path, bytearray())
    match operation:
        case Write(_, offset, data):
            content.extend(b"\0" * (offset - len(content)))
            content[offset : offset + len(data)] = data
        case Truncate(_, size):
            del content[size:]
            content.extend(b"\0" * (size - len(content)))
