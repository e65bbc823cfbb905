"""Latency at half of the peak rate: the peak is measured first, then half as many jobs a second are offered.

The enqueuing process runs on the same machine as the worker and the server, so that half of the peak is a heavy load.
"""

import time

from benchmarks.bench import Arena, Bench, Run, Values
from benchmarks.contenders.contender import Contender
from benchmarks.contenders.dawam import dawam
from benchmarks.offering import Offering
from benchmarks.scenarios.process import drain
from benchmarks.stage import Stage

_UNTIL_THE_WORKER_IS_IDLE = 2.0


def postgres_runs(bench: Bench) -> list[Run]:
    """Everybody at half of the own peak."""
    return [
        _run("pg-loaded", dawam(), bench.postgres, bench),
        *(_run(f"pg-loaded-{peer.name}", peer, bench.postgres, bench) for peer in bench.postgres.peers),
    ]


def _run(name: str, contender: Contender, arena: Arena, bench: Bench) -> Run:
    count, seconds = contender.of(bench.sizes.jobs), bench.sizes.latency_seconds

    def measure() -> Values:
        with Stage(contender, arena, count) as stage:
            rate = drain(stage, count)["settled_rate"] / 2
        offering = Offering(rate, seconds)
        with Stage(contender, arena, offering.count) as stage:
            stage.start_workers()
            time.sleep(_UNTIL_THE_WORKER_IS_IDLE)
            offered = offering.make(stage)
        return {"asked_rate": rate, **offered.values()}

    return Run(name, measure, contender.installation)
