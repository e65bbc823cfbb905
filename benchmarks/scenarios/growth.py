"""Growth: does a store with a million jobs in it work as fast as a small one?

Each kind of large store is filled once per invocation and copied for every run, so that all rounds meet the same one.
"""

import time
from dataclasses import dataclass

from benchmarks.bench import Arena, Bench, Run, Values
from benchmarks.contenders.dawam import dawam
from benchmarks.programs.pace import EVERY, WARM_UP, quantile
from benchmarks.stage import Stage
from benchmarks.stock import postgres, sqlite
from benchmarks.stock.stock import Fill, Stock

_FIRST = 8_000
"""How many jobs are run in each store; the rest of those that wait are left."""
_LATENCY_SECONDS = 5.0
_LATENCY_COUNT = int(_LATENCY_SECONDS / EVERY)
_LONGEST_DRAIN = 120.0


def sqlite_runs(bench: Bench) -> list[Run]:
    """A small store, then three sizes of what waits, then much that is scheduled, then a long history."""
    many = bench.sizes.many
    stocks = {
        "growth-small": Stock("waiting", 10_000),
        "growth-tenth": Stock("waiting", many // 10),
        "growth-waiting": Stock("waiting", many),
        "growth-scheduled": Stock("scheduled", many),
        "growth-finished": Stock("finished", many),
    }
    return _runs("growth-empty", stocks, sqlite.fill, bench.sqlite)


def postgres_runs(bench: Bench) -> list[Run]:
    """The same, with jobs ahead whose name nobody knows, and a history ten times as long."""
    many = bench.sizes.many
    stocks = {
        "pg-growth-small": Stock("waiting", 10_000),
        "pg-growth-tenth": Stock("waiting", many // 10),
        "pg-growth-waiting": Stock("waiting", many),
        "pg-growth-scheduled": Stock("scheduled", many),
        "pg-growth-parked": Stock("parked", many // 10),
        "pg-growth-finished": Stock("finished", bench.sizes.history),
    }
    return _runs("pg-growth-empty", stocks, postgres.fill, bench.postgres)


@dataclass(frozen=True, slots=True)
class _Filled:
    """A store of a kind that is made when it is asked for first."""

    name: str
    stock: Stock
    fill: Fill
    arena: Arena

    def stage(self, jobs: int) -> Stage:
        """A copy of it."""
        if not self.arena.places.is_kept(self.name):
            with Stage(dawam(), self.arena, 1) as stage:
                self.fill(stage, self.stock)
                stage.place.keep(self.name)
        return Stage(dawam(), self.arena, jobs, like=self.name)


def _runs(empty: str, stocks: dict[str, Stock], fill: Fill, arena: Arena) -> list[Run]:
    return [
        Run(empty, lambda: _in_empty_store(arena)),
        *(_run(_Filled(name, stock, fill, arena)) for name, stock in stocks.items()),
    ]


def _in_empty_store(arena: Arena) -> Values:
    """The latency that the others are held against."""
    with Stage(dawam(), arena, WARM_UP + _LATENCY_COUNT) as stage:
        return _latency(stage, 0)


def _run(filled: _Filled) -> Run:
    return Run(filled.name, lambda: (_among_others if filled.stock.state == "waiting" else _beside_others)(filled))


def _among_others(filled: _Filled) -> Values:
    """The first of those that wait; where others wait ahead there is no latency to speak of."""
    with filled.stage(filled.stock.count) as stage:
        return _drain_first(stage)


def _beside_others(filled: _Filled) -> Values:
    """Jobs that are added to a store where others lie that cannot run now."""
    with filled.stage(_FIRST + WARM_UP + _LATENCY_COUNT) as stage:
        stage.command("fill", _FIRST)
        stage.place.flush()
        return {**_drain_first(stage), **_latency(stage, _FIRST)}


def _drain_first(stage: Stage) -> Values:
    """Jobs per second, from the start of the first one to that of the last of those that count."""
    stage.start_workers()
    deadline = time.monotonic() + _LONGEST_DRAIN
    while stage.record.done() < _FIRST:
        processes = stage.workers  # raises when one has ended
        if time.monotonic() > deadline:
            raise RuntimeError(f"{processes} ran {stage.record.done()} of {_FIRST} jobs in {_LONGEST_DRAIN:.0f} s")
        time.sleep(0.005)
    stage.stop_workers()
    moments = stage.record.moments()
    return {
        "rate": (_FIRST - 1) / (moments[_FIRST - 1] - moments[0]),
        "lost": 0,
        "duplicate": stage.record.verdict().duplicate,
    }


def _latency(stage: Stage, first: int) -> Values:
    """From the call of enqueue to the start of the job, in one process."""
    calls = stage.command("latency", first, _LATENCY_COUNT, EVERY, "here")["calls"]
    started = stage.record.moments_by_number()[first + WARM_UP :]
    waits = sorted(start - called for start, (called, _) in zip(started, calls, strict=False) if start)
    return {"p50_ms": 1000 * quantile(waits, 0.5), "p99_ms": 1000 * quantile(waits, 0.99)}
