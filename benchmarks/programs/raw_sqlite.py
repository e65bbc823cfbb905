"""What SQLite itself allows: plain `sqlite3`, no types, no fence, no host. A limit to hold against, not a rival.

insert FULL|NORMAL N FILE     one row per commit, on the calling thread
bulk FULL|NORMAL N FILE       1,000 rows per commit
drain FULL|NORMAL N FILE      claim and delete in batches of 200, each a hop to one writer thread
paced FULL|NORMAL N FILE      one row every 20 ms, inserted and then claimed, each a commit and a hop to that thread
"""

import asyncio
import json
import sqlite3
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from benchmarks.programs import answer
from benchmarks.programs.pace import EVERY, paced, quantile
from benchmarks.programs.payload import payload

_CHUNK, _BATCH = 1_000, 200
_TABLE = """
CREATE TABLE job (
    id INTEGER PRIMARY KEY, queue TEXT NOT NULL, name TEXT NOT NULL, state INTEGER NOT NULL DEFAULT 0,
    priority INTEGER NOT NULL DEFAULT 0, run_at REAL NOT NULL DEFAULT 0, attempt INTEGER NOT NULL DEFAULT 0,
    args TEXT NOT NULL, created_at REAL, lease_until REAL, host TEXT
);
CREATE INDEX job_ready ON job (queue, priority, run_at, id) WHERE state = 0;
"""
_INSERT = "INSERT INTO job (queue, name, args, created_at) VALUES ('default', 'note', ?, 1.0)"
_CLAIM = """
UPDATE job SET state = 1, attempt = attempt + 1, lease_until = 60.0, host = 'this one'
WHERE id IN (SELECT id FROM job WHERE state = 0 AND queue = 'default' AND run_at <= 1.0
             ORDER BY priority, run_at, id LIMIT ?)
RETURNING id, name, args, attempt
"""
_DELETE = "DELETE FROM job WHERE id IN (SELECT value FROM json_each(?)) AND state = 1"


def connect(file: str, synchronous: str) -> sqlite3.Connection:
    """A connection with the pragmas that suit such a load."""
    db = sqlite3.connect(file, isolation_level=None, timeout=30, check_same_thread=False)
    for pragma in (
        "journal_mode = WAL",
        f"synchronous = {synchronous}",
        "cache_size = -64000",
        "mmap_size = 268435456",
    ):
        db.execute(f"PRAGMA {pragma}")
    db.executescript(_TABLE)
    return db


def insert(db: sqlite3.Connection, count: int) -> int:
    """One row per commit."""
    for number in range(count):
        db.execute(_INSERT, (json.dumps(payload(number)),))
    return count


def bulk(db: sqlite3.Connection, count: int) -> int:
    """1,000 rows per commit."""
    for start in range(0, count, _CHUNK):
        db.execute("BEGIN IMMEDIATE")
        db.executemany(_INSERT, [(json.dumps(payload(number)),) for number in range(start, start + _CHUNK)])
        db.execute("COMMIT")
    return count


def drain(db: sqlite3.Connection, _count: int) -> int:
    """Claims and deletes all there is; answers how many."""
    return asyncio.run(_drain(db))


async def _drain(db: sqlite3.Connection) -> int:
    loop, seen = asyncio.get_running_loop(), 0
    with ThreadPoolExecutor(1) as writer:
        while rows := await loop.run_in_executor(writer, _claim, db):
            await loop.run_in_executor(writer, _delete, db, [row[0] for row in rows])
            seen += len(rows)
    return seen


def _claim(db: sqlite3.Connection) -> list[tuple[int, str, str, int]]:
    return db.execute(_CLAIM, (_BATCH,)).fetchall()


def _delete(db: sqlite3.Connection, ids: list[int]) -> None:
    db.execute(_DELETE, (json.dumps(ids),))


async def latency(db: sqlite3.Connection, count: int) -> list[float]:
    """How long each row took from the call to its claim, sorted."""
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1) as writer:

        async def through(_: int) -> None:
            await loop.run_in_executor(writer, insert, db, 1)
            await loop.run_in_executor(writer, _claim, db)

        calls = await paced(through, 0, count, EVERY)
    return sorted(returned - called for called, returned in calls)


def main(command: str, synchronous: str, count: str, file: str) -> None:
    """Measures one of them."""
    db, wanted = connect(file, synchronous), int(count)
    if command == "paced":
        waits = asyncio.run(latency(db, wanted))
        answer.give({"p50_ms": 1000 * quantile(waits, 0.5), "p99_ms": 1000 * quantile(waits, 0.99)})
        return
    if command == "drain":
        bulk(db, wanted)
    began, worked = time.perf_counter(), time.process_time()
    done = {"insert": insert, "bulk": bulk, "drain": drain}[command](db, wanted)
    seconds, cpu = time.perf_counter() - began, time.process_time() - worked
    answer.give(
        {
            "rate": wanted / seconds,
            "cpu_us_per_job": 1e6 * cpu / wanted,
            "lost": max(0, wanted - done),
            "duplicate": max(0, done - wanted),
        }
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
