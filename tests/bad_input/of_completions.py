"""Bad inputs: jobs that complete themselves in a transaction that cannot carry that, or that is not committed."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from dawam import App, JobCall, JobContext, Retry, injected
from tests.bad_input.case import BadInput, Provoke, Told
from tests.bad_input.provoking import refused
from tests.support.applications import running


def _running(act: Callable[[JobContext, Any, JobCall[None]], object], *, in_memory: bool = False) -> Provoke:
    """Runs a job that does something wrong with a connection to a file, and asks for its result."""

    async def provoke(folder: Path) -> Told:
        app = App(store="memory://" if in_memory else f"sqlite:///{folder / 'jobs.db'}")

        @app.job("shop.charge", retry=Retry.NEVER)
        def charge(context: JobContext = injected) -> None:
            with closing(sqlite3.connect(folder / "jobs.db")) as db:
                act(context, db, receipt.call())

        @app.job("shop.receipt")
        async def receipt() -> None: ...

        async with running(app):
            job = await charge.enqueue()
            return await refused(job.result)

    return provoke


def _complete(context: JobContext, db: Any, _: JobCall[None]) -> None:
    context.complete_in_sync(db)


def _complete_twice(context: JobContext, db: Any, _: JobCall[None]) -> None:
    context.complete_in_sync(db)
    context.complete_in_sync(db)


def _follow_up_too_late(context: JobContext, db: Any, receipt: JobCall[None]) -> None:
    context.complete_in_sync(db)
    context.enqueue_sync(receipt)


def _with_a_wrong_result(context: JobContext, db: Any, _: JobCall[None]) -> None:
    context.complete_in_sync(db, object())


COMPLETIONS = (
    BadInput(
        title="A job completes itself in a transaction that nobody commits",
        written="context.complete_in_sync(connection), and no connection.commit()",
        provoke=_running(_complete),
        how="JobFailedError",
        thing="'shop.charge'",
        problem="completed itself in a transaction that was not committed, and returned",
        cure="Commit after complete_in, or let what rolled it back be raised",
    ),
    BadInput(
        title="A job completes itself when its claim is not its own any more",
        written="context.complete_in_sync(connection), twice",
        provoke=_running(_complete_twice),
        how="JobFailedError",
        thing="shop.charge",
        problem="is not this attempt's any more: its host was taken for dead, or it was completed before",
        cure="let this error end it",
    ),
    BadInput(
        title="A job completes itself where jobs are kept in memory",
        written="context.complete_in_sync(connection), with memory://",
        provoke=_running(_complete, in_memory=True),
        how="JobFailedError",
        thing="memory",
        problem="has no transactional completion",
        cure="leave complete_in out and make the effect safe to repeat",
    ),
    BadInput(
        title="A follow-up after the completion",
        written="context.complete_in_sync(connection); context.enqueue_sync(receipt.call())",
        provoke=_running(_follow_up_too_late),
        how="JobFailedError",
        thing="shop.charge",
        problem="has completed itself in a transaction, which a follow-up cannot join any more",
        cure="enqueue it before complete_in, or with transaction= or now=True",
    ),
    BadInput(
        title="A completion with a result that cannot be stored",
        written="context.complete_in_sync(connection, object())",
        provoke=_running(_with_a_wrong_result),
        how="JobFailedError",
        thing="charge",
        problem="cannot be stored",
        cure="has no JSON form",
    ),
)
