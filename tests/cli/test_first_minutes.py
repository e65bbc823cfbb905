"""The first ten minutes: the demo, and a first file."""

import subprocess
import sys
from pathlib import Path

from tests.cli.conftest import Shop


def test_the_demo_tells_its_story_and_leaves_nothing_behind(shop: Shop, tmp_path: Path) -> None:
    shop.write("appsettings.json", "this would stop any other command")
    shop.write("pyproject.toml", "so would this")
    shop.environment.update(TMPDIR=str(tmp_path), DAWAM__HOST__CONCURRENCY="nonsense")
    before = set(tmp_path.iterdir())

    told = shop.dawam("demo").stdout

    assert told.count(" yes") == 3
    assert "it is counted as a crash of demo.long" in told
    assert "attempt 2, next at" in told
    assert set(tmp_path.iterdir()) == before


def test_a_first_file_runs_as_it_stands(shop: Shop) -> None:
    shop.dawam("new", "hello.py")

    done = subprocess.run(
        [sys.executable, "hello.py"], cwd=shop.folder, capture_output=True, text=True, timeout=30, check=False
    )

    assert done.returncode == 0, done.stderr
    assert "Hello Amal!" in done.stdout
    waiting = shop.json("jobs", "list", "--app", "hello.py", "--state", "waiting")["jobs"]
    assert [(job["name"], job["args"]["name"]) for job in waiting] == [("hello.greet", "later")]
