"""Process rate: the queue is filled first, then one worker process runs it empty.

`settled_rate` counts until the store shows no unfinished job, `rate` only until the last job started.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks import machine
from benchmarks.bench import Bench, Run, Values
from benchmarks.contenders.contender import Contender
from benchmarks.contenders.dawam import dawam
from benchmarks.stage import Stage

_LONGEST_DRAIN = 120.0
_FOR_LATE_DUPLICATES = 0.5


def runs(bench: Bench) -> list[Run]:
    """Dawam in its variants, and the peer."""
    variants = {
        "process-full-kept": dawam(),
        "process-full-deleted": dawam(keeps=False),
        "process-normal-kept": dawam(synchronous="NORMAL"),
        "process-normal-deleted": dawam(synchronous="NORMAL", keeps=False),
        "process-class": dawam(job="class"),
        "process-logged": dawam(logs=True),
        "process-two": dawam(processes=2),
        "process-four": dawam(processes=4),
    }
    found = [_run(name, contender, bench, bench.sizes.jobs) for name, contender in variants.items()]
    if bench.peer is not None:
        found.append(_run("process-huey", bench.peer, bench, bench.sizes.peer_jobs))
    if bench.profile:
        name = str(bench.results.resolve() / "profile-process-full-kept")
        found.append(_run("process-profiled", dawam(profile=name), bench, bench.sizes.jobs))
    return found


def _run(name: str, contender: Contender, bench: Bench, count: int) -> Run:
    def measure() -> Values:
        with Stage(contender, bench.cache, count) as stage:
            return drain(stage, count)

    return Run(name, measure)


@dataclass(frozen=True, slots=True)
class _Moment:
    """What was used up to now."""

    time: float
    worker: float
    loop: float
    done: int

    @classmethod
    def now(cls, stage: Stage) -> "_Moment":
        return cls(
            time.monotonic(),
            machine.cpu_seconds(stage.worker),
            machine.loop_cpu_seconds(stage.worker),
            stage.record.done(),
        )


def drain(stage: Stage, count: int) -> Values:
    """Fills the queue, runs it empty, and checks that every job ran exactly once."""
    stage.command("fill", count)
    os.sync()  # what the filling left to the disk must not be in the way
    began = stage.start_worker()
    _wait(stage, lambda: stage.record.done() > 0, every=0.01)
    first = _Moment.now(stage)
    _wait(stage, lambda: stage.record.done() == count, every=0.02)
    _wait(stage, lambda: stage.unfinished() == 0, every=0.002)
    last = _Moment.now(stage)
    time.sleep(_FOR_LATE_DUPLICATES)
    memory = machine.peak_memory(stage.worker)
    stage.stop_worker()
    moments, verdict = stage.record.moments(), stage.record.verdict()
    return {
        "rate": (len(moments) - 1) / (moments[-1] - moments[0]),
        "settled_rate": len(moments) / (last.time - moments[0]),
        "startup_seconds": moments[0] - began,
        "peak_memory_mib": memory,
        "lost": verdict.lost,
        "duplicate": verdict.duplicate,
        **_costs(first, last),
    }


def _costs(first: _Moment, last: _Moment) -> Values:
    """Microseconds of CPU per job between the two moments."""
    jobs = max(1, last.done - first.done)
    return {
        "cpu_us_per_job": 1e6 * (last.worker - first.worker) / jobs,
        "loop_cpu_us_per_job": 1e6 * (last.loop - first.loop) / jobs,
    }


def _wait(stage: Stage, is_reached: Callable[[], bool], *, every: float) -> None:
    deadline = time.monotonic() + _LONGEST_DRAIN
    while not is_reached():
        process = stage.worker  # raises when it has ended
        if time.monotonic() > deadline:
            raise RuntimeError(
                f"{stage.contender.name} (process {process}) ran {stage.record.done()} jobs in {_LONGEST_DRAIN:.0f} s, "
                f"and {stage.unfinished()} are unfinished"
            )
        time.sleep(every)
