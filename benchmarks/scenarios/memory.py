"""The memory store: what a host costs where no database is in the way, beside the bare interpreter."""

import os
import sys
import tempfile
from pathlib import Path

from benchmarks.bench import Bench, Run, Values
from benchmarks.stage import ROOT, run_program


def runs(bench: Bench) -> list[Run]:
    """Dawam with the memory store, and tasks that do no more than decode."""
    return [_run("memory", "dawam", bench), _run("memory-floor", "floor", bench)]


def _run(name: str, command: str, bench: Bench) -> Run:
    def measure() -> Values:
        with tempfile.TemporaryDirectory(prefix="memory-", dir=bench.cache) as folder:
            line = [sys.executable, "-m", "benchmarks.programs.memory_program", command, str(bench.sizes.jobs)]
            return run_program(line, {**os.environ, "PYTHONPATH": str(ROOT)}, Path(folder))

    return Run(name, measure)
