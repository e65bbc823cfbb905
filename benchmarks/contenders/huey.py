"""Huey, the fastest peer that keeps jobs in an SQLite file: one process with one worker thread, its best setting.

It deletes a job when a worker takes it, so a job that is under way when the process dies is gone.
"""

import subprocess
import sys
from pathlib import Path

from benchmarks.contenders.contender import Contender

REQUIREMENT = "huey==3.5.4"
_PROGRAM = "benchmarks.programs.huey_program"


class PeerMissingError(Exception):
    """The peer cannot be installed here; the message says why."""


def huey(cache: Path) -> Contender:
    """Huey in a virtual environment of its own below `cache`, which is made when it is not there yet."""
    binaries = _environment(cache / REQUIREMENT.replace("==", "-")) / "bin"
    return Contender(
        name="huey",
        python=binaries / "python",
        program=_PROGRAM,
        worker=(
            str(binaries / "huey_consumer"),
            "benchmarks.programs.huey_app.queue",
            "-w",
            "1",
            "-k",
            "thread",
            "-q",
            "-n",
        ),
        unfinished="SELECT (SELECT count(*) FROM task) + (SELECT count(*) FROM schedule)",
    )


def _environment(folder: Path) -> Path:
    if (folder / "bin" / "huey_consumer").exists():
        return folder
    print(f"installing {REQUIREMENT} below {folder.parent} ...", file=sys.stderr)
    _run(sys.executable, "-m", "venv", "--clear", str(folder))
    _run(str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", REQUIREMENT)
    return folder


def _run(*command: str) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
    except subprocess.CalledProcessError as error:
        said = (error.stderr or error.stdout).strip().splitlines() or ["it said nothing"]
        raise PeerMissingError(f"`{' '.join(command)}` failed: {said[-1]}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PeerMissingError(str(error)) from error
