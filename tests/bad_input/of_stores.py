"""Bad inputs: places where no jobs can be kept, and stores that cannot take one now."""

import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager, closing, nullcontext
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

from dawam.clock import Clock
from dawam.stores.base import JobStore, StoreOptions
from dawam.stores.sqlite import store as sqlite_store
from dawam.stores.sqlite.connection import connect
from dawam.stores.sqlite.store import SqliteStore
from dawam.stores.values import Retention
from tests.bad_input.case import BadInput, Provoke, Told
from tests.bad_input.provoking import nobody_special, refused, typing
from tests.bad_input.shop import ShipOrderArgs, ShipOrderJob, Shop, open_shop

LARGE = ShipOrderArgs(1, note="x" * 100_000)


def _opening(
    prepare: Callable[[Path], object], user: Callable[[], AbstractContextManager[None]] = nullcontext
) -> Provoke:
    """Opens the shop in a folder in which something is wrong."""

    async def provoke(folder: Path) -> Told:
        prepare(folder)

        async def act() -> None:
            async with open_shop(folder):
                """It opened."""

        with user():
            return await refused(act)

    return provoke


async def refused_for_want_of_space(shop: Shop) -> Told:
    """What a large job is told; nothing of it is stored, and what was there before is not lost."""
    there_before = shop.stored()
    told = await refused(lambda: shop.app.jobs.enqueue(ShipOrderJob, LARGE))
    assert shop.stored() == there_before
    return told


async def _full(folder: Path) -> Told:
    """The file may not grow any more, of which SQLite says what it says of a full disk."""
    async with open_shop(folder) as shop:
        await shop.app.jobs.enqueue(ShipOrderJob, ShipOrderArgs(1))

    def stingy(path: Path, *, synchronous: str, read_only: bool = False) -> sqlite3.Connection:
        db = connect(path, synchronous=synchronous, read_only=read_only)
        (page_count,) = db.execute("PRAGMA page_count").fetchone()
        db.execute(f"PRAGMA max_page_count = {page_count + 2}")
        return db

    with patch.object(sqlite_store, "connect", stingy):
        async with open_shop(folder) as shop:
            return await refused_for_want_of_space(shop)


async def _locked(folder: Path) -> Told:
    """Somebody holds the lock for longer than we are patient; usually that is half a minute."""

    def impatient(_: StoreOptions, clock: Clock, retention: Retention) -> JobStore:
        return SqliteStore(folder / "jobs.db", clock=clock, retention=retention, patience=timedelta(milliseconds=50))

    async with open_shop(folder, store=impatient) as shop:
        with closing(sqlite3.connect(shop.path, isolation_level=None)) as somebody:
            somebody.execute("BEGIN IMMEDIATE")
            told = await refused(lambda: shop.app.jobs.enqueue(ShipOrderJob, ShipOrderArgs(1)))
        assert shop.stored() == 0
    return told


def _newer_tables(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "jobs.db")) as db:
        db.executescript(
            "CREATE TABLE dawam_schema (version INTEGER, minimum_code_version INTEGER);"
            "INSERT INTO dawam_schema VALUES (1000, 999)"
        )


_ON_A_FILE = ("jobs", "list", "--store", "sqlite:///jobs.db")

CASES = (
    BadInput(
        title="Somebody else holds the database's lock",
        written="another program leaves BEGIN IMMEDIATE open",
        provoke=_locked,
        how="StoreBusyError",
        thing="/jobs.db",
        problem="is locked by another transaction",
        cure="pass it as transaction=, or commit it first; if it is another program's, end it",
    ),
    BadInput(
        title="The disk is full",
        written="await jobs.enqueue(...)",
        provoke=_full,
        how="StoreUnavailableError",
        thing="/jobs.db",
        problem="database or disk is full",
        cure="free some space; nothing that was enqueued before is lost",
    ),
    BadInput(
        title="The folder of the store may not be written",
        written="chmod 555 folder",
        provoke=_opening(lambda folder: folder.chmod(0o555), nobody_special),
        how="StoreUnavailableError",
        thing="/jobs.db",
        problem="cannot be written by this user",
        cure="SQLite needs to write both the file and its folder",
    ),
    BadInput(
        title="The folder of the store does not exist",
        written="sqlite:///data/jobs.db",
        provoke=typing("store", "migrate", "--store", "sqlite:///data/jobs.db"),
        how="exit code 1",
        thing="/data",
        problem="does not exist",
        cure="create it first",
    ),
    BadInput(
        title="The path of the store is a folder",
        written="mkdir jobs.db",
        provoke=_opening(lambda folder: (folder / "jobs.db").mkdir()),
        how="StoreUnavailableError",
        thing="/jobs.db",
        problem="is a folder",
        cure="name a file in it",
    ),
    BadInput(
        title="The file of the store is no database",
        written="sqlite:///jobs.db, which holds a letter",
        provoke=_opening(lambda folder: (folder / "jobs.db").write_text("Dear Amal, " * 100, encoding="utf-8")),
        how="StoreUnavailableError",
        thing="/jobs.db",
        problem="file is not a database",
        cure="name another file",
    ),
    BadInput(
        title="The tables are of a newer Dawam",
        written="sqlite:///jobs.db, migrated by a newer version",
        provoke=_opening(_newer_tables),
        how="SchemaError",
        thing="/jobs.db",
        problem="need code that knows version 999",
        cure="upgrade it",
    ),
    BadInput(
        title="There is no store yet",
        written="dawam jobs list --store sqlite:///jobs.db",
        provoke=typing(*_ON_A_FILE),
        how="exit code 1",
        thing="/jobs.db",
        problem="there is no store at",
        cure="run `dawam store migrate` to create it",
    ),
    BadInput(
        title="Another process cannot see jobs in memory",
        written="dawam jobs list --store memory://",
        provoke=typing("jobs", "list", "--store", "memory://"),
        how="exit code 1",
        thing="memory",
        problem="its jobs are seen only by the process that holds them",
        cure="use sqlite:///dawam.db to look at them from here",
    ),
)
