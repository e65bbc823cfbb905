"""A real process whose event loop is blocked by a job: it says so, and ends; what it did is done elsewhere."""

import asyncio
import sys
import textwrap
from asyncio.subprocess import PIPE

import pytest

from dawam import App
from dawam.events.lifecycle import LifecycleEvents
from dawam.host.witness import Witness
from dawam.stores.values import JobFilter
from tests.faults.crew import LEASE, SHORT_LEASE, Crew, Hand, becomes, crew
from tests.faults.ground import Ground
from tests.faults.history import DeclaredDead, Started
from tests.faults.past import Past
from tests.faults.scenarios import right
from tests.support.applications import running

PROGRAM = """
    import sys, time
    from dawam import App

    app = App(store=sys.argv[1])

    @app.job("block")
    async def block() -> None:
        time.sleep(120)

    app.sync.enqueue("block", {})
    app.close()
    app.run()
"""
SETTINGS = '[Host]\nHeartbeat = "50ms"\nBlockWarning = "300ms"\nMaxBlock = "1s"\n'


@pytest.mark.fault("blocked loop")
async def test_a_blocked_process_names_the_job_and_ends_and_the_job_is_charged(ground: Ground) -> None:
    program = ground.folder / "blocked.py"
    program.write_text(textwrap.dedent(PROGRAM))
    (ground.folder / "dawam.toml").write_text(SETTINGS)
    process = await asyncio.create_subprocess_exec(
        sys.executable, program, ground.url, stdout=PIPE, stderr=PIPE, cwd=ground.folder
    )
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
    async with running(App(store=ground.url), run_host=False) as runtime:
        store = runtime.parts.store
        await Witness(store=store, events=LifecycleEvents()).look()  # as any other host of the machine does
        (job,) = (await store.look(JobFilter(), 10)).jobs
    assert (job.state, job.crash_count, job.attempt_count) == ("waiting", 1, 0)


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
