"""`python -m benchmarks.run`: measures, prints the table, writes everything as JSON.

Ends with 1 when a run could not be measured, or did not run each of its jobs exactly once; slow is no error.
"""

import argparse
import json
import os
import platform
import sqlite3
import sys
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import machine, report
from benchmarks.bench import QUICK, Bench, Run, Sizes, Values
from benchmarks.contenders.contender import Contender
from benchmarks.contenders.huey import PeerMissingError, huey
from benchmarks.figures import FIGURES
from benchmarks.results import DISTURBANCE, Results
from benchmarks.scenarios import enqueue, growth, idle, imports, latency, limits, memory, process, schedules
from benchmarks.stage import ROOT

_REPEATS = 2


def main() -> int:
    """Does what the command line asks."""
    arguments = _arguments()
    cache, folder = ROOT / ".bench", Path(__file__).parent / "results"
    cache.mkdir(exist_ok=True)
    folder.mkdir(exist_ok=True)
    bench = Bench(cache, folder, _peer(cache), QUICK if arguments.quick else Sizes(), arguments.profile)
    groups = _chosen(_groups(bench), [word for word in arguments.only.split(",") if word])
    if not any(groups):
        print(f"--only {arguments.only}: no such run; known: {', '.join(_names(bench))}", file=sys.stderr)
        return 2
    results = Results()
    try:
        for runs in groups:
            _measure_in_turns(runs, 1 if arguments.quick else arguments.rounds, results, arguments.patience)
    except KeyboardInterrupt:
        print("stopped: what was measured so far follows", file=sys.stderr)
    print(f"\n{report.table(results)}\n\n{report.remarks(results)}")
    print(f"written to {_save(results, folder, vars(arguments))}")
    return 1 if results.failures or results.wrong_counts() else 0


def _groups(bench: Bench) -> list[list[Run]]:
    """Runs that are compared with each other are in one group, and are measured in turns: A B C, A B C."""
    return [
        process.runs(bench) + limits.process_runs(bench),
        memory.runs(bench),
        enqueue.runs(bench) + limits.enqueue_runs(bench),
        latency.runs(bench) + limits.latency_runs(bench),
        growth.runs(bench),
        idle.runs(bench),
        imports.runs(bench),
        schedules.runs(),
    ]


def _chosen(groups: list[list[Run]], only: list[str]) -> list[list[Run]]:
    """The runs whose names begin with one of the words; all of them when there is none."""
    return [[run for run in group if not only or run.name.startswith(tuple(only))] for group in groups]


def _names(bench: Bench) -> list[str]:
    return [run.name for group in _groups(bench) for run in group]


def _measure_in_turns(runs: list[Run], rounds: int, results: Results, patience: float) -> None:
    for turn in range(1, rounds + 1):
        for run in runs:
            _measure(run, turn, results, patience)


def _measure(run: Run, turn: int, results: Results, patience: float) -> None:
    try:
        values = _in_peace(run, patience)
    except Exception as error:  # noqa: BLE001  (one run that fails must not cost the others)
        results.fail(run.name, turn, error)
        print(f"[{turn}] {run.name}: FAILED: {error}", file=sys.stderr, flush=True)
        return
    results.add(run.name, turn, values)
    shown = ", ".join(f"{key} {report.number(value)}" for key, value in values.items())
    print(f"[{turn}] {run.name}: {shown}", file=sys.stderr, flush=True)


def _in_peace(run: Run, patience: float) -> Values:
    """Measures, up to three times, until a run had the machine to itself; a run that went wrong is not repeated."""
    for _ in range(_REPEATS):
        values = _watched(run, patience)
        if values["foreign_cores"] <= DISTURBANCE or values.get("lost") or values.get("duplicate"):
            return values
        print(f"    ({run.name} again: others took {values['foreign_cores']:.2f} cores)", file=sys.stderr, flush=True)
    return _watched(run, patience)


def _watched(run: Run, patience: float) -> Values:
    machine.wait_until_quiet(patience)
    watch = machine.Watch()
    return {**run.measure(), **watch.stop()}


def _peer(cache: Path) -> Contender | None:
    try:
        return huey(cache)
    except PeerMissingError as error:
        print(f"going on without the peer, which cannot be installed: {error}", file=sys.stderr)
        return None


def _save(results: Results, folder: Path, arguments: dict[str, object]) -> Path:
    now = datetime.now(UTC)
    path = folder / f"{now:%Y%m%d-%H%M%S}.json"
    content = {
        "at": now.isoformat(timespec="seconds"),
        "machine": {
            "python": platform.python_version(),
            "sqlite": sqlite3.sqlite_version,
            "system": platform.platform(),
            "cores": os.cpu_count(),
        },
        "arguments": arguments,
        "figures": {figure.label: _figure(results, index) for index, figure in enumerate(FIGURES)},
        "failures": results.failures,
        "wrong_counts": results.wrong_counts(),
        "runs": results.as_json(),
    }
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False))
    return path


def _figure(results: Results, index: int) -> dict[str, object]:
    figure = FIGURES[index]
    spread = results.spread(figure.ours)
    return {
        "unit": figure.unit,
        "median": spread and spread.median,
        "times_peer": results.ratio(figure.ours, figure.peer),
        "times_raw": results.ratio(figure.ours, figure.raw),
        "goal": str(figure.goal) if figure.goal else None,
        "reached": results.reached(figure).value if figure.goal else None,
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round: a smoke test, not a measurement")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="how often everything is measured (3)")
    parser.add_argument(
        "--only", default="", metavar="run,run", help="only runs whose names begin so, as in process,latency"
    )
    parser.add_argument(
        "--profile", action="store_true", help="also profile the worker of the process rate, into results/"
    )
    parser.add_argument(
        "--patience",
        type=float,
        default=30,
        metavar="SECONDS",
        help="how long to wait for a quiet machine before a run (30)",
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
