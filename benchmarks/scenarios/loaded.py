"""Latency under load: at half of the own peak, which is measured first, and at a rate that is the same for everybody.

The enqueuing process runs on the same machine as the worker and the server, so that half of the peak is a heavy load,
and the heavier the higher the peak is.
"""

import time

from benchmarks.bench import Arena, Bench, Run, Values
from benchmarks.contenders.contender import Contender
from benchmarks.contenders.dawam import dawam
from benchmarks.offering import Offering
from benchmarks.scenarios.process import drain
from benchmarks.stage import Stage

_UNTIL_THE_WORKER_IS_IDLE = 2.0
_SAME_RATE = 5_000
"""Jobs a second: about half of what the fastest peer runs at most."""


def postgres_runs(bench: Bench) -> list[Run]:
    """Everybody at half of the own peak; and those who can, at the same rate."""
    arena = bench.postgres
    fast = [peer for peer in arena.peers if peer.name == "pgqueuer"]
    return [
        _run("pg-loaded", dawam(), arena, bench),
        *(_run(f"pg-loaded-{peer.name}", peer, arena, bench) for peer in arena.peers),
        _run("pg-same-rate", dawam(), arena, bench, _SAME_RATE),
        *(_run(f"pg-same-rate-{peer.name}", peer, arena, bench, _SAME_RATE) for peer in fast),
    ]


def _run(name: str, contender: Contender, arena: Arena, bench: Bench, rate: float | None = None) -> Run:
    def measure() -> Values:
        asked = rate or _peak(contender, arena, bench) / 2
        offering = Offering(asked, bench.sizes.latency_seconds)
        with Stage(contender, arena, offering.count) as stage:
            stage.start_workers()
            time.sleep(_UNTIL_THE_WORKER_IS_IDLE)
            offered = offering.make(stage)
        return {"asked_rate": asked, **offered.values()}

    return Run(name, measure, contender.installation)


def _peak(contender: Contender, arena: Arena, bench: Bench) -> float:
    count = contender.of(bench.sizes.jobs)
    with Stage(contender, arena, count) as stage:
        return drain(stage, count)["settled_rate"]
