"""Many processes that write one file, and a program of somebody else's that holds its lock for seconds."""

import asyncio
import sqlite3
from contextlib import closing

from tests.faults.crew import LEASE, PATIENCE, crew
from tests.faults.ground import File
from tests.faults.history import DeclaredDead, Doubted, Enqueued, Troubled
from tests.faults.past import Past
from tests.faults.scenarios import Numbers, right
from tests.faults.tally import Spread


async def writers(file: File, *, producers: int, hosts: int, seconds: float, lock: float = 0) -> tuple[Spread, Numbers]:
    """Producers that enqueue as fast as they can, and hosts that run what they enqueue; how long an enqueue waits.

    With `lock`, a transaction of somebody else's is open for so many seconds in the middle.
    """
    async with crew(file) as there:
        await there.hosts(hosts)
        busy = [await there.start("produce", str(seconds), "0") for _ in range(producers)]
        for hand in busy:
            await hand.ready()
        await asyncio.sleep((seconds - lock) / 2)
        if lock:
            await asyncio.to_thread(_hold_the_lock, file, lock)
        for hand in busy:
            assert await hand.ended(PATIENCE + seconds) == 0
        await there.drained(PATIENCE + seconds)
        await there.stop_all()
        records = there.close_the_book()
    late = (
        {"heartbeat"} if lock > LEASE.total_seconds() else set()
    )  # said in the log, and made good when the lock is free
    troubles = {(each.where, each.error) for each in Past(records).of(Troubled) if each.where not in late}
    troubles |= {("enqueue", each.error) for each in Past(records).of(Doubted)}
    assert not troubles, f"somebody saw an error: {troubles}"
    assert not Past(records).of(DeclaredDead), "a living host was declared dead"
    waits = [each.waited for each in Past(records).of(Enqueued)]
    return Spread.of(waits), {"producers": producers, "hosts": hosts, "seconds": seconds, **right(records)}


def _hold_the_lock(file: File, seconds: float) -> None:
    """What a user's own program may do to the file, with nothing of ours in it."""
    with closing(sqlite3.connect(file.path, isolation_level=None, timeout=PATIENCE)) as db:
        db.execute("BEGIN IMMEDIATE")
        db.execute("CREATE TABLE theirs (something TEXT)")
        asyncio.run(asyncio.sleep(seconds))
        db.execute("COMMIT")
