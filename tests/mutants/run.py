"""`make mutants`: each listed sabotage, in a scratch copy, turns the tests of its row red (ROWS="7 sqlite": some)."""

import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from queue import SimpleQueue

from tests.architecture.code import ROOT
from tests.architecture.guide_rows import shown_by_row
from tests.mutants.guards import GUARDS
from tests.mutants.listed import MUTANTS
from tests.mutants.mutant import Mutant
from tests.mutants.scratch import Scratch, copy_of
from tests.mutants.trial import Trial, Verdict

COPIES = 2
"""As many mutants are tried at once: each has a copy, and a process of pytest, of its own."""


def main(arguments: Sequence[str]) -> int:
    """Tries the mutants of these rows, or all; answers with the code to exit with."""
    rows = list(arguments) or list(dict.fromkeys(mutant.row for mutant in MUTANTS))
    mutants = [mutant for mutant in MUTANTS if mutant.row in rows]
    if unknown := [row for row in rows if row not in {mutant.row for mutant in mutants}]:
        known = " ".join(dict.fromkeys(mutant.row for mutant in MUTANTS))
        print(f"No mutant is listed for {', '.join(unknown)}. Rows with mutants: {known}.", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="dawam-mutants-", ignore_cleanup_errors=True) as folder:
        copies = [copy_of(ROOT, Path(folder).resolve() / f"copy-{number}") for number in range(COPIES)]
        return _try(Trial(_paths(), Path(folder) / "baseline.json"), copies, rows, mutants)


def _try(trial: Trial, copies: Sequence[Scratch], rows: Sequence[str], mutants: Sequence[Mutant]) -> int:
    began = time.monotonic()
    baseline = trial.baseline(copies[0], rows, processes=COPIES)
    if not baseline.green:
        print(baseline.output, "\nWithout any mutant these tests must be green first.", sep="")
        return 1
    print(f"The tests of {len(rows)} rows are green ({baseline.seconds:.0f} s). {len(mutants)} mutants follow.\n")
    verdicts = try_all(trial, copies, mutants)
    survivors = [verdict for verdict in verdicts if verdict.killed_by is None]
    for verdict in survivors:
        print(f"\nNo test of row {verdict.mutant.row} noticed it: {verdict.mutant.breaks}\n{_told(verdict)}")
    print(f"\n{len(verdicts)} mutants, {len(survivors)} survived, {time.monotonic() - began:.0f} s")
    return 1 if survivors else 0


def try_all(trial: Trial, copies: Sequence[Scratch], mutants: Sequence[Mutant]) -> list[Verdict]:
    """As many at once as there are copies. Each verdict is printed when it is known, and all are answered in order."""
    free: SimpleQueue[Scratch] = SimpleQueue()
    for copy in copies:
        free.put(copy)

    def tried(mutant: Mutant) -> Verdict:
        scratch = free.get()
        try:
            return trial.of(mutant, scratch)
        finally:
            free.put(scratch)

    print(f"{'row':<9}{'seconds':>7}  mutant, and the test that noticed it")
    with ThreadPoolExecutor(len(copies)) as pool:
        running = [pool.submit(tried, mutant) for mutant in mutants]
        for each in as_completed(running):
            _print(each.result())
    return [each.result() for each in running]


def _print(verdict: Verdict) -> None:
    print(f"{verdict.mutant.row:<9}{verdict.seconds:>7.1f}  {verdict.mutant.breaks}")
    print(f"{'':<18}{verdict.killed_by or 'SURVIVED'}", flush=True)


def _told(verdict: Verdict) -> str:
    mutant = verdict.mutant
    last = "\n".join(f"    {line}" for line in verdict.output.splitlines()[-15:])
    return f"  {mutant.path}\n    - {mutant.text.strip()}\n    + {mutant.sabotage.strip()}\n{last}"


def _paths() -> Mapping[str, Sequence[str]]:
    """For each row the files of its tests; the suite of conformance runs where the stores are tested."""
    return {**{row: sorted({_file(test) for test in tests}) for row, tests in shown_by_row().items()}, **GUARDS}


def _file(test: str) -> str:
    path, _, _ = test.partition("::")
    return "tests/stores" if path.startswith("src/") else path


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
