"""Growth: does a store with a million jobs in it work as fast as a small one?

Each kind of large store is filled once per invocation and copied for every run, so that all rounds meet the same one.
"""

import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bench import Bench, Run, Values
from benchmarks.contenders.dawam import dawam
from benchmarks.programs.pace import EVERY, WARM_UP, quantile
from benchmarks.stage import Stage

_FIRST = 8_000
"""How many jobs are run in each store; the rest of those that wait are left."""
_LATENCY_SECONDS = 5.0
_LONGEST_DRAIN = 120.0


@dataclass(frozen=True, slots=True)
class _Kind:
    """What lies in the store: `state` is what became of all but the jobs that are to be run."""

    name: str
    state: str
    count: int


def runs(bench: Bench) -> list[Run]:
    """A small store, then three sizes of what waits, then much that is scheduled, then a long history."""
    many = bench.sizes.many
    for left in bench.cache.glob("growth-*.db"):
        left.unlink()  # by other code, perhaps, whose tables are others
    kinds = (
        _Kind("growth-small", "waiting", 10_000),
        _Kind("growth-tenth", "waiting", many // 10),
        _Kind("growth-waiting", "waiting", many),
        _Kind("growth-scheduled", "scheduled", many),
        _Kind("growth-finished", "finished", many),
    )
    return [Run("growth-empty", lambda: _empty(bench)), *(_run(kind, bench) for kind in kinds)]


def _empty(bench: Bench) -> Values:
    """The latency that the others are held against."""
    with Stage(dawam(), bench.cache, _FIRST) as stage:
        return _latency(stage, 0)


def _run(kind: _Kind, bench: Bench) -> Run:
    def measure() -> Values:
        filled = _filled(kind, bench)
        with Stage(dawam(), bench.cache, kind.count + _FIRST) as stage:
            _copy(filled, stage)
            if kind.state != "waiting":
                stage.command("fill", _FIRST)
            values = _drain_first(stage)
        with Stage(dawam(), bench.cache, kind.count + _FIRST) as stage:
            _copy(filled, stage)
            # where others wait ahead there is no latency to speak of
            return values if kind.state == "waiting" else {**values, **_latency(stage, kind.count)}

    return Run(kind.name, measure)


def _filled(kind: _Kind, bench: Bench) -> Path:
    """The file of that kind, made when it is asked for first."""
    path = bench.cache / f"{kind.name}-{kind.count}.db"
    if not path.exists():
        with Stage(dawam(), bench.cache, 1) as stage:
            stage.command("grow", kind.state, kind.count)
            shutil.move(stage.database, path)
    return path


def _copy(filled: Path, stage: Stage) -> None:
    shutil.copyfile(filled, stage.database)
    os.sync()  # what the copy left to the disk must not be in the way


def _drain_first(stage: Stage) -> Values:
    """Jobs per second, from the start of the first one to that of the last of those that count."""
    stage.start_worker()
    deadline = time.monotonic() + _LONGEST_DRAIN
    while stage.record.done() < _FIRST:
        process = stage.worker  # raises when it has ended
        if time.monotonic() > deadline:
            raise RuntimeError(f"{process} ran {stage.record.done()} of {_FIRST} jobs in {_LONGEST_DRAIN:.0f} s")
        time.sleep(0.005)
    stage.stop_worker()
    moments = stage.record.moments()
    return {
        "rate": (_FIRST - 1) / (moments[_FIRST - 1] - moments[0]),
        "lost": 0,
        "duplicate": stage.record.verdict().duplicate,
    }


def _latency(stage: Stage, first: int) -> Values:
    """From the call of enqueue to the start of the job, in one process."""
    count = int(_LATENCY_SECONDS / EVERY)
    calls = stage.command("latency", first, count, EVERY, "here")["calls"]
    started = stage.record.moments_by_number()[first + WARM_UP :]
    waits = sorted(start - called for start, (called, _) in zip(started, calls, strict=False) if start)
    return {"p50_ms": 1000 * quantile(waits, 0.5), "p99_ms": 1000 * quantile(waits, 0.99)}
