"""Process rate: the queue is filled first, then one worker process, or two, run it empty.

`settled_rate` counts until the store shows no unfinished job, `rate` only until the last job started.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks import machine
from benchmarks.bench import Arena, Bench, Run, Values
from benchmarks.contenders.contender import Contender
from benchmarks.contenders.dawam import dawam
from benchmarks.stage import Stage

_LONGEST_DRAIN = 120.0
_FOR_LATE_DUPLICATES = 0.5


def sqlite_runs(bench: Bench) -> list[Run]:
    """Dawam in its variants, and the peer."""
    variants = {
        "process-full-kept": dawam(),
        "process-full-deleted": dawam(keeps=False),
        "process-normal-kept": dawam(store_options="?synchronous=NORMAL"),
        "process-normal-deleted": dawam(store_options="?synchronous=NORMAL", keeps=False),
        "process-class": dawam(job="class"),
        "process-logged": dawam(logs=True),
        "process-two": dawam(processes=2),
        "process-four": dawam(processes=4),
        **{f"process-{peer.name}": peer for peer in bench.sqlite.peers},
    }
    return _runs(variants, bench.sqlite, bench, "process-full-kept")


def postgres_runs(bench: Bench) -> list[Run]:
    """Dawam and the peers, with one worker process and with two."""
    peers = bench.postgres.peers
    variants = {
        "pg-process-kept": dawam(),
        "pg-process-deleted": dawam(keeps=False),
        "pg-process-class": dawam(job="class"),
        "pg-process-two-kept": dawam(processes=2),
        "pg-process-two-deleted": dawam(processes=2, keeps=False),
        **{f"pg-process-{peer.name}": peer for peer in peers},
        **{f"pg-process-two-{peer.name}": peer.with_processes(2) for peer in peers},
    }
    return _runs(variants, bench.postgres, bench, "pg-process-kept")


def _runs(variants: dict[str, Contender], arena: Arena, bench: Bench, profiled: str) -> list[Run]:
    found = [_run(name, contender, arena, bench.sizes.jobs) for name, contender in variants.items()]
    if bench.profile:
        profile = str(bench.results.resolve() / f"profile-{profiled}")
        found.append(_run(f"{profiled}-profiled", dawam(profile=profile), arena, bench.sizes.jobs))
    return found


def _run(name: str, contender: Contender, arena: Arena, jobs: int) -> Run:
    count = contender.of(jobs)

    def measure() -> Values:
        with Stage(contender, arena, count) as stage:
            return drain(stage, count)

    return Run(name, measure, contender.installation)


@dataclass(frozen=True, slots=True)
class _Moment:
    """What was used up to now."""

    time: float
    workers: float
    loops: float
    servers: float
    done: int

    @classmethod
    def now(cls, stage: Stage) -> "_Moment":
        return cls(
            time.monotonic(),
            machine.cpu_seconds(stage.workers),
            machine.loop_cpu_seconds(stage.workers),
            machine.cpu_seconds(stage.place.servers),
            stage.record.done(),
        )


def drain(stage: Stage, count: int) -> Values:
    """Fills the queue, runs it empty, and checks that every job ran exactly once."""
    stage.command("fill", count)
    stage.place.flush()
    began = stage.start_workers()
    _wait(stage, lambda: stage.record.done() > 0, every=0.01)
    first = _Moment.now(stage)
    _wait(stage, lambda: stage.record.done() == count, every=0.02)
    _wait(stage, lambda: stage.unfinished() == 0, every=0.002)
    last = _Moment.now(stage)
    time.sleep(_FOR_LATE_DUPLICATES)
    memory = machine.peak_memory(stage.workers)
    stage.stop_workers()
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
        "cpu_us_per_job": 1e6 * (last.workers - first.workers) / jobs,
        "loop_cpu_us_per_job": 1e6 * (last.loops - first.loops) / jobs,
        "server_cpu_us_per_job": 1e6 * (last.servers - first.servers) / jobs,
    }


def _wait(stage: Stage, is_reached: Callable[[], bool], *, every: float) -> None:
    deadline = time.monotonic() + _LONGEST_DRAIN
    while not is_reached():
        processes = stage.workers  # raises when one has ended
        if time.monotonic() > deadline:
            raise RuntimeError(
                f"{stage.contender.name} (process {processes[0]}) ran {stage.record.done()} jobs in "
                f"{_LONGEST_DRAIN:.0f} s, and {stage.unfinished()} are unfinished"
            )
        time.sleep(every)
