"""A process that is told to end does so within the grace and five seconds; its jobs go on elsewhere."""

import asyncio
import signal
import sqlite3
import sys
import textwrap
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

PROGRAM = """
    import asyncio, sys, time
    from datetime import timedelta
    from dawam import App

    app = App(store="sqlite:///jobs.db")

    async def listen_to_nobody():
        print("began", flush=True)
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                pass

    @app.job("swallow")
    async def swallow() -> None:
        await listen_to_nobody()

    @app.job("lend a thread")
    async def lend_a_thread() -> None:
        print("began", flush=True)
        await asyncio.to_thread(time.sleep, 120)

    if "tick" in sys.argv:

        @app.worker(every=timedelta(milliseconds=50))
        async def tick() -> None:
            await listen_to_nobody()

    if sys.argv[1] in ("swallow", "lend a thread"):
        app.sync.enqueue(sys.argv[1], {})
        app.close()
    app.run()
"""


@pytest.mark.parametrize("wild", ["swallow", "lend a thread", "tick"])
async def test_what_ignores_the_end_does_not_hold_it_up(tmp_path: Path, wild: str) -> None:
    program = tmp_path / "wild.py"
    program.write_text(textwrap.dedent(PROGRAM))
    (tmp_path / "dawam.toml").write_text('[Host]\nShutdownGrace = "300ms"\n')
    process = await asyncio.create_subprocess_exec(
        sys.executable, program, wild, stdout=PIPE, stderr=PIPE, cwd=tmp_path
    )
    try:
        assert process.stdout is not None
        assert await asyncio.wait_for(process.stdout.readline(), 20) == b"began\n"
        process.send_signal(signal.SIGTERM)
        _, errors = await asyncio.wait_for(process.communicate(), 0.3 + 5 + 1)
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode == 0
    assert b"did not let the process end in time" in errors
    db = sqlite3.connect(tmp_path / "jobs.db")
    assert db.execute("SELECT state, attempt_count, lost_count FROM dawam_job").fetchall() in ([("ready", 0, 0)], [])
    assert db.execute("SELECT count(*) FROM dawam_host").fetchone() == (0,)
    db.close()
