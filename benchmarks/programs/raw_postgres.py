"""What PostgreSQL itself allows: one connection, no types, no fence, no host. A limit to hold against, not a rival.

insert DRIVER N SERVER                      one row per commit
copy DRIVER N SERVER                        COPY, 1,000 rows per commit
drain DRIVER N SERVER delete|update BATCH   claim, then delete or update, a commit each
paced DRIVER N SERVER                       one row every 20 ms, inserted and then claimed, each a commit

DRIVER is psycopg or asyncpg, SERVER the first process of the server.
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable

from benchmarks import machine
from benchmarks.programs import answer, store
from benchmarks.programs.pace import EVERY, paced, quantile
from benchmarks.programs.payload import payload
from benchmarks.programs.raw_drivers import DRIVERS, Driver

_CHUNK, _BATCH = 1_000, 200
_TABLE = """
CREATE TABLE job (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, queue text NOT NULL, name text NOT NULL,
    state smallint NOT NULL DEFAULT 0, priority smallint NOT NULL DEFAULT 0, run_at bigint NOT NULL DEFAULT 0,
    attempt smallint NOT NULL DEFAULT 0, args jsonb NOT NULL, created_at bigint NOT NULL DEFAULT 0,
    finished_at bigint, host text
);
CREATE INDEX job_ready ON job (queue, priority, run_at, id) WHERE state = 0;
"""
_INSERT = "INSERT INTO job (queue, name, args) VALUES ('default', 'note', $1)"
_COPY = "COPY job (queue, name, args) FROM STDIN"
# The sub-select as an array is evaluated once and always leads to the primary key. Joined in FROM, the planner hashes
# it against a sequential scan of the whole table once the limit is not tiny.
_CLAIM = """
UPDATE job SET state = 1, attempt = attempt + 1, host = 'this one'
WHERE id = ANY (ARRAY (
    SELECT id FROM job WHERE state = 0 AND queue = 'default' AND run_at <= 1
    ORDER BY priority, run_at, id LIMIT $1 FOR UPDATE SKIP LOCKED
))
RETURNING id, name, args::text, attempt
"""
_ENDS = {
    "delete": "DELETE FROM job WHERE id = ANY ($1::bigint[]) AND state = 1",
    "update": "UPDATE job SET state = 2, finished_at = 1 WHERE id = ANY ($1::bigint[]) AND state = 1",
}


async def insert(driver: Driver, count: int) -> int:
    """One row per commit."""
    for number in range(count):
        await driver.execute(_INSERT, json.dumps(payload(number)))
    return count


async def copy(driver: Driver, count: int) -> int:
    """1,000 rows per commit."""
    for start in range(0, count, _CHUNK):
        rows = [("default", "note", json.dumps(payload(number))) for number in range(start, start + _CHUNK)]
        await driver.copy("job", ("queue", "name", "args"), rows)
    return count


async def drain(driver: Driver, how: str, batch: int) -> int:
    """Claims and ends all there is; answers how many."""
    seen = 0
    while rows := await driver.fetch(_CLAIM, batch):
        await driver.execute(_ENDS[how], [row[0] for row in rows])
        seen += len(rows)
    return seen


async def latency(driver: Driver, count: int) -> None:
    """How long each row takes from the call to its claim."""

    async def through(number: int) -> None:
        await driver.execute(_INSERT, json.dumps(payload(number)))
        await driver.fetch(_CLAIM, _BATCH)

    waits = sorted(returned - called for called, returned in await paced(through, 0, count, EVERY))
    answer.give({"p50_ms": 1000 * quantile(waits, 0.5), "p99_ms": 1000 * quantile(waits, 0.99)})


async def timed(working: Awaitable[int], count: int, server: int) -> None:
    """Measures one of the others."""
    began, own, servers = time.perf_counter(), time.process_time(), machine.cpu_seconds([server])
    done = await working
    seconds, own = time.perf_counter() - began, time.process_time() - own
    answer.give(
        {
            "rate": count / seconds,
            "cpu_us_per_job": 1e6 * own / count,
            "server_cpu_us_per_job": 1e6 * (machine.cpu_seconds([server]) - servers) / count,
            "lost": max(0, count - done),
            "duplicate": max(0, done - count),
        }
    )


async def measure(command: str, driver: Driver, count: int, server: int, *more: str) -> None:
    """Does what the command line says."""
    await driver.script(_TABLE)
    match command, more:
        case "insert", ():
            await timed(insert(driver, count), count, server)
        case "copy", ():
            await timed(copy(driver, count), count, server)
        case "drain", (how, batch):
            await copy(driver, count)
            await driver.script("ANALYZE; CHECKPOINT")
            await timed(drain(driver, how, int(batch)), count, server)
        case "paced", ():
            await latency(driver, count)
        case _:
            raise SystemExit(__doc__)


async def main(command: str, driver: str, count: str, server: str, *more: str) -> None:
    """Connects, measures, and answers."""
    connected = await DRIVERS[driver].connect(store.url())
    try:
        await measure(command, connected, int(count), int(server), *more)
    finally:
        await connected.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
