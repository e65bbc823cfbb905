"""Latency under a light load: one job every 20 ms, from the call of enqueue to the start of the job."""

import time

from benchmarks.bench import Arena, Bench, Run, Values
from benchmarks.contenders.contender import Contender
from benchmarks.contenders.dawam import dawam
from benchmarks.programs.pace import EVERY, WARM_UP, quantile
from benchmarks.stage import Stage

_UNTIL_THE_WORKER_IS_IDLE = 2.0
_LONGEST_WAIT = 5.0


def sqlite_runs(bench: Bench) -> list[Run]:
    """Dawam in one process and between two; the peer between two, which is all it knows."""
    return _runs("", bench.sqlite, bench)


def postgres_runs(bench: Bench) -> list[Run]:
    """The same beside a server."""
    return _runs("pg-", bench.postgres, bench)


def _runs(prefix: str, arena: Arena, bench: Bench) -> list[Run]:
    return [
        _run(f"{prefix}latency-one", dawam(), arena, bench, here=True),
        _run(f"{prefix}latency-two", dawam(), arena, bench, here=False),
        *(_run(f"{prefix}latency-{peer.name}", peer, arena, bench, here=False) for peer in arena.peers),
    ]


def _run(name: str, contender: Contender, arena: Arena, bench: Bench, *, here: bool) -> Run:
    count = int(bench.sizes.latency_seconds / EVERY)

    def measure() -> Values:
        with Stage(contender, arena, WARM_UP + count) as stage:
            return _in_one_process(stage, count) if here else _between_two(stage, count)

    return Run(name, measure, contender.installation)


def _in_one_process(stage: Stage, count: int) -> Values:
    answer = stage.command("latency", 0, count, EVERY, "here")
    return _values(stage, answer["calls"])


def _between_two(stage: Stage, count: int) -> Values:
    stage.start_workers()
    time.sleep(_UNTIL_THE_WORKER_IS_IDLE)
    answer = stage.command("latency", 0, count, EVERY)
    deadline = time.monotonic() + _LONGEST_WAIT
    while stage.record.done() < WARM_UP + count and time.monotonic() < deadline and stage.workers:
        time.sleep(0.05)
    return _values(stage, answer["calls"])


def _values(stage: Stage, calls: list[tuple[float, float]]) -> Values:
    verdict = stage.record.verdict()
    started = stage.record.moments_by_number()[WARM_UP:]
    waits = sorted(start - called for start, (called, _) in zip(started, calls, strict=True) if start)
    call_times = sorted(returned - called for called, returned in calls)
    if not waits:
        raise RuntimeError(f"no job of {stage.contender.name} ran")
    return {
        "p50_ms": 1000 * quantile(waits, 0.5),
        "p99_ms": 1000 * quantile(waits, 0.99),
        "longest_ms": 1000 * waits[-1],
        "call_p50_ms": 1000 * quantile(call_times, 0.5),
        "lost": verdict.lost,
        "duplicate": verdict.duplicate,
    }
