"""Bad inputs: jobs that are enqueued where that cannot be: not open, on a running loop, in a wrong transaction."""

import asyncio
import gc
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import aiosqlite

from dawam import App
from dawam.clock import Clock
from dawam.stores.base import JobStore, StoreOptions
from dawam.stores.memory import MemoryStore
from dawam.stores.values import Retention
from tests.bad_input.case import BadInput, Provoke, Told
from tests.bad_input.provoking import LogLines, enqueueing, refused
from tests.bad_input.shop import ShipOrderArgs, ShipOrderJob, Shop, ShopModule, open_shop

_ORDER = ShipOrderArgs(1)


async def _closed(folder: Path) -> Told:
    app = App(ShopModule, store=f"sqlite:///{folder}/jobs.db")

    async def act() -> None:
        await app.jobs.enqueue(ShipOrderJob, _ORDER)

    told = await refused(act)
    assert not (folder / "jobs.db").exists()
    return told


async def _closed_meanwhile(folder: Path) -> Told:
    async with open_shop(folder) as shop:
        jobs = shop.app.jobs
    told = await refused(lambda: jobs.enqueue(ShipOrderJob, _ORDER))
    assert shop.stored() == 0
    return told


async def _function_of_a_closed_application(folder: Path) -> Told:
    app = App(store=f"sqlite:///{folder}/jobs.db")

    @app.job("shop.greet")
    async def greet(name: str) -> None: ...

    async def act() -> None:
        await greet.enqueue("Amal")

    return await refused(act)


async def _never_awaited(folder: Path) -> Told:
    async with open_shop(folder) as shop:
        with LogLines("dawam.jobs") as lines:
            shop.app.jobs.enqueue(ShipOrderJob, _ORDER)  # type: ignore[unused-coroutine]
            gc.collect()
        assert shop.stored() == 0
    [told] = lines.told
    return told


async def _blocking(shop: Shop) -> None:
    shop.app.sync.enqueue(ShipOrderJob, _ORDER)


PLACES = (
    BadInput(
        title="The application is not open",
        written="await app.jobs.enqueue(...) before `async with app:`",
        provoke=_closed,
        how="NotRunningError",
        thing="the application",
        problem="is not open",
        cure="use it inside `async with app:` (or app.sync in blocking code)",
    ),
    BadInput(
        title="The application was closed meanwhile",
        written="await jobs.enqueue(...) after `async with app:`",
        provoke=_closed_meanwhile,
        how="NotRunningError",
        thing="/jobs.db",
        problem="is not open",
        cure="open the application first (async with app)",
    ),
    BadInput(
        title="A function job of an application that is not open",
        written='await greet.enqueue("Amal")',
        provoke=_function_of_a_closed_application,
        how="NotRunningError",
        thing="'shop.greet'",
        problem="its application is not open",
        cure="open it with `async with app:` around this call",
    ),
    BadInput(
        title="A blocking enqueue on a running event loop",
        written="app.sync.enqueue(...) in an `async def`",
        provoke=enqueueing(_blocking),
        how="NotRunningError",
        thing="app.sync.enqueue",
        problem="was called on a running event loop, which it would stop",
        cure="await app.jobs.enqueue(...) there instead",
    ),
    BadInput(
        title="An enqueue that nobody awaits",
        written="jobs.enqueue(...) without `await`",
        provoke=_never_awaited,
        how="log line of dawam.jobs, ERROR",
        thing="ShipOrderJob",
        problem="its enqueue was never awaited",
        cure="write `await ...enqueue(...)`",
    ),
)


def _in_transaction_of(connect: Callable[[Shop], sqlite3.Connection]) -> Provoke:
    """Enqueues inside the transaction of a connection of the caller's own."""

    async def inside(shop: Shop) -> None:
        with closing(connect(shop)) as db:
            await shop.app.jobs.enqueue(ShipOrderJob, _ORDER, transaction=db)

    return enqueueing(inside)


def _in(transaction: object) -> Provoke:
    return enqueueing(lambda shop: shop.app.jobs.enqueue(ShipOrderJob, _ORDER, transaction=transaction))


async def _asynchronous_in_blocking_code(folder: Path) -> Told:
    async with open_shop(folder) as shop, aiosqlite.connect(shop.path) as db:

        async def act() -> None:
            await asyncio.to_thread(lambda: shop.app.sync.enqueue(ShipOrderJob, _ORDER, transaction=db))

        told = await refused(act)
        assert shop.stored() == 0
    return told


async def _in_memory(folder: Path) -> Told:
    async with open_shop(folder, store=_memory) as shop:
        with closing(sqlite3.connect(folder / "shop.db")) as db:
            return await refused(lambda: shop.app.jobs.enqueue(ShipOrderJob, _ORDER, transaction=db))


def _memory(options: StoreOptions, clock: Clock, retention: Retention) -> JobStore:
    return MemoryStore(application=options.application, clock=clock, retention=retention)


TRANSACTIONS = (
    BadInput(
        title="A transaction on another database",
        written='transaction=sqlite3.connect("shop.db")',
        provoke=_in_transaction_of(lambda shop: sqlite3.connect(shop.path.with_name("shop.db"))),
        how="TransactionError",
        thing="/shop.db, and jobs are kept in",
        problem="only a transaction on the job store's own database can carry a job",
        cure="Leave transaction= out, or keep the jobs beside your data (Store.Url)",
    ),
    BadInput(
        title="A transaction of an unknown kind",
        written='transaction={"host": "server"}',
        provoke=_in({"host": "server"}),
        how="TransactionError",
        thing="builtins.dict",
        problem="which is no connection or session of a known kind",
        cure="pass the object on which your own statements run",
    ),
    BadInput(
        title="A connection that commits by itself",
        written="transaction=sqlite3.connect(..., isolation_level=None)",
        provoke=_in_transaction_of(lambda shop: sqlite3.connect(shop.path, isolation_level=None)),
        how="TransactionError",
        thing="the connection passed as transaction=",
        problem="has no open transaction, so the job would not share the fate of your data",
        cure="execute BEGIN first, or leave transaction= out",
    ),
    BadInput(
        title="An asynchronous connection in blocking code",
        written="app.sync.enqueue(..., transaction=<aiosqlite.Connection>)",
        provoke=_asynchronous_in_blocking_code,
        how="TransactionError",
        thing="Connection",
        problem="in blocking code",
        cure="await app.jobs.enqueue(...) where that transaction lives",
    ),
    BadInput(
        title="A transaction where jobs are kept in memory",
        written="transaction=db, with memory://",
        provoke=_in_memory,
        how="NotSupportedError",
        thing="memory",
        problem="has no",
        cure="leave transaction= out and enqueue after your commit",
    ),
)


async def _result_deleted(folder: Path) -> Told:
    async with open_shop(folder, settings={"BackgroundJobs.StoreSuccessfulJobs": False}) as shop:
        job = await shop.app.jobs.enqueue(ShipOrderJob, _ORDER)
        return await refused(job.result)


async def _result_uncommitted(folder: Path) -> Told:
    async with open_shop(folder) as shop:
        with closing(sqlite3.connect(shop.path)) as db:
            db.execute("BEGIN")
            job = await shop.app.jobs.enqueue(ShipOrderJob, _ORDER, transaction=db)
            told = await refused(job.result)
        assert shop.stored() == 0
    return told


async def _result_late(folder: Path) -> Told:
    async with open_shop(folder) as shop:
        job = await shop.app.jobs.enqueue(ShipOrderJob, _ORDER)
        return await refused(lambda: job.result(within=timedelta(milliseconds=10)))


RESULTS = (
    BadInput(
        title="The result of a job that is deleted when it succeeds",
        written="await job.result(), with StoreSuccessfulJobs = false",
        provoke=_result_deleted,
        how="ResultNotKeptError",
        thing="(a job's id)",
        problem="is not kept: jobs that succeed are deleted",
        cure="Set BackgroundJobs.StoreSuccessfulJobs to true to await results",
    ),
    BadInput(
        title="The result of a job that is not committed yet",
        written="await job.result() inside the transaction that enqueued it",
        provoke=_result_uncommitted,
        how="ResultNotKeptError",
        thing="(a job's id)",
        problem="if it was enqueued inside a transaction",
        cure="commit that first",
    ),
    BadInput(
        title="A result that does not come in time",
        written="await job.result(within=timedelta(milliseconds=10))",
        provoke=_result_late,
        how="ResultTimeoutError",
        thing="(a job's id)",
        problem="did not finish within",
        cure="Wait longer, or look at it with `dawam jobs show (a job's id)`: is there a host that runs it?",
    ),
)
