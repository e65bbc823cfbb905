"""Opens connections to the file, and says in our words what SQLite complains about."""

import os
import random
import re
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from dawam.errors import RowRefusedError, StoreBusyError, StoreError, StoreUnavailableError

NETWORK_FILE_SYSTEMS = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ncpfs", "fuse.sshfs", "9p"})
"""Where file locks and shared memory do not do what WAL needs."""
MOUNTS = Path("/proc/self/mounts")
"""Which kind of file system is where, as Linux tells it."""
_ESCAPE = re.compile(r"\\([0-7]{3})")

PATIENCE = 30.0
"""Seconds that we wait for somebody else's lock before we say so."""
_SHORTEST_NAP, _LONGEST_NAP = 0.0001, 0.001


OLDEST_LIBRARY = (3, 38, 0)
"""The first SQLite with the operator `->>`."""


def check_place(path: Path) -> None:
    """Refuses, with the cure, a path where no database can live, and an SQLite that is too old to keep one."""
    if sqlite3.sqlite_version_info < OLDEST_LIBRARY:
        oldest = ".".join(map(str, OLDEST_LIBRARY))
        raise StoreUnavailableError(
            f"this Python's SQLite is {sqlite3.sqlite_version}, and jobs need {oldest} or newer: use a newer Python or "
            "system library, or another store"
        )
    try:
        is_folder = path.is_dir()
    except OSError as error:
        raise StoreUnavailableError(f"the store cannot be at {path}: {error.strerror}") from None
    if is_folder:
        raise StoreUnavailableError(f"the store's path {path} is a folder: name a file in it, as in {path}/dawam.db")
    folder = path.parent
    if not folder.is_dir():
        raise StoreUnavailableError(f"the folder {folder} of the store {path.name} does not exist: create it first")
    kind = _file_system(folder)
    if kind in NETWORK_FILE_SYSTEMS:
        raise StoreUnavailableError(
            f"{path} is on a network file system ({kind}), where SQLite cannot keep jobs safe: put it on a local "
            "disk, or use a database server"
        )
    if not os.access(folder, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise StoreUnavailableError(
            f"{path} cannot be written by this user: SQLite needs to write both the file and its folder {folder}"
        )


def file_identity(path: Path) -> tuple[int, int] | None:
    """Which file stands at the path: another one, or none, after it was removed or replaced."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def require_same_file(path: Path, opened: tuple[int, int] | None) -> None:
    """Refuses to write to a file that nobody will find again: SQLite itself would not notice."""
    if file_identity(path) != opened:
        raise StoreUnavailableError(
            f"{path} was removed or replaced while it was open, so nothing more is written to the old file: put it "
            "back (see docs/howto/backup.md), or start this process again to begin with what is there now"
        )


def connect(path: Path, *, synchronous: str, read_only: bool = False) -> sqlite3.Connection:
    """A connection in autocommit mode: transactions begin and end by our own statements only."""
    uri = f"file:{quote(os.fsencode(path))}?mode={'ro' if read_only else 'rwc'}"
    try:
        db = sqlite3.connect(
            uri, uri=True, timeout=0, isolation_level=None, check_same_thread=False, cached_statements=256
        )
    except sqlite3.Error as error:
        raise translated(error, path) from error
    try:
        _prepare(db, path, synchronous, read_only=read_only)
    except sqlite3.Error as error:
        db.close()
        raise translated(error, path) from error
    except BaseException:
        db.close()
        raise
    return db


def _prepare(db: sqlite3.Connection, path: Path, synchronous: str, *, read_only: bool) -> None:
    # the built-in busy handler starves whoever waits long; `begin` has a fairer one. While the file is being
    # switched to WAL, and for readers, it is good enough.
    db.execute(f"PRAGMA busy_timeout = {int(PATIENCE * 1000)}")
    if not read_only:
        mode = _switched_to_wal(db)
        if mode != "wal":
            raise StoreUnavailableError(f"{path} cannot be switched to write-ahead logging: it stays in {mode!r} mode")
        db.execute(f"PRAGMA synchronous = {synchronous}")
        db.execute("PRAGMA busy_timeout = 0")
        db.execute("PRAGMA wal_autocheckpoint = 4000")
    db.execute("PRAGMA temp_store = MEMORY")


def _switched_to_wal(db: sqlite3.Connection) -> str:
    """The mode that the file is in now.

    Of several processes that switch a new file together SQLite refuses some at once, whatever its busy handler would
    wait: both hold the lock for readers that the other one waits for.
    """
    began = time.monotonic()
    while True:
        try:
            return str(db.execute("PRAGMA journal_mode = WAL").fetchone()[0])
        except sqlite3.OperationalError as error:
            if not _is_busy(error) or time.monotonic() - began >= PATIENCE:
                raise
        time.sleep(random.uniform(_SHORTEST_NAP, _LONGEST_NAP))  # noqa: S311  (spreads load, guards nothing)


def begin(db: sqlite3.Connection, path: Path, patience: Callable[[], float]) -> bool:
    """Begins a write transaction, waiting fairly for the lock, for as many seconds as `patience` says at each try.

    Answers whether it had to wait for somebody.

    Short naps of random length that do not grow: somebody who waits long has the same chance at each release
    as somebody who just came, unlike with SQLite's own back-off.
    """
    began, had_to_wait = time.monotonic(), False
    while True:
        try:
            db.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            waited = time.monotonic() - began
            if not _is_busy(error) or waited >= patience():
                raise translated(error, path, waited) from error
        else:
            return had_to_wait
        had_to_wait = True
        time.sleep(random.uniform(_SHORTEST_NAP, _LONGEST_NAP))  # noqa: S311  (spreads load, guards nothing)


def translated(error: Exception, path: Path, waited: float = 0.0) -> Exception:
    """Our error for one of SQLite's; what is no fault of the place is given back as it is."""
    code = getattr(error, "sqlite_errorcode", None)
    primary = code & 0xFF if isinstance(code, int) else None
    if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreBusyError(
            f"{path} is locked by another transaction{f' (waited {waited:.0f} s)' if waited >= 1 else ''}. If it is "
            "your own, open on the same file while you enqueue: pass it as transaction=, or commit it first; if it is "
            "another program's, end it"
        )
    cure = _CURES.get(primary) if primary is not None else None
    if cure is not None:
        return StoreUnavailableError(f"{path}: {error}. {cure}")
    if isinstance(error, sqlite3.DataError | sqlite3.IntegrityError):
        return RowRefusedError(str(path), str(error))
    if isinstance(error, sqlite3.Error):
        return StoreError(f"{path}: {error}")
    return error


_CURES = {
    sqlite3.SQLITE_FULL: "The disk (or its quota) is full: free some space; nothing that was enqueued before is lost",
    sqlite3.SQLITE_READONLY: "It cannot be written: check the rights of the file and of its folder",
    sqlite3.SQLITE_CANTOPEN: "It cannot be opened: check that its folder exists and can be written",
    sqlite3.SQLITE_IOERR: "The disk failed to read or write: look at the system's log",
    sqlite3.SQLITE_NOTADB: "It is not an SQLite database: name another file",
    sqlite3.SQLITE_CORRUPT: "It is damaged: restore a backup (see docs/howto/backup.md)",
    sqlite3.SQLITE_PERM: "This user may not open it: check the rights of the file and of its folder",
}


def _is_busy(error: sqlite3.OperationalError) -> bool:
    return error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _file_system(folder: Path) -> str:
    """The kind of file system below a folder, or '' where the system does not tell."""
    try:
        mounts = MOUNTS.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    place = str(folder.resolve())
    best, kind = "", ""
    for line in mounts:
        _, escaped, found, *_ = line.split(" ")
        point = _ESCAPE.sub(lambda octal: chr(int(octal[1], 8)), escaped)  # a space stands there as \\040
        inside = place == point or place.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):
            best, kind = point, found
    return kind
