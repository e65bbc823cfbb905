"""A process that is told to end does so within the grace and five seconds; its jobs go on elsewhere."""

import asyncio
import signal
import sys
import textwrap
from asyncio.subprocess import PIPE

import pytest

from dawam import App
from dawam.events.lifecycle import LifecycleEvents
from dawam.host.witness import Witness
from dawam.stores.values import JobFilter
from tests.faults.ground import Ground
from tests.support.applications import running

PROGRAM = """
    import asyncio, sys, time
    from datetime import timedelta
    from dawam import App

    app = App(store=sys.argv[2])

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

    @app.job("block")
    async def block() -> None:
        print("began", flush=True)
        while True:
            time.sleep(0.01)  # and never an await: the loop hears of nothing

    if "tick" in sys.argv:

        @app.worker(every=timedelta(milliseconds=50))
        async def tick() -> None:
            await listen_to_nobody()

    if sys.argv[1] in ("swallow", "lend a thread", "block"):
        app.sync.enqueue(sys.argv[1], {})
        app.close()
    app.run()
"""


@pytest.mark.parametrize("wild", ["swallow", "lend a thread", "tick"])
@pytest.mark.fault("stubborn job")
async def test_what_ignores_the_end_does_not_hold_it_up(ground: Ground, wild: str) -> None:
    await told_to_end(ground, wild)
    jobs = ground.rows(f"SELECT {ground.stands}, attempt_count, lost_count FROM dawam_job")
    assert jobs in ([("ready", 0, 0)], [])
    assert ground.rows("SELECT count(*) FROM dawam_host") == [(0,)]


@pytest.mark.fault("stubborn job")
async def test_a_job_that_blocks_the_loop_does_not_hold_it_up_and_is_not_blamed(ground: Ground) -> None:
    await told_to_end(ground, "block")
    async with running(App(store=ground.url), run_host=False) as runtime:
        store = runtime.parts.store
        await Witness(store=store, events=LifecycleEvents()).look()  # as any other host of the machine does
        (job,) = (await store.look(JobFilter(), 10)).jobs
    assert (job.state, job.crash_count, job.attempt_count) == ("waiting", 0, 0)


async def told_to_end(ground: Ground, wild: str) -> None:
    """A process that runs it is told to end, and has to within the grace and five seconds."""
    program = ground.folder / "wild.py"
    program.write_text(textwrap.dedent(PROGRAM))
    (ground.folder / "dawam.toml").write_text('[Host]\nShutdownGrace = "300ms"\n')
    process = await asyncio.create_subprocess_exec(
        sys.executable, program, wild, ground.url, stdout=PIPE, stderr=PIPE, cwd=ground.folder
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
