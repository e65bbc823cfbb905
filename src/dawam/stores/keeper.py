"""What a store may offer for its upkeep, beside its jobs. Asked by the command line, and by a host that starts.

Ports of their own, because not every store has a place to keep, and where there is a database server most of this is
the trade of its tools. Each but the last is a `Capability`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol, runtime_checkable

from dawam.jobs.record import JobCounts
from dawam.stores.values import SchemaReport

Progress = Callable[[int, int], None]
"""Is told how much is done, of how much; called from another thread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableStats:
    """How large one table is, for all applications."""

    name: str
    size: int
    """Bytes, without its indexes."""
    index_size: int
    row_count: int
    """About: what the server last counted."""
    dead_row_count: int
    """Rows that are gone and not cleaned up yet; about, as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OldSnapshot:
    """Who keeps gone rows from being cleaned up, because they could still be seen from there."""

    holder: str
    """`process 4711 of amal (psql, idle in transaction)`."""
    open_for: timedelta | None
    """None: this role may not see it, or nobody knows it."""
    transaction_count: int
    """How many have begun since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connections:
    """How many a server takes, and how many are open to it now, by whomever."""

    open_count: int
    limit: int
    """Without those that are kept for administrators."""
    count_of_a_host: int
    """So many does one process take that runs jobs, whatever its concurrency."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something is not as it should be."""

    text: str
    cure: str
    """What to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreStats:
    """What a store holds, for one application, and how large its place is, for all of them."""

    counts: JobCounts
    attempt_count: int
    """Records of failed attempts."""
    logged_count: int
    """Attempts of which it is kept what they logged."""
    worker_count: int
    """Workers and recurring jobs: one for each, or one for each of its hosts."""
    tick_count: int
    """Records of their ticks."""
    oldest_due_at: datetime | None
    oldest_finished_at: datetime | None
    schema: SchemaReport
    size: int
    """Bytes, without the log."""
    log_size: int | None = None
    """Bytes of commits that are not in the file yet; None where that is the business of a server."""
    unused_size: int | None = None
    """Bytes of the size that hold nothing, and that `vacuum` gives back; None as well."""
    other_applications: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    """How the database is set, in its own words."""
    tables: tuple[TableStats, ...] = ()
    """Of a server's, the largest first."""
    oldest_snapshot: OldSnapshot | None = None
    connections: Connections | None = None
    durability_doubts: tuple[Doubt, ...] = ()
    """Why the newest commits could be lost when the power fails."""
    upkeep_doubts: tuple[Doubt, ...] = ()
    """What keeps a server from cleaning up, which makes it slow in the end."""


@runtime_checkable
class StoreGauge(Protocol):
    """Measures what is there (`Capability.STATISTICS`)."""

    async def stats(self) -> StoreStats:
        """Counts everything: a look for people, which takes a second for every few million jobs."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class VacuumReport:
    """What `vacuum` made of it."""

    size_before: int
    size_after: int


@runtime_checkable
class StoreKeeper(Protocol):
    """Looks after the place where jobs are kept (`Capability.UPKEEP`)."""

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


@runtime_checkable
class TableScript(Protocol):
    """Says how its tables are made (`Capability.TABLE_SCRIPT`)."""

    def script(self, from_version: int = 0) -> list[str]:
        """The statements by which `migrate` leads from that version to the newest, in one transaction.

        They fail on tables of any other version. Needs no open store.
        """
        ...


@runtime_checkable
class DoubtfulPlace(Protocol):
    """Lives where others decide what a commit is worth."""

    async def durability_doubts(self) -> tuple[Doubt, ...]:
        """Why the newest commits could be lost when the power fails; empty: they are safe."""
        ...

    async def upkeep_doubts(self) -> tuple[Doubt, ...]:
        """Why it will become slow, if nobody does anything."""
        ...


async def doubts_of(store: object) -> tuple[Doubt, ...]:
    """All that is doubtful about where it lives; nothing, where it decides itself."""
    if not isinstance(store, DoubtfulPlace):
        return ()
    return (*await store.durability_doubts(), *await store.upkeep_doubts())
