"""A child that is forked from a process with an open application is refused, can open it anew, and ends."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

PARENT = """
    import asyncio, os, sys
    from dawam import App

    app = App(store="sqlite:///jobs.db")

    @app.job("receipt")
    async def receipt() -> None: ...

    async def open_anew():
        async with app.open(run_host=False):
            await app.jobs.enqueue(receipt.call())

    app.sync.enqueue(receipt.call())
    child = os.fork()
    if child == 0:
        {child}
        sys.exit(0)
    assert os.waitpid(child, 0)[1] == 0
    app.sync.enqueue(receipt.call())
    print("parent goes on")
"""
ENQUEUES = "app.sync.enqueue(receipt.call())"
BY_ITSELF = "receipt.enqueue_sync()"


def parent_of(child: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    program = folder / "parent.py"
    program.write_text(textwrap.dedent(PARENT).format(child=child))
    return subprocess.run(
        [sys.executable, program], cwd=folder, capture_output=True, text=True, timeout=20, check=False
    )


def test_one_that_does_nothing_ends(tmp_path: Path) -> None:
    assert parent_of("pass", tmp_path).stdout == "parent goes on\n"


@pytest.mark.parametrize("enqueue", [ENQUEUES, BY_ITSELF])
def test_one_that_enqueues_is_told_why_it_cannot(tmp_path: Path, enqueue: str) -> None:
    ended = parent_of(enqueue, tmp_path)
    assert "NotRunningError: the application was opened before a fork" in ended.stderr


def test_one_can_open_the_application_for_itself(tmp_path: Path) -> None:
    assert parent_of("asyncio.run(open_anew())", tmp_path).stdout == "parent goes on\n"
