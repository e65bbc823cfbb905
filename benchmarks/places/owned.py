"""What lies in the cache belongs to the process that made it, whose id stands in its name: others leave it alone."""

import os
from collections.abc import Iterator
from pathlib import Path

from benchmarks import machine


def own_prefix(kind: str) -> str:
    """How the names of this process's things of a kind begin."""
    return f"{kind}-{os.getpid()}-"


def left_behind(cache: Path, kind: str) -> Iterator[Path]:
    """The things of a kind whose process has ended without removing them."""
    for path in cache.glob(f"{kind}-*-*"):
        owner = path.name.split("-")[1]
        if owner.isdigit() and machine.parent(int(owner)) is None:
            yield path
