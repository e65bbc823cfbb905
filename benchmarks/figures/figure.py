"""What a row of a table is."""

from dataclasses import dataclass

from benchmarks.goals import Goal


@dataclass(frozen=True, slots=True)
class Source:
    """A value of a run."""

    run: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One row. `base` is the run of ours that the goal counts in, where it does; a borrowed goal was set for another
    row: it is shown in brackets for orientation, and decides nothing."""

    label: str
    unit: str
    ours: Source
    peer: Source | None = None
    raw: Source | None = None
    base: Source | None = None
    goal: Goal | None = None
    is_borrowed: bool = False
