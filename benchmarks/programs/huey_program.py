"""What the driver asks of Huey; its worker is Huey's own consumer.

fill N, enqueue one N, latency FIRST N SECONDS: as for Dawam. Huey has no bulk form, and its calls block.
"""

import asyncio
import sys
import time

from benchmarks.programs import answer
from benchmarks.programs.huey_app import note
from benchmarks.programs.pace import paced
from benchmarks.programs.payload import payload


def enqueue(numbers: range) -> None:
    """Enqueues one by one."""
    for number in numbers:
        note(**payload(number))


def timed(count: int) -> None:
    """Enqueues one by one, and answers how long it took."""
    enqueue(range(1))
    began = time.perf_counter()
    enqueue(range(1, count))
    answer.give({"seconds": time.perf_counter() - began})


def latency(first: int, count: int, every: float) -> None:
    """Enqueues at an even pace, and answers when each call began and returned."""
    calls = asyncio.run(paced(lambda number: note(**payload(number)), first, count, every))
    answer.give({"calls": calls})


def main(command: str, *rest: str) -> None:
    """Does what the command line says."""
    match command, rest:
        case "fill", (count,):
            enqueue(range(int(count)))
        case "enqueue", ("one", count):
            timed(int(count))
        case "latency", (first, count, every):
            latency(int(first), int(count), float(every))
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main(*sys.argv[1:])
