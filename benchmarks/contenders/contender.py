"""What the driver must know of a library in order to measure it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

DATABASE = "DAWAM_BENCH_DATABASE"
"""The variable that names the database file of a run."""


@dataclass(frozen=True, slots=True)
class Contender:
    """One library in one configuration.

    `program` is a module with the commands `fill`, `enqueue` and `latency`; `worker` is a whole command line.
    `unfinished` is a query of one number: how many jobs wait or run. The environment is what tells variants apart.
    """

    name: str
    python: Path
    program: str
    worker: tuple[str, ...]
    unfinished: str
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
