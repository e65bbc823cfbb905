"""A real process whose event loop is blocked by a job: it says so, and ends; what it did is done elsewhere."""

import asyncio
import sqlite3
import sys
import textwrap
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from tests.faults.checker import Past
from tests.faults.crew import LEASE, SHORT_LEASE, Crew, Hand, becomes, crew
from tests.faults.ground import Ground
from tests.faults.history import DeclaredDead, Started
from tests.faults.scenarios import right

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


@pytest.mark.fault("blocked loop")
async def test_a_loop_that_is_blocked_for_several_leases_keeps_its_jobs_and_says_where_it_is(ground: Ground) -> None:
    async with crew(ground, {**SHORT_LEASE, "DAWAM__HOST__BLOCK_WARNING": "500ms"}) as there:
        [host] = await there.hosts(1)
        [job] = await there.enqueue(there.shift.block.call(4 * LEASE.total_seconds()))
        await becomes(lambda: _has_begun(there, host))
        other = await there.host()
        beside = await there.enqueue(*[there.shift.work.call(0)] * 20)
        await there.drained()
        await there.stop_all()
        book = there.close_the_book()
    right(book)
    past = Past(book)
    assert len(past.starts[job]) == 1
    assert not past.of(DeclaredDead)
    assert {past.starts[each][0].pid for each in beside} == {other.pid}, "who is blocked claims nothing"
    said = there.log.read_text()
    assert "no other job can go on. It is the step of block " in said
    assert "time.sleep(seconds)" in said


async def _has_begun(there: Crew, host: Hand) -> bool:
    return bool(Past(there.written_by(host)).of(Started))
