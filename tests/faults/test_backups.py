"""Copies of the file, made by the book and against it: what is in them, and what is missing."""

import asyncio
import shutil
import signal
import sqlite3
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from uuid import UUID

import pytest

from dawam.clock import SystemClock
from dawam.errors import StoreUnavailableError
from dawam.jobs.state import StoredState
from dawam.stores.base import JobStore
from dawam.stores.sqlite.store import SqliteStore
from dawam.stores.values import JobFilter
from tests.faults.ground import File
from tests.faults.shops import Running, Shop
from tests.support.applications import until

EVERYTHING = JobFilter()


@asynccontextmanager
async def opened(path: Path) -> AsyncGenerator[SqliteStore, None]:
    store = SqliteStore(path, clock=SystemClock())
    await store.open(migrate=False)
    try:
        yield store
    finally:
        await store.close()


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop[SqliteStore]]:
    file = File(tmp_path)
    store = SqliteStore(file.path, clock=SystemClock())
    await store.open()
    shop = Shop(file, store)
    yield shop
    await shop.clear()
    await store.close()


class Writer:
    """A process that enqueues without end, and the ids of which it was told that they are stored."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.stored: list[UUID] = []
        self._listening = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        assert self.running.process.stdout is not None
        async for line in self.running.process.stdout:
            word, *rest = line.decode().split()
            if word == "enqueued" and len(rest) == 1 and len(rest[0]) == 36:
                self.stored.append(UUID(rest[0]))

    async def has_stored(self, count: int) -> None:
        async def enough() -> bool:
            return len(self.stored) >= count

        await until(enough, within=30.0)

    async def kill(self) -> None:
        self.running.signal(signal.SIGKILL)
        await self.running.ended()
        await self._listening


async def writers(shop: Shop[SqliteStore], count: int) -> list[Writer]:
    started = [Writer(await shop.run("write")) for _ in range(count)]
    for writer in started:
        await writer.has_stored(20)
    return started


def integrity(path: Path) -> str:
    with closing(sqlite3.connect(path)) as db:
        return str(db.execute("PRAGMA integrity_check").fetchone()[0])


async def all_ids(store: JobStore) -> set[UUID]:
    """Of every job that it holds."""
    found, bookmark = set[UUID](), None
    while True:
        look = await store.ids(EVERYTHING, 1_000_000, bookmark)
        found |= set(look.ids)
        bookmark = look.bookmark
        if bookmark is None:
            return found


async def test_a_backup_under_load_holds_every_job_that_was_stored_before_it_began(
    shop: Shop[SqliteStore], tmp_path: Path
) -> None:
    await shop.host()
    busy = await writers(shop, 2)
    copy = tmp_path / "copy.db"

    before = [job_id for writer in busy for job_id in writer.stored]
    await shop.store.backup(copy)
    after_count = sum(len(writer.stored) for writer in busy)
    for writer in busy:
        await writer.has_stored(len(writer.stored) + 20)  # they go on
    for writer in busy:
        await writer.kill()

    assert integrity(copy) == "ok"
    async with opened(copy) as restored:
        kept = await all_ids(restored)
    assert set(before) <= kept
    assert after_count >= len(before)


async def test_a_restored_backup_goes_on_where_it_was_made(shop: Shop[SqliteStore], tmp_path: Path) -> None:
    """What was enqueued later is gone, what ended later runs again: as the page on backups says."""
    waiting = await shop.enqueue("greet")
    copy = tmp_path / "copy.db"
    await shop.store.backup(copy)
    later = await shop.enqueue("greet")
    host = await shop.host()
    await shop.becomes(waiting, StoredState.SUCCEEDED)
    host.signal(signal.SIGTERM)
    await host.ended()
    await shop.store.close()
    for ending in ("", "-wal", "-shm"):
        (tmp_path / f"jobs.db{ending}").unlink(missing_ok=True)
    shutil.copy(copy, tmp_path / "jobs.db")
    await shop.store.open()

    assert await shop.store.get(later) is None
    await (await shop.host()).says("greet Amal")
    assert (await shop.becomes(waiting, StoredState.SUCCEEDED)).result == '"Hello Amal"'


async def test_a_file_that_is_moved_with_the_log_of_a_killed_process_loses_nothing(
    shop: Shop[SqliteStore], tmp_path: Path
) -> None:
    writer = await _killed_writer(shop)
    new = tmp_path / "new"
    new.mkdir()
    for ending in ("", "-wal"):
        shutil.copy(tmp_path / f"jobs.db{ending}", new / f"jobs.db{ending}")

    async with opened(new / "jobs.db") as moved:
        assert set(writer.stored) <= await all_ids(moved)
    assert integrity(new / "jobs.db") == "ok"


async def test_without_its_log_a_moved_file_lacks_the_last_jobs(shop: Shop[SqliteStore], tmp_path: Path) -> None:
    """Why the page on backups says to copy the log along: nothing complains about its absence."""
    await shop.store.close()  # the last one out folds the log with the tables into the file
    await shop.store.open()
    writer = await _killed_writer(shop)
    new = tmp_path / "new.db"
    shutil.copy(tmp_path / "jobs.db", new)

    async with opened(new) as moved:
        assert not set(writer.stored) <= await all_ids(moved)
    assert integrity(new) == "ok"


async def test_whoever_has_the_file_open_while_it_is_moved_notices_and_writes_nothing_more(
    shop: Shop[SqliteStore],
    tmp_path: Path,
) -> None:
    job_id = await shop.enqueue("greet")
    (tmp_path / "jobs.db").rename(tmp_path / "moved.db")

    with pytest.raises(StoreUnavailableError, match="was removed or replaced while it was open"):
        await shop.store.delete(job_id)

    (tmp_path / "moved.db").rename(tmp_path / "jobs.db")
    assert await shop.store.delete(job_id)


async def _killed_writer(shop: Shop[SqliteStore]) -> Writer:
    """A writer that was killed in the middle, with nobody left who would fold the log into the file."""
    [writer] = await writers(shop, 1)
    async with asyncio.timeout(10):
        await shop.store.close()  # the writer still has it open: the log stays
    await writer.kill()
    assert (shop.folder / "jobs.db-wal").stat().st_size > 0
    return writer
