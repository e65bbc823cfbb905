"""An old snapshot is held open while jobs are offered: dead rows cannot be removed, and pile up where claims read.

Somebody else's transaction does that, a backup or a forgotten session. The time is cut into ten parts: `p99_ms_1` is
the latency from enqueue to start in the first, `rate_10` the jobs that started each second of the last.
"""

import time

from benchmarks.bench import Arena, Bench, Run, Values
from benchmarks.contenders.contender import Contender
from benchmarks.contenders.dawam import dawam
from benchmarks.offering import Offered, Offering
from benchmarks.stage import Stage

PARTS = 10
_RATES = (2_000, 10_000)
_PEER_RATES = {"pgqueuer": 2_000}
"""Only the fastest peer, and no faster than it can be for so long."""
_UNTIL_THE_WORKER_IS_IDLE = 2.0


def postgres_runs(bench: Bench) -> list[Run]:
    """Dawam at two rates, and the fastest peer at the lower one."""
    arena, seconds = bench.postgres, bench.sizes.held_seconds
    peers = [(peer, _PEER_RATES[peer.name]) for peer in arena.peers if peer.name in _PEER_RATES]
    return [
        *(_run(f"pg-held-{rate}", dawam(), arena, Offering(rate, seconds)) for rate in _RATES),
        *(_run(f"pg-held-{rate}-{peer.name}", peer, arena, Offering(rate, seconds)) for peer, rate in peers),
    ]


def _run(name: str, contender: Contender, arena: Arena, offering: Offering) -> Run:
    def measure() -> Values:
        with Stage(contender, arena, offering.count) as stage:
            stage.start_workers()
            time.sleep(_UNTIL_THE_WORKER_IS_IDLE)
            with stage.place.snapshot_held():
                return _values(offering.make(stage))

    return Run(name, measure, contender.installation, is_long=True)


def _values(offered: Offered) -> Values:
    parts = offered.parts(PARTS)
    first, last = parts[0], parts[-1]
    return {
        **offered.values(),
        "rate_last_to_first": last["rate"] / first["rate"],
        "p99_last_to_first": last["p99_ms"] / first["p99_ms"],
        **{f"{key}_{number}": value for number, part in enumerate(parts, 1) for key, value in part.items()},
    }
