"""Enqueues at an even pace: the same for everybody whose latency is measured."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable, Sequence

EVERY = 0.02
"""Seconds between two jobs: a light load."""
WARM_UP = 10
"""Jobs that are sent first and not measured."""
_TICK = 0.01
_LARGEST_BATCH = 1_000


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


async def offered(
    send: Callable[[range], Awaitable[object]], first: int, count: int, rate: float
) -> list[tuple[int, float]]:
    """Sends `count` jobs, at each tick as many as have become due; answers the size and the moment of each call.

    Who falls behind sends larger batches: what is offered does not depend on how well it is taken, if that can be.
    """
    batches, sent = [(1, time.monotonic())], 1
    await send(range(first, first + 1))  # connections and caches are warm
    began = time.monotonic()
    while sent < count:
        due = min(count, 1 + int(rate * (time.monotonic() - began)))
        if due == sent:
            await asyncio.sleep(_TICK)
            continue
        size = min(due - sent, _LARGEST_BATCH)
        called = time.monotonic()
        await send(range(first + sent, first + sent + size))
        batches.append((size, called))
        sent += size
        await asyncio.sleep(max(0.0, called + _TICK - time.monotonic()))
    return batches


async def _await_if_needed(sending: object) -> None:
    if inspect.isawaitable(sending):
        await sending


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which that share of the sorted values lies."""
    return values[min(len(values) - 1, int(share * len(values)))]
