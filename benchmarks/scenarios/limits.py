"""The raw limits: what plain `sqlite3` reaches on this machine in this very run."""

import os
import sys
import tempfile
from pathlib import Path

from benchmarks.bench import Bench, Run, Values
from benchmarks.programs.pace import EVERY
from benchmarks.stage import ROOT, run_program


def enqueue_runs(bench: Bench) -> list[Run]:
    """Inserts, one row per commit and in bulk."""
    return [
        *(_run(f"raw-insert-{level}", "insert", level, bench.sizes.singles, bench) for level in ("full", "normal")),
        *(_run(f"raw-bulk-{level}", "bulk", level, bench.sizes.jobs, bench) for level in ("full", "normal")),
    ]


def process_runs(bench: Bench) -> list[Run]:
    """Claim and delete, in batches of 200 through one writer thread."""
    return [_run(f"raw-drain-{level}", "drain", level, bench.sizes.jobs, bench) for level in ("full", "normal")]


def latency_runs(bench: Bench) -> list[Run]:
    """What two durable commits take in one process: that of the enqueue, and that of the claim."""
    return [_run("raw-latency", "paced", "full", int(bench.sizes.latency_seconds / EVERY), bench)]


def _run(name: str, command: str, level: str, count: int, bench: Bench) -> Run:
    def measure() -> Values:
        with tempfile.TemporaryDirectory(prefix="raw-", dir=bench.cache) as folder:
            line = [sys.executable, "-m", "benchmarks.programs.raw_sqlite", command, level.upper(), str(count)]
            environment = {**os.environ, "PYTHONPATH": str(ROOT)}
            return run_program([*line, f"{folder}/raw.db"], environment, Path(folder))

    return Run(name, measure)
