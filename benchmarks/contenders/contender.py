"""What the driver must know of a library in order to measure it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

from benchmarks.contenders.installation import Installation


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """One library in one configuration.

    `program` is a module with the commands that `programs/producing.py` lists; `worker` is a whole command line.
    `unfinished` is a query of one number: how many jobs wait or run. The environment is what tells variants apart.
    """

    name: str
    python: Path
    program: str
    worker: tuple[str, ...]
    unfinished: str
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    processes: int = 1
    """How many workers are started."""
    set_up: tuple[str, ...] = ()
    """The commands of the program that make its tables in a new place."""
    installation: Installation | None = None
    """What must be installed before it can run."""
    share: float = 1.0
    """Of the jobs of a run: a slow library is given fewer, so that it takes a few seconds too."""

    def of(self, jobs: int) -> int:
        """How many of so many jobs it is given."""
        return max(1_000, int(self.share * jobs))

    def with_processes(self, count: int) -> Self:
        """The same with several workers."""
        return replace(self, processes=count)
