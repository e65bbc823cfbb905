"""Enqueue rate: one process that only enqueues, into an empty store, with synchronous FULL."""

from benchmarks.bench import Bench, Run, Values
from benchmarks.contenders.contender import Contender
from benchmarks.contenders.dawam import dawam
from benchmarks.stage import Stage


def runs(bench: Bench) -> list[Run]:
    """One by one, from 100 tasks at once, in bulk; the peer has the first form only."""
    sizes = bench.sizes
    found = [
        _run("enqueue-one", dawam(), "one", sizes.singles, bench),
        _run("enqueue-hundred", dawam(), "hundred", sizes.at_once, bench),
        _run("enqueue-bulk", dawam(), "bulk", sizes.jobs, bench),
    ]
    if bench.peer is not None:
        found.append(_run("enqueue-huey", bench.peer, "one", sizes.singles, bench))
    return found


def _run(name: str, contender: Contender, how: str, count: int, bench: Bench) -> Run:
    def measure() -> Values:
        with Stage(contender, bench.cache, 1) as stage:
            seconds = stage.command("enqueue", how, count)["seconds"]
            stored = stage.unfinished()
        return {
            "rate": (count - 1) / seconds,
            "lost": max(0, count - stored),
            "duplicate": max(0, stored - count),
        }

    return Run(name, measure)
