"""Latency under a light load: one job every 20 ms, from the call of enqueue to the start of the job."""

import time

from benchmarks.bench import Bench, Run, Values
from benchmarks.contenders.contender import Contender
from benchmarks.contenders.dawam import dawam
from benchmarks.programs.pace import WARM_UP
from benchmarks.stage import Stage

_EVERY = 0.02
_UNTIL_THE_WORKER_IS_IDLE = 2.0
_LONGEST_WAIT = 5.0


def runs(bench: Bench) -> list[Run]:
    """Dawam in one process and between two; the peer between two, which is all it knows."""
    found = [_run("latency-one", dawam(), bench, here=True), _run("latency-two", dawam(), bench, here=False)]
    if bench.peer is not None:
        found.append(_run("latency-huey", bench.peer, bench, here=False))
    return found


def _run(name: str, contender: Contender, bench: Bench, *, here: bool) -> Run:
    count = int(bench.sizes.latency_seconds / _EVERY)

    def measure() -> Values:
        with Stage(contender, bench.cache, WARM_UP + count) as stage:
            return _in_one_process(stage, count) if here else _between_two(stage, count)

    return Run(name, measure)


def _in_one_process(stage: Stage, count: int) -> Values:
    answer = stage.command("latency", 0, count, _EVERY, "here")
    return _values(stage, answer["sent"])


def _between_two(stage: Stage, count: int) -> Values:
    stage.start_worker()
    time.sleep(_UNTIL_THE_WORKER_IS_IDLE)
    answer = stage.command("latency", 0, count, _EVERY)
    deadline = time.monotonic() + _LONGEST_WAIT
    while stage.record.done() < WARM_UP + count and time.monotonic() < deadline and stage.worker:
        time.sleep(0.05)
    return _values(stage, answer["sent"])


def _values(stage: Stage, sent: list[float]) -> Values:
    verdict = stage.record.verdict()
    started = stage.record.moments_by_number()[WARM_UP:]
    waits = sorted(start - call for start, call in zip(started, sent, strict=True) if start)
    if not waits:
        raise RuntimeError(f"no job of {stage.contender.name} ran")
    return {
        "p50_ms": 1000 * _quantile(waits, 0.5),
        "p99_ms": 1000 * _quantile(waits, 0.99),
        "longest_ms": 1000 * waits[-1],
        "lost": verdict.lost,
        "duplicate": verdict.duplicate,
    }


def _quantile(values: list[float], share: float) -> float:
    """The value below which that share of the sorted values lies."""
    return values[min(len(values) - 1, int(share * len(values)))]
