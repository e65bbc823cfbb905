"""What the driver asks of Dawam, each in a process of its own.

work                              run jobs until stopped
fill N                            enqueue N jobs as fast as it goes
enqueue one|hundred|bulk N        the same, timed: awaited one by one, from 100 tasks at once, in chunks of 1,000
grow waiting|scheduled|finished N a large store: N jobs that wait, that are scheduled for tomorrow, or that succeeded
latency FIRST N SECONDS [here]    one job every so many seconds; with `here` this process runs them too
"""

import asyncio
import os
import sys
import time
from datetime import timedelta

from benchmarks.contenders.contender import DATABASE
from benchmarks.programs import answer, history
from benchmarks.programs.dawam_app import app, job
from benchmarks.programs.pace import paced
from benchmarks.programs.profile import profiled
from dawam.observability.logs import LogOptions, configure_logging

_CHUNK = 1_000
_LONGEST_WAIT = 5.0


def work() -> None:
    """Runs jobs as `dawam run` does; log lines are shown only where the run wants them."""
    if os.environ.get("DAWAM__LOG__LEVEL") == "INFO":
        configure_logging(LogOptions())
    with profiled(os.environ.get("DAWAM_BENCH_PROFILE", "")):
        app.run()


async def fill(count: int) -> None:
    """Enqueues in bulk."""
    async with app.open(run_host=False):
        await _in_bulk(range(count))


async def enqueue(how: str, count: int) -> None:
    """Enqueues, and answers how long it took."""
    ways = {"one": _one_by_one, "hundred": _from_a_hundred_tasks, "bulk": _in_bulk}
    async with app.open(run_host=False):
        await _one_by_one(range(1))  # connections and caches are warm
        began = time.perf_counter()
        await ways[how](range(1, count))
        answer.give({"seconds": time.perf_counter() - began})


async def grow(state: str, count: int) -> None:
    """Fills a store with many jobs; numbers from 0 on belong to those that wait."""
    async with app.open(run_host=False):
        delay = timedelta(days=1) if state == "scheduled" else None
        for start in range(0, count, _CHUNK):
            numbers = range(start, min(start + _CHUNK, count))
            await app.jobs.enqueue_many([job(number) for number in numbers], delay=delay)
    if state == "finished":
        history.finish_all(os.environ[DATABASE])


async def latency(first: int, count: int, every: float, *, here: bool) -> None:
    """Enqueues at an even pace, and answers when each call began and returned."""
    async with app.open(run_host=here):
        calls = await paced(lambda number: app.jobs.enqueue(job(number)), first, count, every)
        if here:
            await _until_nothing_is_due()
        answer.give({"calls": calls})


async def _until_nothing_is_due() -> None:
    async with asyncio.timeout(_LONGEST_WAIT):
        while (counts := await app.inspector.counts()).due or counts.running:  # noqa: ASYNC110  (nobody tells)
            await asyncio.sleep(0.05)


async def _one_by_one(numbers: range) -> None:
    for number in numbers:
        await app.jobs.enqueue(job(number))


async def _from_a_hundred_tasks(numbers: range) -> None:
    shared = iter(numbers)

    async def keep_enqueuing() -> None:
        for number in shared:
            await app.jobs.enqueue(job(number))

    await asyncio.gather(*(keep_enqueuing() for _ in range(100)))


async def _in_bulk(numbers: range) -> None:
    for start in range(numbers.start, numbers.stop, _CHUNK):
        await app.jobs.enqueue_many([job(number) for number in range(start, min(start + _CHUNK, numbers.stop))])


def main(command: str, *rest: str) -> None:
    """Does what the command line says."""
    match command, rest:
        case "work", ():
            work()
        case "fill", (count,):
            asyncio.run(fill(int(count)))
        case "enqueue", (how, count):
            asyncio.run(enqueue(how, int(count)))
        case "grow", (state, count):
            asyncio.run(grow(state, int(count)))
        case "latency", (first, count, every, *where):
            asyncio.run(latency(int(first), int(count), float(every), here=where == ["here"]))
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main(*sys.argv[1:])
