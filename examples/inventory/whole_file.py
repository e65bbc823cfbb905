"""Files that are either whole or not there, whatever happens while they are written."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

_PART = ".part"


@contextmanager
def whole_file(path: Path) -> Generator[Path]:
    """Lends a path to write to; when the block ends well, what is there is on the disk and has its real name.

    When it does not, or the process dies, `path` is what it was. Two writers do not disturb each other.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{uuid4().hex}{_PART}")
    try:
        yield part
        _sync(part)
        part.replace(path)
        _sync(path.parent)
    finally:
        part.unlink(missing_ok=True)


def sweep(folder: Path) -> None:
    """Removes what writers left behind that were killed; nobody may be writing there."""
    for part in folder.glob(f".*{_PART}"):
        part.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    """A name that outlives a power failure, while what it names does not, would be worse than none."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
