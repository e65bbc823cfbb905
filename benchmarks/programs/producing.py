"""What the driver asks of a program that enqueues, the same for Dawam and for every asynchronous peer.

fill N                            enqueue N jobs in bulk
enqueue one|hundred|bulk N        the same, timed: awaited one by one, from 100 tasks at once, in chunks of 1,000
latency FIRST N SECONDS           one job every so many seconds
offer FIRST N RATE                N jobs in small batches, so many a second
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from benchmarks.programs import answer
from benchmarks.programs.pace import offered, paced

_CHUNK = 1_000
_TASKS = 100


@dataclass(frozen=True, slots=True)
class Producer:
    """How one library enqueues: job `number`, and all the jobs of a range at once."""

    one: Callable[[int], Awaitable[object]]
    many: Callable[[range], Awaitable[object]]


async def obey(producer: Producer, command: str, *rest: str) -> None:
    """Does what the command says, and answers."""
    match command, rest:
        case "fill", (count,):
            await _in_bulk(producer, range(int(count)))
        case "enqueue", (how, count):
            await _timed(producer, how, int(count))
        case "latency", (first, count, every):
            await latency(producer, int(first), int(count), float(every))
        case "offer", (first, count, rate):
            answer.give({"batches": await offered(producer.many, int(first), int(count), float(rate))})
        case _:
            raise SystemExit(__doc__)


async def latency(producer: Producer, first: int, count: int, every: float) -> None:
    """Enqueues at an even pace, and answers when each call began and returned."""
    answer.give({"calls": await paced(producer.one, first, count, every)})


async def _timed(producer: Producer, how: str, count: int) -> None:
    ways = {"one": _one_by_one, "hundred": _from_a_hundred_tasks, "bulk": _in_bulk}
    await _one_by_one(producer, range(1))  # connections and caches are warm
    began = time.perf_counter()
    await ways[how](producer, range(1, count))
    answer.give({"seconds": time.perf_counter() - began})


async def _one_by_one(producer: Producer, numbers: range) -> None:
    for number in numbers:
        await producer.one(number)


async def _from_a_hundred_tasks(producer: Producer, numbers: range) -> None:
    shared = iter(numbers)

    async def keep_enqueuing() -> None:
        for number in shared:
            await producer.one(number)

    await asyncio.gather(*(keep_enqueuing() for _ in range(_TASKS)))


async def _in_bulk(producer: Producer, numbers: range) -> None:
    for start in range(numbers.start, numbers.stop, _CHUNK):
        await producer.many(range(start, min(start + _CHUNK, numbers.stop)))
