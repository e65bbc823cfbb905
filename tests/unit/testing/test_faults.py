"""What is armed happens at its point, for its job, once."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dawam import App, Retry
from dawam.crash_points import CrashPoint, reached
from dawam.errors import JobFailedError
from dawam.testing.faults import at
from tests.support.applications import running


class Happened:
    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        self.count += 1


@pytest.fixture
def happened() -> Happened:
    return Happened()


def test_an_unarmed_point_does_nothing() -> None:
    reached(CrashPoint.JOB_ENDED, "print")


def test_an_armed_one_happens_once_and_only_there(happened: Happened) -> None:
    with at(CrashPoint.JOB_ENDED, happened):
        reached(CrashPoint.JOB_BEGINS, "print")
        assert happened.count == 0
        reached(CrashPoint.JOB_ENDED, "print")
        reached(CrashPoint.JOB_ENDED, "print")
    reached(CrashPoint.JOB_ENDED, "print")

    assert happened.count == 1


def test_for_one_job_after_so_many_others_of_its_name(happened: Happened) -> None:
    with at(CrashPoint.JOB_ENDED, happened, subject="print", skip=1):
        for name in ("print", "mail", "mail"):
            reached(CrashPoint.JOB_ENDED, name)
        assert happened.count == 0
        reached(CrashPoint.JOB_ENDED, "print")

    assert happened.count == 1


def test_several_may_be_armed(happened: Happened) -> None:
    with at(CrashPoint.JOB_BEGINS, happened), at(CrashPoint.JOB_ENDED, happened):
        reached(CrashPoint.JOB_BEGINS)
        reached(CrashPoint.JOB_ENDED)

    assert happened.count == 2


async def test_a_job_can_be_made_to_fail_before_its_first_step() -> None:
    app = App(store="memory://")

    @app.job("print", retry=Retry.NEVER)
    async def print_all() -> None: ...

    def out_of_ink() -> None:
        raise OSError("out of ink")

    async with running(app):
        with at(CrashPoint.JOB_BEGINS, out_of_ink, subject="print"):
            enqueued = await print_all.enqueue()
            with pytest.raises(JobFailedError, match="out of ink"):
                await enqueued.result()


PROGRAM = """
from dawam.crash_points import CrashPoint, reached
import sys
print(sys.argv[1:], flush=True)
reached(CrashPoint.SETTLE_BEGINS)
print("survived", flush=True)
reached(CrashPoint.SETTLE_BEGINS)
print("never said", flush=True)
"""


def run(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    (folder / "press.py").write_text(PROGRAM)
    return subprocess.run(
        [sys.executable, "-m", "dawam.testing.faults", *words], cwd=folder, capture_output=True, text=True, check=False
    )


def test_a_program_that_is_started_armed_dies_there(tmp_path: Path) -> None:
    done = run(tmp_path, "settle.begins:1", "-m", "press", "--now")

    assert done.returncode == -signal.SIGKILL
    assert done.stdout.splitlines() == ["['--now']", "survived"]


@pytest.mark.parametrize("words", [["settle.beginss", "-m", "press"], ["settle.begins=explode", "-m", "press"], ["no"]])
def test_who_says_it_wrongly_is_told_what_was_expected(tmp_path: Path, words: list[str]) -> None:
    done = run(tmp_path, *words)

    assert done.returncode == 1
    assert "was expected" in done.stderr
    assert done.stdout == ""
