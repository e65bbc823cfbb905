"""mypy and pyright accept what users write, and refuse exactly the lines that are marked."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]

Checker = Callable[[Path], set[int]]


def mypy(file: Path) -> set[int]:
    """The lines of the file in which mypy finds an error."""
    options = ["--no-error-summary", "--no-incremental", "--enable-error-code", "unused-awaitable"]
    found = _output([sys.executable, "-m", "mypy", *options, str(file)])
    return {int(line) for line in re.findall(rf"^.*{re.escape(file.name)}:(\d+): error", found, re.MULTILINE)}


def pyright(file: Path) -> set[int]:
    """The lines of the file in which pyright finds an error."""
    found = json.loads(_output([sys.executable, "-m", "pyright", "--outputjson", str(file)]))
    assert found["summary"]["filesAnalyzed"] == 1
    return {each["range"]["start"]["line"] + 1 for each in found["generalDiagnostics"] if each["severity"] == "error"}


def _output(command: Iterable[str]) -> str:
    done = subprocess.run([*command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("checker", [mypy, pyright])
def test_what_users_write_is_accepted(checker: Checker) -> None:
    assert checker(HERE / "accepted.py") == set()


@pytest.mark.parametrize("checker", [mypy, pyright])
def test_exactly_the_marked_lines_are_refused(checker: Checker, tmp_path: Path) -> None:
    text = (HERE / "refused.py").read_text()
    bare = tmp_path / "refused_without_ignores.py"
    bare.write_text(re.sub(r"# type: ignore\[[a-z-]+\]  ", "", text))
    marked = {number for number, line in enumerate(text.splitlines(), 1) if "# refused:" in line}
    assert len(marked) >= 10
    assert checker(bare) == marked
