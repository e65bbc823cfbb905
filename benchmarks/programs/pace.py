"""Enqueues at an even pace: the same for everybody whose latency is measured."""

import asyncio
import inspect
import time
from collections.abc import Callable

EVERY = 0.02
"""Seconds between two jobs: a light load."""
WARM_UP = 10
"""Jobs that are sent first and not measured."""


async def paced(send: Callable[[int], object], first: int, count: int, every: float) -> list[tuple[float, float]]:
    """Sends the warm-up, then `count` jobs, one every so many seconds; answers when each call began and returned."""
    for number in range(first, first + WARM_UP):
        await _await_if_needed(send(number))
        await asyncio.sleep(0.1)
    await asyncio.sleep(1)
    calls: list[tuple[float, float]] = []
    began = time.monotonic()
    for turn in range(count):
        await asyncio.sleep(max(0.0, began + turn * every - time.monotonic()))
        called = time.monotonic()
        await _await_if_needed(send(first + WARM_UP + turn))
        calls.append((called, time.monotonic()))
    return calls


async def _await_if_needed(sending: object) -> None:
    if inspect.isawaitable(sending):
        await sending


def quantile(values: list[float], share: float) -> float:
    """The value below which that share of the sorted values lies."""
    return values[min(len(values) - 1, int(share * len(values)))]
