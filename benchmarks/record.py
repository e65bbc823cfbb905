"""The driver's side of the record of job starts: how many ran, when, and whether each ran exactly once."""

import mmap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Verdict:
    """What "exactly once" came to."""

    lost: int
    duplicate: int


class JobRecord:
    """A file of `size` counts and `size` moments, which the measured jobs write and the driver reads."""

    def __init__(self, path: Path, size: int) -> None:
        self.path = path
        self.size = size + -size % 8  # the moments after the counts must be aligned
        self._wanted = size
        with path.open("wb") as file:
            file.truncate(self.size * 9)
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), self.size * 9)

    def done(self) -> int:
        """How many of the jobs ran at least once."""
        return self._wanted - self._counts().count(0)

    def verdict(self) -> Verdict:
        """How many jobs never ran, and how many runs there were too many."""
        counts = self._counts()
        return Verdict(lost=counts.count(0), duplicate=sum(count - 1 for count in counts if count > 1))

    def moments(self) -> list[float]:
        """When each job that ran started, in order of time; of a duplicate the latest."""
        return sorted(moment for moment in self.moments_by_number() if moment)

    def moments_by_number(self) -> Sequence[float]:
        """When each job started, by its number; 0.0 for one that did not."""
        with memoryview(self._map) as view, view[self.size :] as stamps, stamps.cast("d") as moments:
            return moments.tolist()[: self._wanted]

    def _counts(self) -> bytes:
        return self._map[: self._wanted]
