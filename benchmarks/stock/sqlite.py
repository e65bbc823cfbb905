"""Fills an SQLite store: Dawam enqueues, and what is to be finished is made so by one statement."""

from benchmarks.stage import Stage
from benchmarks.stock.stock import Stock


def fill(stage: Stage, stock: Stock) -> None:
    """Puts the stock there."""
    stage.command("grow", stock.state, stock.count)
