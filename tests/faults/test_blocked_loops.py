"""A real process whose event loop is blocked by a job: it says so, and ends; what it did is done elsewhere."""

import asyncio
import sqlite3
import sys
import textwrap
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

PROGRAM = """
    import asyncio, time
    from dawam import App

    app = App(store="sqlite:///jobs.db")

    @app.job("block")
    async def block() -> None:
        time.sleep(120)

    app.sync.enqueue("block", {})
    app.close()
    app.run()
"""
SETTINGS = '[Host]\nHeartbeat = "50ms"\nBlockWarning = "300ms"\nMaxBlock = "1s"\n'


@pytest.mark.fault("blocked loop")
async def test_a_blocked_process_names_the_job_and_ends_and_the_job_is_charged(tmp_path: Path) -> None:
    program = tmp_path / "blocked.py"
    program.write_text(textwrap.dedent(PROGRAM))
    (tmp_path / "dawam.toml").write_text(SETTINGS)
    process = await asyncio.create_subprocess_exec(sys.executable, program, stdout=PIPE, stderr=PIPE, cwd=tmp_path)
    try:
        _, errors = await asyncio.wait_for(process.communicate(), 30)
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode == 70
    said = errors.decode()
    assert said.count("no other job can go on. It is the step of block ") == 1
    assert "time.sleep(120)" in said
    assert "and this process ends now" in said
    [path] = (tmp_path / "jobs.db-marks" / "default").iterdir()
    db = sqlite3.connect(tmp_path / "jobs.db")
    [(job,)] = db.execute("SELECT id FROM dawam_job WHERE state = 'running'").fetchall()
    db.close()
    assert job in path.read_bytes()  # whoever finds the death charges it
