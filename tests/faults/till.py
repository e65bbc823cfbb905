"""Jobs that settle themselves in their own transaction, on a host that dies at a point of it.

`python -m tests.faults.till`; `TILL_STORE` names the database, `TILL_DIES` the point. What it is about to die of is
said on standard output: the job's id and its fence.
"""

import os
import signal
import sqlite3
from contextlib import closing
from itertools import count
from typing import Any

import aiosqlite
import psycopg

from dawam import App, JobContext, injected
from dawam.events.lifecycle import JobSettled
from dawam.jobs.outcome import Succeeded

STORE, DIES = "TILL_STORE", "TILL_DIES"
BEFORE_COMPLETION, BEFORE_COMMIT, AFTER_COMMIT, AFTER_END = POINTS = (
    "before the completion",
    "before the commit",
    "after the commit",
    "after the end",
)
EFFECT = "INSERT INTO effect VALUES ('{key}')"
_VICTIM = 5
"""The so many-th to come to the point is the one: others are in the middle of it by then."""
_come = count(1)

url = os.environ.get(STORE, "sqlite:///till.db")
is_sqlite = url.startswith("sqlite")
path = url.removeprefix("sqlite:///")
app = App(store=url)


def reached(point: str, job_id: object, fence: int) -> None:
    if os.environ.get(DIES) == point and next(_come) == _VICTIM:
        print(job_id, fence, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)


@app.job("receipt")
async def receipt(order: int) -> None: ...


@app.job("charge")
async def charge(order: int, context: JobContext = injected) -> None:
    """On the event loop."""
    connection: Any
    if is_sqlite:
        connection = await aiosqlite.connect(path, isolation_level=None, timeout=30)
    else:
        connection = await psycopg.AsyncConnection.connect(url, autocommit=True)
    try:
        await connection.execute("BEGIN IMMEDIATE" if is_sqlite else "BEGIN")
        await connection.execute(EFFECT.format(key=context.idempotency_key))
        await context.enqueue(receipt.call(order))
        reached(BEFORE_COMPLETION, context.id, context.fence_token)
        await context.complete_in(connection)
        reached(BEFORE_COMMIT, context.id, context.fence_token)
        await connection.execute("COMMIT")
        reached(AFTER_COMMIT, context.id, context.fence_token)
    finally:
        await connection.close()


@app.job("charge in a thread")
def charge_in_a_thread(order: int, context: JobContext = injected) -> None:
    connection: Any = sqlite3.connect(path, timeout=30) if is_sqlite else psycopg.connect(url)
    with closing(connection):
        connection.execute(EFFECT.format(key=context.idempotency_key))
        context.enqueue_sync(receipt.call(order))
        reached(BEFORE_COMPLETION, context.id, context.fence_token)
        context.complete_in_sync(connection)
        reached(BEFORE_COMMIT, context.id, context.fence_token)
        connection.commit()
        reached(AFTER_COMMIT, context.id, context.fence_token)


def ended(event: JobSettled) -> None:
    if event.job.name != receipt.name and isinstance(event.outcome, Succeeded):
        reached(AFTER_END, event.job.id, event.job.fence)


app.events.subscribe(JobSettled, ended)


if __name__ == "__main__":
    app.run()
