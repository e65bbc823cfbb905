"""What every run is given: where to work, whom to compare with, and how large to be."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.contenders.contender import Contender

Values = dict[str, float]
"""What one run measured; `lost` and `duplicate` are always among it where jobs ran."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How large the runs are. Jobs are many enough for a run of a second or two."""

    jobs: int = 40_000
    peer_jobs: int = 5_000
    singles: int = 2_000
    at_once: int = 20_000
    latency_seconds: float = 10.0
    idle_seconds: float = 10.0
    many: int = 1_000_000
    """What a large store holds."""


QUICK = Sizes(jobs=8_000, peer_jobs=1_500, singles=500, at_once=4_000, latency_seconds=3.0, many=100_000)


@dataclass(frozen=True, slots=True)
class Bench:
    """One invocation of the benchmarks. Without a peer, the rows that need it stay empty."""

    cache: Path
    results: Path
    peer: Contender | None
    sizes: Sizes
    profile: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """One thing to measure, again in every round."""

    name: str
    measure: Callable[[], Values]
