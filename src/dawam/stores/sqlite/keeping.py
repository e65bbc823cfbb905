"""The keeper of the file: its size, a copy of it while others write, and its unused pages given back."""

import asyncio
import os
import sqlite3
import stat
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import TypeVar

from dawam.clock import from_microseconds
from dawam.errors import StoreBusyError, StoreError, StoreUnavailableError
from dawam.stores.keeper import Doubt, Progress, StoreStats, VacuumReport
from dawam.stores.sql import reading
from dawam.stores.sql.place import Place
from dawam.stores.sqlite import migrations
from dawam.stores.sqlite.connection import connect, translated
from dawam.stores.sqlite.database import SqliteDatabase
from dawam.stores.sqlite.statements import SQL

T = TypeVar("T")
_PAGES_AT_A_TIME = 2_000
"""Of a copy: between two of them it tells how far it is, and can be stopped."""
_WEAK = ("NORMAL", "OFF")
_STEPS = 100_000
"""Of SQLite's machine, between two looks at whether it is to stop."""


async def stoppable(work: Callable[[Callable[[], bool]], T]) -> T:
    """Does long work in a thread. When the caller is cancelled the work is told to stop, and cleans up first."""
    stop = threading.Event()
    working = asyncio.create_task(asyncio.to_thread(work, stop.is_set))
    try:
        return await asyncio.shield(working)
    except asyncio.CancelledError:
        stop.set()
        with suppress(Exception):
            await working
        raise


def stats(db: SqliteDatabase, place: Place, path: Path, synchronous: str) -> StoreStats:
    page_size, _, unused = _pages(db.connection)
    oldest_due, oldest_finished = db.execute("oldest", (place.application,)).fetchone()
    attempt_count, logged_count = db.execute("count_attempts", (place.application,)).fetchone()
    worker_count, tick_count = db.execute("count_workers", (place.application,)).fetchone()
    (mode,) = db.connection.execute("PRAGMA journal_mode").fetchone()
    return StoreStats(
        counts=reading.counts(db, place, None),
        attempt_count=attempt_count,
        logged_count=logged_count,
        worker_count=worker_count,
        tick_count=tick_count,
        oldest_due_at=None if oldest_due is None else from_microseconds(oldest_due),
        oldest_finished_at=None if oldest_finished is None else from_microseconds(oldest_finished),
        schema=migrations.check(db.connection, path),
        size=_size(path),
        log_size=_size(_beside(path, "-wal")),
        unused_size=unused * page_size,
        other_applications=tuple(name for (name,) in db.execute("other_applications", (place.application,))),
        settings={
            "journal mode": mode,
            "synchronous": synchronous,
            "page size": str(page_size),
            "SQLite": sqlite3.sqlite_version,
        },
        durability_doubts=() if synchronous not in _WEAK else (_weak(synchronous),),
    )


def _weak(synchronous: str) -> Doubt:
    text = f"synchronous is {synchronous}: a power failure can take the last commits"
    return Doubt(text, "leave `synchronous` out of Store.Url")


def vacuum(path: Path, patience: float, stopped: Callable[[], bool]) -> VacuumReport:
    """SQLite builds the file anew in its folder for temporary files, and writes the result back through the log."""
    db = connect(path, synchronous="FULL")
    with closing(db):
        page_size, count, unused = _pages(db)
        needed = (count - unused) * page_size
        _require_space([(path.parent, needed), (_temporary_folder(), needed)], f"vacuuming {path}")
        db.execute("PRAGMA temp_store = FILE")  # the copy may be larger than memory
        db.execute(f"PRAGMA busy_timeout = {int(patience * 1000)}")
        db.set_progress_handler(stopped, _STEPS)
        try:
            db.execute("VACUUM")
        except sqlite3.Error as error:
            told = translated(error, path, patience)
            if isinstance(told, StoreBusyError):
                raise StoreBusyError(f"{told}. Nothing was changed: try again when less is going on") from error
            raise told from error
        db.set_progress_handler(None, 0)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        _, count_after, _ = _pages(db)
    return VacuumReport(size_before=count * page_size, size_after=count_after * page_size)


def backup(path: Path, target: Path, replace: bool, progress: Progress | None, stopped: Callable[[], bool]) -> int:
    """The copy is made under another name, checked, and only then put in its place."""
    target = target.absolute()
    _require_free_name(path, target, replace)
    _require_space([(target.parent, _size(path) + _size(_beside(path, "-wal")))], f"a copy of {path}")
    handle, part = _temporary_file(target)
    try:
        try:
            _copy(path, part, progress, stopped)
        except sqlite3.Error as error:
            raise translated(error, target) from error
        part.chmod(stat.S_IMODE(path.stat().st_mode))
        os.fsync(handle)
        part.replace(target)
        _make_name_durable(target.parent)
    finally:
        os.close(handle)
        part.unlink(missing_ok=True)
    return _size(target)


def _make_name_durable(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _copy(path: Path, part: Path, progress: Progress | None, stopped: Callable[[], bool]) -> None:
    def told(_: int, left: int, total: int) -> None:
        if stopped():
            raise StoreError(f"the copy of {path} was stopped")
        if progress is not None:
            progress(total - left, total)

    source = connect(path, synchronous="FULL", read_only=True)
    with closing(source), closing(sqlite3.connect(part, isolation_level=None)) as copy:
        # a read transaction of our own holds one moment of the file for all steps; without it each commit of another
        # process would begin the copy anew, and under steady load it would never end. Nobody waits for a reader.
        source.execute("BEGIN")
        source.execute(SQL["schema_table"]).fetchone()
        source.backup(copy, pages=_PAGES_AT_A_TIME, progress=told, sleep=0)
        copy.set_progress_handler(stopped, _STEPS)
        (verdict,) = copy.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise StoreError(
                f"the copy of {path} does not pass SQLite's check ({verdict}), so it was not kept: {path} "
                "itself may be damaged; look at it with PRAGMA integrity_check"
            )


def _require_free_name(path: Path, target: Path, replace: bool) -> None:
    if target.is_dir():
        raise StoreError(f"{target} is a folder: name a file in it, as in {target}/{path.name}")
    if not target.parent.is_dir():
        raise StoreError(f"the folder {target.parent} of the copy does not exist: create it first")
    if not target.exists():
        return
    if target.samefile(path):
        raise StoreError(f"{target} is the store itself: name another file for the copy")
    if not replace:
        raise StoreError(f"{target} is there already: name another file, or say --force to replace it")
    if _beside(target, "-wal").exists():
        raise StoreError(
            f"{target} is a database in use, or was not closed ({target.name}-wal stands beside it), and a copy in "
            "its place would be damaged by that: name another file"
        )


def _require_space(needs: list[tuple[Path, int]], purpose: str) -> None:
    """Refuses before the work begins what would fail in the middle of it."""
    by_device: dict[int, tuple[Path, int]] = {}
    for folder, size in needs:
        first, sum_before = by_device.get(folder.stat().st_dev, (folder, 0))
        by_device[folder.stat().st_dev] = (first, sum_before + size)
    for folder, size in by_device.values():
        disk = os.statvfs(folder)
        free = disk.f_bavail * disk.f_frsize
        if free < size:
            raise StoreUnavailableError(
                f"{purpose} needs {_megabytes(size)} of free disk space at {folder}, where {_megabytes(free)} are "
                "left: free some first; nothing was changed"
            )


def _temporary_folder() -> Path:
    """Where SQLite puts its temporary files, unless a variable of the environment says otherwise."""
    return next(folder for folder in _TEMPORARY_FOLDERS if os.access(folder, os.W_OK))


_TEMPORARY_FOLDERS = tuple(map(Path, ("/var/tmp", "/usr/tmp", "/tmp", ".")))  # noqa: S108  (nothing is written there)


def _temporary_file(target: Path) -> tuple[int, Path]:
    part = target.with_name(f".{target.name}-{os.urandom(4).hex()}.part")
    try:
        return os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), part
    except OSError as error:
        raise StoreUnavailableError(
            f"no file can be made in {target.parent} ({error.strerror}): check its rights, or name another folder"
        ) from error


def _pages(db: sqlite3.Connection) -> tuple[int, int, int]:
    """The size of a page, how many there are, and how many of them hold nothing."""
    page_size, count, unused = (db.execute(f"PRAGMA {name}").fetchone()[0] for name in _PAGE_PRAGMAS)
    return page_size, count, unused


_PAGE_PRAGMAS = ("page_size", "page_count", "freelist_count")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:,.1f} MB"
