"""Enqueue rate: one process that only enqueues, into an empty store, durably."""

from benchmarks.bench import Arena, Bench, Run, Values
from benchmarks.contenders.contender import Contender
from benchmarks.contenders.dawam import dawam
from benchmarks.stage import Stage


def sqlite_runs(bench: Bench) -> list[Run]:
    """One by one, from 100 tasks at once, in bulk; the peer has the first form only."""
    return [
        *_three_ways("enqueue", dawam(), bench.sqlite, bench),
        *(_run(f"enqueue-{peer.name}", peer, "one", bench.sizes.singles, bench.sqlite) for peer in bench.sqlite.peers),
    ]


def postgres_runs(bench: Bench) -> list[Run]:
    """Everybody in all three ways."""
    found = _three_ways("pg-enqueue", dawam(), bench.postgres, bench)
    for peer in bench.postgres.peers:
        found += _three_ways("pg-enqueue", peer, bench.postgres, bench, suffix=f"-{peer.name}")
    return found


def _three_ways(prefix: str, contender: Contender, arena: Arena, bench: Bench, suffix: str = "") -> list[Run]:
    sizes = bench.sizes
    counts = {"one": sizes.singles, "hundred": contender.of(sizes.at_once), "bulk": contender.of(sizes.jobs)}
    return [_run(f"{prefix}-{how}{suffix}", contender, how, count, arena) for how, count in counts.items()]


def _run(name: str, contender: Contender, how: str, count: int, arena: Arena) -> Run:
    def measure() -> Values:
        with Stage(contender, arena, 1) as stage:
            seconds = stage.command("enqueue", how, count)["seconds"]
            stored = stage.unfinished()
        return {
            "rate": (count - 1) / seconds,
            "lost": max(0, count - stored),
            "duplicate": max(0, stored - count),
        }

    return Run(name, measure, contender.installation)
