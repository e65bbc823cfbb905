"""Wake-ups that come a hundred times, for nobody, or never: they are no more than hints, and each job runs once."""

import asyncio
from functools import partial
from pathlib import Path

import psycopg
import pytest

from dawam.doorbells.base import Topic
from tests.faults.crew import SHORT_LEASE, Crew, becomes, crew
from tests.faults.ground import Database, File, Ground
from tests.faults.scenarios import right

_NEVER_POLLS = {**SHORT_LEASE, "DAWAM__HOST__POLL": "1h"}
_RINGS = 100
_PAUSE = 0.006
"""Seconds between two rings, so that PostgreSQL is told of each."""
_END_HEARING = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = 'dawam doorbell'
"""


@pytest.mark.parametrize("queues", [("default",), ("nobody serves it",), ()], ids=["its queue", "another", "all"])
@pytest.mark.fault("wake-ups")
async def test_a_hundred_rings_for_one_job_run_it_once(ground: Ground, queues: tuple[str, ...]) -> None:
    async with crew(ground, _NEVER_POLLS) as there:
        await there.hosts(2)
        await there.enqueue(there.shift.work.call(_RINGS * _PAUSE / 2))  # while it runs, and when it is done
        for _ in range(_RINGS):
            there.ring(Topic.READY, queues)
            await asyncio.sleep(_PAUSE)
        await _each_once(there, 1)


@pytest.mark.fault("wake-ups")
async def test_where_no_ring_is_ever_heard_the_poll_finds_each_job(ground: Ground) -> None:
    async with crew(ground) as there:
        await there.hosts(2)
        deaf = asyncio.create_task(_nobody_hears(ground))
        for _ in range(40):
            await there.enqueue(there.shift.work.call(0))
            await asyncio.sleep(0.02)
        await there.drained()
        deaf.cancel()
        await asyncio.wait([deaf])
        await _each_once(there, 40)


@pytest.mark.fault("wake-ups")
async def test_hosts_that_hear_nothing_of_a_server_find_each_job_by_their_poll(
    tmp_path: Path, postgres_url: str
) -> None:
    """Where the connection for it is ended again and again, each new one looks for what was missed; here is none."""
    async with crew(Database(tmp_path, postgres_url, "session=off")) as there:
        await there.hosts(2)
        for _ in range(10):
            await there.enqueue(there.shift.work.call(0))
            await asyncio.sleep(0.02)
        await _each_once(there, 10)


@pytest.mark.fault("wake-ups")
async def test_whoever_was_made_deaf_hears_again(tmp_path: Path, postgres_url: str) -> None:
    """Nothing that was rung for meanwhile is left lying until the next poll, which is an hour away."""
    ground = Database(tmp_path, postgres_url)
    async with crew(ground, _NEVER_POLLS) as there:
        await there.host()
        for _ in range(3):
            await _end_hearing(ground)
            await there.enqueue(there.shift.work.call(0))
            await becomes(partial(_is_done, there))
        await _each_once(there, 3)


# -- the words of these stories


async def _is_done(there: Crew) -> bool:
    return await there.left() == 0


async def _each_once(there: Crew, jobs: int) -> None:
    await there.drained()
    await there.stop_all()
    numbers = right(there.close_the_book())
    assert numbers["jobs succeeded"] == numbers["attempts started"] == jobs


async def _nobody_hears(ground: Ground) -> None:
    while True:
        match ground:
            case File():
                for pipe in ground.path.with_name("jobs.db-bells").glob("*"):
                    pipe.unlink(missing_ok=True)
            case Database():
                await _end_hearing(ground)
            case _:
                pytest.fail(f"no doorbell is known for {ground}")
        await asyncio.sleep(0.02)


async def _end_hearing(ground: Database) -> None:
    async with await psycopg.AsyncConnection.connect(ground.url, autocommit=True) as db:
        await db.execute(_END_HEARING.encode())
