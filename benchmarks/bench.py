"""What every run is given: where to work, whom to compare with, and how large to be."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.contenders.contender import Contender
from benchmarks.contenders.installation import Installation
from benchmarks.places.place import Places

Values = dict[str, float]
"""What one run measured; `lost` and `duplicate` are always among it where jobs ran."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How large the runs are. Jobs are many enough for a run of a second or two."""

    jobs: int = 40_000
    singles: int = 2_000
    at_once: int = 20_000
    latency_seconds: float = 10.0
    idle_seconds: float = 10.0
    held_seconds: float = 600.0
    """How long an old snapshot is held open."""
    many: int = 1_000_000
    """What a large store holds."""
    history: int = 10_000_000
    """What a server that keeps finished jobs holds."""


QUICK = Sizes(
    jobs=8_000,
    singles=500,
    at_once=4_000,
    latency_seconds=3.0,
    held_seconds=20.0,
    many=100_000,
    history=200_000,
)


@dataclass(frozen=True, slots=True)
class Arena:
    """One kind of database: where its runs take place, and who else is measured there."""

    cache: Path
    places: Places
    peers: tuple[Contender, ...]


@dataclass(frozen=True, slots=True)
class Bench:
    """One invocation of the benchmarks."""

    cache: Path
    results: Path
    sqlite: Arena
    postgres: Arena
    sizes: Sizes
    profile: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """One thing to measure, again in every round, or in the first only. What it needs is installed before."""

    name: str
    measure: Callable[[], Values]
    needs: Installation | None = None
    is_long: bool = False
    """Takes so long that one round must do."""


@dataclass(frozen=True, slots=True)
class Group:
    """Runs that are compared with each other, and are measured in turns: A B C, A B C."""

    arena: Arena
    runs: list[Run]
