"""What the driver asks of Dawam, each in a process of its own.

work                              run jobs until stopped
grow waiting|scheduled|finished N a large store: N jobs that wait, that are scheduled for tomorrow, or that succeeded
latency FIRST N SECONDS here      one job every so many seconds, and this process runs them too
fill, enqueue, latency, offer     as every program that enqueues: see `producing.py`
"""

import asyncio
import os
import sys
from datetime import timedelta

from benchmarks.programs import history, store
from benchmarks.programs.dawam_app import app, job
from benchmarks.programs.producing import Producer, latency, obey
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


async def produce(*words: str) -> None:
    """Enqueues as the words say."""
    async with app.open(run_host=False):
        await obey(_PRODUCER, *words)


async def latency_here(first: int, count: int, every: float) -> None:
    """Enqueues at an even pace and runs the jobs too."""
    async with app.open(run_host=True):
        await latency(_PRODUCER, first, count, every)
        await _until_nothing_is_due()


async def grow(state: str, count: int) -> None:
    """Fills a store with many jobs; numbers from 0 on belong to those that wait."""
    async with app.open(run_host=False):
        delay = timedelta(days=1) if state == "scheduled" else None
        for start in range(0, count, _CHUNK):
            numbers = range(start, min(start + _CHUNK, count))
            await app.jobs.enqueue_many([job(number) for number in numbers], delay=delay)
    if state == "finished":
        history.finish_all(store.file())


async def _until_nothing_is_due() -> None:
    async with asyncio.timeout(_LONGEST_WAIT):
        while (counts := await app.inspector.counts()).due or counts.running:  # noqa: ASYNC110  (nobody tells)
            await asyncio.sleep(0.05)


_PRODUCER = Producer(
    one=lambda number: app.jobs.enqueue(job(number)),
    many=lambda numbers: app.jobs.enqueue_many([job(number) for number in numbers]),
)


def main(command: str, *rest: str) -> None:
    """Does what the command line says."""
    match command, rest:
        case "work", ():
            work()
        case "grow", (state, count):
            asyncio.run(grow(state, int(count)))
        case "latency", (first, count, every, "here"):
            asyncio.run(latency_here(int(first), int(count), float(every)))
        case _:
            asyncio.run(produce(command, *rest))


if __name__ == "__main__":
    main(*sys.argv[1:])
