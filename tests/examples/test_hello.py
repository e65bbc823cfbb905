"""`hello.py`, run as a newcomer runs it."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

HELLO = Path(__file__).parents[2] / "examples" / "hello.py"


def test_hello_greets_and_keeps_what_is_due_later(tmp_path: Path) -> None:
    said = subprocess.run([sys.executable, HELLO], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=30)

    assert said.stdout == "Hello Amal! Hello Amal! \n"
    with closing(sqlite3.connect(tmp_path / "dawam.db")) as connection:
        assert connection.execute("SELECT name, state FROM dawam_job").fetchall() == [("hello.greet", "scheduled")]
        assert connection.execute("SELECT state FROM dawam_finished").fetchall() == [("succeeded",)]
