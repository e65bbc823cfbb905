"""What may lie in a store."""

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.stage import Stage


@dataclass(frozen=True, slots=True)
class Stock:
    """So many jobs in a state: `waiting`, `scheduled` for tomorrow, `parked` or `finished`."""

    state: str
    count: int


Fill = Callable[[Stage, Stock], None]
"""Fills a store that is empty. Those that wait are job 0, job 1, ..."""
