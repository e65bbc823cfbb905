"""Processes are killed, frozen and stopped at will, and the promises hold. `make chaos` does the same for longer."""

import random
from datetime import timedelta
from pathlib import Path

import pytest

from tests.faults import contention, scenarios
from tests.faults.crew import LEASE
from tests.faults.ground import File, Ground

MARGIN = timedelta(seconds=10)
"""For a machine that is slow and busy."""


@pytest.mark.abp("two processes on one database")
async def test_jobs_on_two_processes_are_all_done_and_none_twice(ground: Ground) -> None:
    await scenarios.no_operation(ground, jobs=5_000, processes=2)


@pytest.mark.abp("crash recovery")
@pytest.mark.fault("kill -9")
async def test_kills_lose_no_job_and_fail_none(ground: Ground, luck: random.Random) -> None:
    numbers = await scenarios.kills(ground, luck, processes=2, hits=2, every=0.5)

    assert (numbers["jobs failed"], numbers["jobs succeeded"]) == (0, numbers["jobs enqueued"])


@pytest.mark.abp("crash recovery")
@pytest.mark.fault("freeze")
async def test_a_frozen_process_settles_nothing_that_others_took(ground: Ground, luck: random.Random) -> None:
    numbers = await scenarios.freezes(ground, luck, processes=2)

    assert numbers["settlements rejected"] != 0, "no freeze came in the middle of a job: nothing was shown"


@pytest.mark.abp("fail-over")
@pytest.mark.fault("kill -9")
async def test_a_killed_hosts_job_begins_again_soon_after_its_lease(ground: Ground) -> None:
    delays, _ = await scenarios.rescues(ground, samples=1)

    assert timedelta(milliseconds=delays.most) <= LEASE + MARGIN


@pytest.mark.fault("stop under load")
async def test_a_host_with_a_thousand_jobs_ends_in_time_and_hands_all_back(ground: Ground, luck: random.Random) -> None:
    seconds, _ = await scenarios.stop_under_load(ground, luck, jobs=1_000)

    assert seconds <= scenarios.GRACE + scenarios.LAST_STEPS + 1  # the last one is Python's own, which ends after us


async def test_jobs_of_higher_priority_are_begun_first(ground: Ground) -> None:
    await scenarios.order(ground, jobs=4_000, takes=0.005)


async def test_short_jobs_go_on_beside_long_ones(ground: Ground) -> None:
    await scenarios.beside_long_jobs(ground, takes=5 * LEASE.total_seconds())


class TestWriters:
    @pytest.mark.abp("nap while the lock is busy")
    async def test_nobody_sees_a_locked_database(self, tmp_path: Path) -> None:
        await contention.writers(File(tmp_path), producers=4, hosts=2, seconds=2)

    @pytest.mark.abp("nap while the lock is busy")
    @pytest.mark.fault("long lock")
    async def test_a_long_transaction_of_somebody_else_delays_and_breaks_nothing(self, tmp_path: Path) -> None:
        held = 2.0
        waits, _ = await contention.writers(File(tmp_path), producers=2, hosts=2, seconds=4, lock=held)

        assert waits.most >= held * 1_000 - 100
