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
_HEAD = "| Fault | Store | Runs | Jobs | Violations | Shown by |\n|---|---|---|---|---|---|\n"


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
    jobs = sum(entry.jobs for entry in entries)
    return f"| {FAULTS[fault]} | {store} | {len(entries)} | {f'{jobs:,}' if jobs else '–'} | 0 | {shown} |\n"


def main(runs: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.jsonl"
        for _ in range(runs):
            subprocess.run(
                [sys.executable, "-m", "pytest", "-q", "-m", "fault", "-n", "2", "--dist", "loadgroup"],
                cwd=ROOT, env={**os.environ, LEDGER: str(path)}, check=True,
            )  # fmt: skip
        written = table(read(path))
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}{written}{END}{after}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
