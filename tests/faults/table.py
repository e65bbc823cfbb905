"""Runs the fault suite, and writes its table into docs/explain/correctness.md: `python -m tests.faults.table RUNS`."""

import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from tests.faults.faults import FAULTS
from tests.faults.ledger import LEDGER, Entry, read

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "explain" / "correctness.md"
BEGIN, END = "<!-- written by `make faults` -->\n", "<!-- end -->\n"
_HEAD = "| Fault | Store | Runs | Failed | Jobs | Violations | Shown by |\n|---|---|---|---|---|---|---|\n"


def table(entries: Sequence[Entry]) -> str:
    """A row for each fault on each store."""
    found: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        found[entry.fault, entry.store].append(entry)
    rows = [(fault, store, found[fault, store]) for fault in FAULTS for store in ("SQLite", "PostgreSQL")]
    return _HEAD + "".join(_row(*row) for row in rows if row[2])


def _row(fault: str, store: str, entries: Sequence[Entry]) -> str:
    files = sorted({entry.test.partition("::")[0] for entry in entries})
    shown = ", ".join(f"[{Path(file).stem.removeprefix('test_').replace('_', ' ')}](../../{file})" for file in files)
    failed = sum(not entry.has_passed for entry in entries)
    checked = [entry for entry in entries if entry.violations is not None]
    jobs, violations = sum(entry.jobs for entry in checked), sum(entry.violations or 0 for entry in checked)
    numbers = f"{jobs:,} | {violations:,}" if checked else "– | –"
    return f"| {FAULTS[fault]} | {store} | {len(entries)} | {failed} | {numbers} | {shown} |\n"


def main(runs: int) -> None:
    """Ends with an error where a run has failed; the table then says so as well."""
    codes = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.jsonl"
        for _ in range(runs):
            run = subprocess.run(
                [sys.executable, "-m", "pytest", "-q", "-m", "fault", "-n", "2", "--dist", "loadgroup"],
                cwd=ROOT, env={**os.environ, LEDGER: str(path)}, check=False,
            )  # fmt: skip
            codes.append(run.returncode)
        written = table(read(path))
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}{written}{END}{after}")
    sys.exit(max(codes))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
