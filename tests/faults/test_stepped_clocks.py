"""The wall clock is set, by hours, under hosts that run: nobody loses a lease, and what is due later is not lost."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from dawam import App
from dawam.clock import SystemClock
from dawam.workers.record import MOST_COUNTED
from tests.faults.beats import beats_by_a_set_clock
from tests.faults.crew import LEASE, SHORT_LEASE, Crew, becomes, crew
from tests.faults.ground import File, Ground
from tests.faults.history import Effect, Kept, Started
from tests.faults.ledger import was_checked
from tests.faults.no_marks import no_marks
from tests.faults.past import Past
from tests.faults.scenarios import right
from tests.faults.stepped_clock import SETTING, set_clock
from tests.support.applications import running

HOURS = timedelta(hours=5)
STEPS = pytest.mark.parametrize("step", [HOURS, -HOURS], ids=["on", "back"])
_JOBS = 400


@STEPS
@pytest.mark.fault("clock steps")
async def test_a_step_takes_no_job_from_the_living(ground: Ground, step: timedelta) -> None:
    async with _crew(ground) as there:
        hands = await there.hosts(2)
        await there.stock(_JOBS, 0.05)
        long = await there.enqueue(*[there.shift.work.call(3 * LEASE.total_seconds())] * 4)
        await becomes(partial(_have_begun, there, len(long)))
        for by in (step, timedelta(0), step):
            set_clock(_clock(ground), by)
            await asyncio.sleep(LEASE.total_seconds())
        await there.stock(_JOBS, 0)
        await there.drained()
        assert all(hand.is_there for hand in hands)
        await there.stop_all()
        numbers = right(there.close_the_book())
    assert numbers["attempts started"] == numbers["jobs succeeded"] == 2 * _JOBS + len(long)
    assert numbers["living hosts that lost their lease"] == numbers["failures that hosts reported"] == 0


@STEPS
@pytest.mark.fault("clock steps")
async def test_the_leases_of_the_dead_run_out_all_the_same(ground: Ground, step: timedelta) -> None:
    async with _crew(ground) as there:
        with no_marks(there.store):
            doomed = await there.host()
            await there.enqueue(*[there.shift.hang_once.call()] * 5)
            await becomes(partial(_have_begun, there, 5))
            await there.host()
            set_clock(_clock(ground), step)
            await there.kill(doomed)
            await there.drained()
            await there.stop_all()
        book = there.close_the_book()
    assert right(book)["attempts started"] == 10
    assert {each.lost_count for each in Past(book).of(Kept)} == {1}


@pytest.mark.fault("clock steps")
async def test_what_is_due_in_hours_is_run_when_the_clock_says_so(tmp_path: Path) -> None:
    """Where a server keeps the time, the clock of a host says nothing about that."""
    ground = File(tmp_path)
    async with _crew(ground) as there:
        await there.host()
        [job] = await there.enqueue(there.shift.work.call(0), delay=HOURS)
        set_clock(_clock(ground), 2 * HOURS)
        await there.drained()
        await there.stop_all()
        book = there.close_the_book()
    assert right(book)["attempts started"] == 1
    assert [each.job for each in Past(book).of(Effect)] == [job]


@STEPS
@pytest.mark.fault("clock steps")
async def test_a_retry_is_planned_by_the_clock_as_it_is_then(ground: Ground, step: timedelta) -> None:
    async with _crew(ground) as there:
        await there.host()
        await there.enqueue(*[there.shift.stumble.call(1)] * 20)
        await becomes(partial(_have_begun, there, 20))
        set_clock(_clock(ground), step)
        await there.drained()
        await there.stop_all()
        assert right(there.close_the_book())["attempts started"] == 40


@STEPS
@pytest.mark.fault("clock steps")
async def test_what_a_process_plans_whose_clock_is_hours_off_is_planned_by_the_stores(
    ground: Ground, step: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = App(store=ground.url)

    @app.job("restock")
    async def restock() -> None: ...

    async with running(App(store=ground.url), run_host=False) as others:
        monkeypatch.setattr(SystemClock, "now", staticmethod(lambda: datetime.now(UTC) + step))
        async with running(app, run_host=False) as ours:
            now = ours.parts.store.clock.now()
            job = await ours.parts.manager.enqueue(restock.call(), delay=HOURS)
            await ours.parts.recurring_jobs.put("restocking", restock.call(), every=HOURS)
            await ours.parts.desk.workers.pause("restocking")
            await ours.parts.desk.workers.resume("restocking")
        kept = await others.parts.desk.inspector.get_job(job.id)
        [restocking] = await others.parts.desk.workers.get("restocking")
    true = now if isinstance(ground, File) else datetime.now(UTC)
    assert kept is not None
    for due in (kept.run_at, restocking.next_at):
        assert due is not None
        assert abs(due - true - HOURS) < timedelta(minutes=1)


@pytest.mark.fault("clock steps")
async def test_each_moment_of_a_plan_is_run_once_or_accounted_for(ground: Ground) -> None:
    """A server keeps the time itself. Where the clock of a file goes back its plan does not, and waits for the next
    moment to come again."""
    found = await beats_by_a_set_clock(ground, [timedelta(0), HOURS, timedelta(0), HOURS], each=1.5)
    was_checked(found.moments, len(found.violations))
    assert found.violations[:3] == ()
    assert found.outcomes["succeeded"] >= 3
    leapt = found.outcomes["missed"] >= MOST_COUNTED
    assert leapt == isinstance(ground, File)


# -- the words of these stories


@asynccontextmanager
async def _crew(ground: Ground) -> AsyncGenerator[Crew]:
    async with crew(ground, {**SHORT_LEASE, SETTING: str(_clock(ground))}) as there:
        yield there


def _clock(ground: Ground) -> Path:
    return ground.folder / "clock"


async def _have_begun(there: Crew, count: int) -> bool:
    return len(Past(there.written_by(*there.hands)).of(Started)) >= count
