"""An idle worker: what it burns, and how often it commits, while there is nothing to do."""

import time

from benchmarks import machine
from benchmarks.bench import Bench, Run, Values
from benchmarks.commits import commit_count
from benchmarks.contenders.contender import Contender
from benchmarks.contenders.dawam import dawam
from benchmarks.stage import Stage

_UNTIL_IT_IS_IDLE = 3.0
_UNTIL_MANY_ARE_DECLARED = 10.0
_MANY = 10_000
_UNIT = 10.0
"""The goals are said per ten seconds."""


def runs(bench: Bench) -> list[Run]:
    """Dawam and the peer."""
    found = [
        _run("idle", dawam(), bench),
        _run("idle-many-workers", dawam(recurring=_MANY), bench, _UNTIL_MANY_ARE_DECLARED),
    ]
    if bench.peer is not None:
        found.append(_run("idle-huey", bench.peer, bench))
    return found


def _run(name: str, contender: Contender, bench: Bench, until_idle: float = _UNTIL_IT_IS_IDLE) -> Run:
    def measure() -> Values:
        with Stage(contender, bench.cache, 1) as stage:
            return _watch(stage, bench.sizes.idle_seconds, until_idle)

    return Run(name, measure)


def _watch(stage: Stage, seconds: float, until_idle: float) -> Values:
    stage.start_worker()
    time.sleep(until_idle)
    cpu, commits, began = machine.exact_cpu_seconds(stage.worker), commit_count(stage.database), time.monotonic()
    time.sleep(seconds)
    per_unit = _UNIT / (time.monotonic() - began)
    return {
        "cpu_seconds": per_unit * (machine.exact_cpu_seconds(stage.worker) - cpu),
        "commits": per_unit * (commit_count(stage.database) - commits),
    }
