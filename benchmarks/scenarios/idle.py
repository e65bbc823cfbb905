"""An idle worker: what it and its server burn, and how often it commits, while there is nothing to do."""

import time
from dataclasses import dataclass

from benchmarks import machine
from benchmarks.bench import Arena, Bench, Run, Values
from benchmarks.contenders.contender import Contender
from benchmarks.contenders.dawam import dawam
from benchmarks.stage import Stage

_UNTIL_IT_IS_IDLE = 3.0
_UNTIL_MANY_ARE_DECLARED = 10.0
_MANY = 10_000
_UNIT = 10.0
"""The goals are said per ten seconds."""


def sqlite_runs(bench: Bench) -> list[Run]:
    """Dawam and the peer."""
    return _runs("", bench.sqlite, bench)


def postgres_runs(bench: Bench) -> list[Run]:
    """Dawam and the peers."""
    return _runs("pg-", bench.postgres, bench)


def _runs(prefix: str, arena: Arena, bench: Bench) -> list[Run]:
    return [
        _run(f"{prefix}idle", dawam(), arena, bench),
        _run(f"{prefix}idle-many-workers", dawam(recurring=_MANY), arena, bench, _UNTIL_MANY_ARE_DECLARED),
        *(_run(f"{prefix}idle-{peer.name}", peer, arena, bench) for peer in arena.peers),
    ]


def _run(
    name: str, contender: Contender, arena: Arena, bench: Bench, until_idle: float = _UNTIL_IT_IS_IDLE
) -> Run:  # fmt: skip
    def measure() -> Values:
        with Stage(contender, arena, 1) as stage:
            return _watch(stage, bench.sizes.idle_seconds, until_idle)

    return Run(name, measure, contender.installation)


@dataclass(frozen=True, slots=True)
class _Reading:
    time: float
    workers: float
    servers: float
    commits: int
    writes: int

    @classmethod
    def now(cls, stage: Stage) -> "_Reading":
        return cls(
            time.monotonic(),
            machine.exact_cpu_seconds(stage.workers),
            machine.exact_cpu_seconds(stage.place.servers),
            stage.place.commits(),
            stage.place.writes(),
        )


def _watch(stage: Stage, seconds: float, until_idle: float) -> Values:
    stage.command("fill", 0)  # makes the tables, where that is not done yet: it is no work of the idle worker
    stage.start_workers()
    time.sleep(until_idle)
    before = _Reading.now(stage)
    time.sleep(seconds)
    after = _Reading.now(stage)
    per_unit = _UNIT / (after.time - before.time)
    return {
        "cpu_seconds": per_unit * (after.workers - before.workers),
        "server_cpu_seconds": per_unit * (after.servers - before.servers),
        "commits": per_unit * (after.commits - before.commits),
        "writes": per_unit * (after.writes - before.writes),
    }
