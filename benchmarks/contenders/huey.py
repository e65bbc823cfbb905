"""Huey, the fastest peer that keeps jobs in an SQLite file: one process with one worker thread, its best setting.

It deletes a job when a worker takes it, so a job that is under way when the process dies is gone.
"""

from pathlib import Path

from benchmarks.contenders.contender import Contender
from benchmarks.contenders.installation import Installation

_QUEUE = "benchmarks.programs.huey_app.queue"


def huey(cache: Path) -> Contender:
    """Huey in a virtual environment of its own below `cache`."""
    installation = Installation("huey", cache)
    return Contender(
        name="huey",
        python=installation.program("python"),
        program="benchmarks.programs.huey_program",
        worker=(str(installation.program("huey_consumer")), _QUEUE, "-w", "1", "-k", "thread", "-q", "-n"),
        unfinished="SELECT (SELECT count(*) FROM task) + (SELECT count(*) FROM schedule)",
        installation=installation,
        share=0.125,
    )
