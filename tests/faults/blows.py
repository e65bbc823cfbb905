"""What is done to the server, or to the way there, while a crew works: and what must hold in the end."""

import asyncio
import random
from bisect import bisect_left
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import inf

from dawam.errors import StoreError
from tests.faults.crew import PATIENCE, SHORT_LEASE, Crew, becomes, crew
from tests.faults.ground import Ground
from tests.faults.history import DeclaredDead, Doubted, Effect, Rescued, Troubled, now
from tests.faults.past import Past
from tests.faults.scenarios import right
from tests.support.postgres import PostgresServer

Blow = Callable[[], Awaitable[None]]
"""Something that is done, and over when it returns."""

_WINDOW = 500_000_000
"""Nanoseconds over which a speed is measured."""
_AT_SPEED = 0.7
"""Of the speed before: it varies by so much anyway, on a machine that has something else to do."""
_OFTEN = 0.02
"""Seconds from one enqueue to the next of somebody who goes on whatever happens."""
_KINDS = ("StoreUnavailableError", "StoreBusyError")
_END_ONE = b"""
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE application_name LIKE 'dawam %' ORDER BY random() LIMIT 1
"""


# -- what is done


def kill(server: PostgresServer, away: float) -> Blow:
    """Its processes are killed, and it is started again after so many seconds."""

    async def blow() -> None:
        await asyncio.to_thread(server.kill)
        await asyncio.sleep(away)
        await asyncio.to_thread(server.start)

    return blow


def freeze(server: PostgresServer, seconds: float) -> Blow:
    """Its processes are held for so long, and go on where they were."""

    async def blow() -> None:
        await asyncio.to_thread(server.freeze)
        await asyncio.sleep(seconds)
        await asyncio.to_thread(server.thaw)

    return blow


def end_sessions(server: PostgresServer, luck: random.Random, *, count: int) -> Blow:
    """So many sessions of ours are ended by an administrator, each at a random moment."""

    async def blow() -> None:
        for _ in range(count):
            await asyncio.sleep(luck.uniform(0, 0.2))
            await asyncio.to_thread(server.execute, _END_ONE)

    return blow


# -- what comes of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """From the end of a blow, in seconds."""

    lasted: float
    """The blow itself."""
    first_job: float
    at_speed: float
    """Until as many jobs are run again as before the first blow."""

    def __str__(self) -> str:
        return f"{self.lasted:.1f} s: first job {self.first_job:.1f} s after it, at speed after {self.at_speed:.1f} s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Aftermath:
    jobs: int
    speed: float
    """Jobs per second before the first blow."""
    refused: int
    """Enqueues that raised."""
    recoveries: Sequence[Recovery]

    def __str__(self) -> str:
        blows = "; ".join(map(str, self.recoveries))
        return f"{self.jobs:,} jobs, {self.speed:,.0f} a second, none lost; {blows}; {self.refused:,} enqueues refused"


async def under_blows(ground: Ground, *blows: Blow, jobs: int, takes: float = 0) -> Aftermath:
    """Two hosts run jobs of so many seconds, and somebody enqueues more, while the blows fall, spread over the jobs.

    In the end all is done, no host has ended or was taken for dead, and whoever enqueued saw errors of ours only.
    """
    moments = list[tuple[int, int]]()
    async with crew(ground, {**SHORT_LEASE, "DAWAM__HOST__CONCURRENCY": "20"}) as there:
        await there.stock(jobs, takes)
        hosts = await there.hosts(2)
        producer = await there.start("produce", "3600", str(_OFTEN))
        await producer.ready()
        for number, blow in enumerate(blows, 1):
            await _comes_down_to(there, jobs * (len(blows) + 1 - number) // (len(blows) + 1))
            began = now()
            await blow()
            moments.append((began, now()))
        await _comes_down_to(there, 100)
        await there.stop(producer)
        await _comes_down_to(there, 0)
        assert all(host.is_there for host in hosts), "a host has ended"
        await there.stop_all()
        records = there.close_the_book()
    numbers = right(records)
    past = Past(records)
    _only_our_errors(past)
    assert not past.of(DeclaredDead), "a living host was taken for dead"
    assert not past.of(Rescued), "a host judged another by an outage"
    speed, recoveries = _recoveries(past, moments)
    return Aftermath(
        jobs=numbers["jobs succeeded"],
        speed=speed,
        refused=numbers["errors from an enqueue"],
        recoveries=recoveries,
    )


async def _comes_down_to(there: Crew, count: int) -> None:
    """So few jobs are left."""

    async def is_so() -> bool:
        with suppress(StoreError):  # away
            return await there.left() <= count
        return False

    await becomes(is_so, 10 * PATIENCE)


def _only_our_errors(past: Past) -> None:
    foreign = {(each.where, each.error) for each in past.of(Troubled) if not each.error.startswith(_KINDS)}
    assert not foreign, f"errors that are not ours: {foreign}"
    enqueues = {each.error for each in past.of(Doubted)}
    assert all(error.startswith("StoreUnavailableError") for error in enqueues), enqueues


def _recoveries(past: Past, moments: Sequence[tuple[int, int]]) -> tuple[float, list[Recovery]]:
    """The speed before the first blow, and what came after each."""
    effects = [each.at for each in past.of(Effect)]
    first_blow, _ = moments[0]
    speed = bisect_left(effects, first_blow) / (first_blow - effects[0])
    enough = speed * _WINDOW * _AT_SPEED

    def seconds_to(index: int, ended: int) -> float:
        return (effects[index] - ended) / 1e9 if index < len(effects) else inf

    def recovery(began: int, ended: int) -> Recovery:
        first = at = bisect_left(effects, ended)
        while at < len(effects) and bisect_left(effects, effects[at] + _WINDOW) - at < enough:
            at += 1
        return Recovery(
            lasted=(ended - began) / 1e9,
            first_job=seconds_to(first, ended),
            at_speed=seconds_to(at, ended),
        )

    return speed * 1e9, [recovery(*moment) for moment in moments]
