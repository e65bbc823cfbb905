"""`make demo`, as it stands: it ends with 0 only if the database says what it should."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DEMO = [sys.executable, "-m", "examples.inventory.demo"]


@pytest.mark.guide(2, 4, 5, 6, 13, "13a", 14, 20)
def test_the_demo_ends_as_expected_and_leaves_nothing_behind(tmp_path: Path) -> None:
    ended = subprocess.run(
        DEMO, cwd=ROOT, env={"TMPDIR": str(tmp_path)}, capture_output=True, text=True, check=False, timeout=120
    )

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "All as expected." in ended.stdout
    assert list(tmp_path.iterdir()) == []
    assert _processes_of(tmp_path) == []


def _processes_of(folder: Path) -> list[str]:
    """The command lines of processes that work in this folder."""
    found: list[str] = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink().is_relative_to(folder):
                found.append((process / "cmdline").read_text())
        except OSError:  # it is not ours, or it has ended just now
            continue
    return found
