"""Runs the tests of rows in a scratch copy: sound for the baseline, or with a mutant that they must notice."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.mutants.mutant import Mutant
from tests.mutants.scratch import Scratch

_GREEN, _RED = 0, 1
"""How pytest exits when it ran: what else it says (an error of collection, no test) is no verdict."""
BASELINE_LIMIT = 600.0


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run of tests ended."""

    code: int | None
    """Of pytest; None where it did not end in time."""
    seconds: float
    failed: Sequence[str]
    output: str

    @property
    def green(self) -> bool:
        return self.code == _GREEN


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a mutant."""

    mutant: Mutant
    killed_by: str | None
    """The test that noticed it; None where all were green, or pytest could not even begin."""
    seconds: float
    output: str


@dataclass(frozen=True, slots=True)
class Trial:
    """Where tests are, and how long each took when the product was sound."""

    paths: Mapping[str, Sequence[str]]
    """For each row the files, or folders, of its tests."""
    report: Path
    """Of the baseline."""
    patience: float = 60.0
    """Seconds that a row may take with a mutant, beyond five times what all rows took without."""

    def baseline(self, scratch: Scratch, rows: Collection[str], *, processes: int) -> Ended:
        """All tests of these rows, with the product as it is."""
        paths = list(dict.fromkeys(path for row in rows for path in self.paths[row]))
        options = ["-n", str(processes), "--dist", "loadgroup"] if processes > 1 else []
        return _pytest(scratch, [*_choice(rows), *options, *paths], self.report, limit=BASELINE_LIMIT)

    def of(self, mutant: Mutant, scratch: Scratch) -> Verdict:
        """The tests of the mutant's row, the quick ones first, until one of them fails."""
        sound = json.loads(self.report.read_text(encoding="utf-8"))
        limit = self.patience + 5 * sum(test["seconds"] for test in sound.values())
        chosen = [*_choice([mutant.row]), "-x", "--seconds-from", str(self.report), *self.paths[mutant.row]]
        with scratch.with_mutant(mutant):
            ended = _pytest(scratch, chosen, scratch.root / "report-of-mutant.json", limit=limit)
        return Verdict(mutant, _killer(ended), ended.seconds, ended.output)


def _choice(rows: Collection[str]) -> list[str]:
    return ["--guide-rows", ",".join(rows)]


def _killer(ended: Ended) -> str | None:
    if ended.code is None:
        return f"no end within {ended.seconds:.0f} s"
    return ended.failed[0] if ended.code == _RED and ended.failed else None


def _pytest(scratch: Scratch, arguments: Sequence[str], report: Path, *, limit: float) -> Ended:
    fixed = [
        "-m",
        "pytest",
        "-q",
        "-p",
        "tests.mutants.selection",
        "-p",
        "no:cacheprovider",
        "--report-to",
        str(report),
    ]
    report.unlink(missing_ok=True)
    began = time.monotonic()
    process = subprocess.Popen(
        [scratch.python, *fixed, *arguments],
        cwd=scratch.root,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    code, output = _outcome(process, limit)
    tests: dict[str, dict[str, Any]] = json.loads(report.read_text(encoding="utf-8")) if report.exists() else {}
    failed = [name for name, test in tests.items() if test["failed"]]
    return Ended(code, time.monotonic() - began, failed, output)


def _environment() -> dict[str, str]:
    """With the same examples of Hypothesis each time; compiled code is kept, or half of the time goes by compiling."""
    return {**{name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}, "CI": "true"}


def _outcome(process: subprocess.Popen[str], limit: float) -> tuple[int | None, str]:
    try:
        output, _ = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        return None, output
    return process.returncode, output
