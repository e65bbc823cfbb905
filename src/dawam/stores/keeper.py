"""The keeper of a store's place: how large it is, a copy of it, and space given back. Asked by the command line.

A port of its own, because not every store has a place to keep (`Capability.UPKEEP`): a database server has tools for
that, and memory is gone with its process.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol, runtime_checkable

from dawam.jobs.record import JobCounts
from dawam.stores.values import SchemaReport

Progress = Callable[[int, int], None]
"""Is told how much is done, of how much; called from another thread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreStats:
    """What a store holds, for one application, and how large its place is, for all of them."""

    counts: JobCounts
    attempt_count: int
    """Records of failed attempts."""
    worker_count: int
    """Workers and recurring jobs: one for each, or one for each of its hosts."""
    tick_count: int
    """Records of their ticks."""
    oldest_due_at: datetime | None
    oldest_finished_at: datetime | None
    schema: SchemaReport
    size: int
    """Bytes, without the log."""
    log_size: int
    """Bytes of commits that are not in the file yet."""
    unused_size: int
    """Bytes of the size that hold nothing, and that `vacuum` gives back."""
    other_applications: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    """How the database is set, in its own words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VacuumReport:
    """What `vacuum` made of it."""

    size_before: int
    size_after: int


@runtime_checkable
class StoreKeeper(Protocol):
    """Looks after the place where jobs are kept."""

    async def stats(self) -> StoreStats:
        """Counts everything: a look for people, which takes a second for every few million jobs."""
        ...

    async def backup(self, target: Path, *, replace: bool = False, progress: Progress | None = None) -> int:
        """Copies the store as it is at one moment, while others go on writing, and answers the copy's bytes.

        All that was committed before it began is in the copy. The copy is checked before it gets its name, so a file
        at `target` is a whole one. `StoreError` when something is there already and may not be replaced.
        """
        ...

    async def vacuum(self) -> VacuumReport:
        """Gives unused space back to the disk. Nobody else can write meanwhile, for seconds per gigabyte.

        `StoreBusyError` when somebody else holds the lock for long, `StoreUnavailableError` when the disk has too
        little space for it; nothing is changed then.
        """
        ...
