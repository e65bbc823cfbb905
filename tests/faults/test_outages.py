"""The server is killed, frozen, and ends sessions, in the middle of jobs: all are done, and every host lives on."""

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import blows
from tests.faults.crew import LEASE, Crew, becomes, crew
from tests.faults.ground import Database
from tests.faults.history import Kept
from tests.faults.past import Past
from tests.support.postgres import PostgresServer

SOON = 10.0
"""Seconds from the return of the server within which all is as it was."""
IMPATIENT = "statement_timeout=1s&connect_timeout=2s"
LONGER_THAN_THE_LEASE = 3 * LEASE.total_seconds()


@pytest.fixture(scope="module")
def server(postgres_server: PostgresServer) -> Iterator[PostgresServer]:
    """One that may be killed; the other tests' server only says whether there can be one."""
    with PostgresServer() as server:
        yield server


@pytest.fixture
def ground(server: PostgresServer, tmp_path: Path) -> Database:
    return Database(tmp_path, server.new_database(), IMPATIENT)


@pytest.mark.fault("server killed")
async def test_a_server_that_is_killed_and_comes_back_at_once_or_after_leases_costs_nothing_but_time(
    server: PostgresServer, ground: Database
) -> None:
    kills = [blows.kill(server, away=0), blows.kill(server, away=LONGER_THAN_THE_LEASE)]

    found = await blows.under_blows(ground, *kills, jobs=9_000, takes=0.02)

    print(found)
    assert found.refused > 0, "nobody enqueued meanwhile: nothing was shown"
    assert all(each.at_speed < SOON for each in found.recoveries)


@pytest.mark.fault("server frozen")
async def test_a_server_that_is_frozen_for_longer_than_any_patience_is_waited_for(
    server: PostgresServer, ground: Database
) -> None:
    found = await blows.under_blows(ground, blows.freeze(server, LONGER_THAN_THE_LEASE), jobs=3_000)

    print(found)
    assert found.recoveries[0].first_job < SOON


@pytest.mark.fault("sessions ended")
async def test_sessions_that_an_administrator_ends_are_begun_anew(
    server: PostgresServer, ground: Database, luck: random.Random
) -> None:
    print(await blows.under_blows(ground, blows.end_sessions(server, luck, count=15), jobs=5_000, takes=0.02))


class TestWhoComesBeforeTheServer:
    async def test_waits_for_it_and_says_so(self, server: PostgresServer, ground: Database) -> None:
        async with crew(ground) as there:
            [job] = await there.enqueue(there.shift.work.call(0))
            server.kill()
            early = await there.start("host")
            await becomes(lambda: _says(there, "store failed (1 time in a row), next try in 0.5 s"))
            assert early.is_there
            await asyncio.to_thread(server.start)
            await early.ready()
            await there.drained()
            await there.stop_all()
            assert [kept.state for kept in Past(there.close_the_book()).of(Kept) if kept.job == job] == ["succeeded"]

    async def test_ends_at_once_when_it_is_told_to(self, server: PostgresServer, ground: Database) -> None:
        async with crew(ground) as there:
            server.kill()
            early = await there.start("host")
            await becomes(lambda: _says(there, "store failed"))
            assert await there.stop(early) < 3
            await asyncio.to_thread(server.start)


async def _says(there: Crew, text: str) -> bool:
    return text in there.log.read_text()
