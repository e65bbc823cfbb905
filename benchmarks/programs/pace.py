"""Enqueues at an even pace: the same for everybody whose latency is measured."""

import asyncio
import inspect
import time
from collections.abc import Callable

WARM_UP = 10
"""Jobs that are sent first and not measured."""


async def paced(send: Callable[[int], object], first: int, count: int, every: float) -> list[float]:
    """Sends the warm-up, then `count` jobs, one every so many seconds; answers when each of those calls began."""
    for number in range(first, first + WARM_UP):
        await _await_if_needed(send(number))
        await asyncio.sleep(0.1)
    await asyncio.sleep(1)
    sent: list[float] = []
    began = time.monotonic()
    for turn in range(count):
        await asyncio.sleep(max(0.0, began + turn * every - time.monotonic()))
        sent.append(time.monotonic())
        await _await_if_needed(send(first + WARM_UP + turn))
    return sent


async def _await_if_needed(sending: object) -> None:
    if inspect.isawaitable(sending):
        await sending
