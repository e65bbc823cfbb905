"""Where a crew works: a store with no jobs in it, a folder for what its processes write, and what the store says."""

import sqlite3
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import psycopg

from tests.support.postgres import PostgresServer

Rows = list[tuple[Any, ...]]


class Ground(Protocol):
    """One store."""

    stands: str
    """The state of an unfinished job, in SQL."""

    @property
    def folder(self) -> Path: ...

    @property
    def url(self) -> str: ...

    def rows(self, statement: str) -> Rows:
        """What is in it, by plain SQL, once it is known to be whole. Ids are bytes."""
        ...

    def execute(self, script: str) -> None:
        """What somebody else does to it, by plain SQL."""
        ...


class File:
    """A file for SQLite, in the folder."""

    stands = "state"

    def __init__(self, folder: Path, disk: Path | None = None) -> None:
        """With a disk, only the store is there."""
        self.folder, self.path = folder, (disk or folder) / "jobs.db"
        self.url = f"sqlite:///{self.path}"

    def rows(self, statement: str) -> Rows:
        with closing(sqlite3.connect(self.path)) as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            return db.execute(statement).fetchall()

    def execute(self, script: str) -> None:
        with closing(sqlite3.connect(self.path)) as db:
            db.executescript(script)


class Database:
    """A database on a PostgreSQL server."""

    stands = "CASE WHEN host IS NULL THEN place ELSE 'running' END"

    def __init__(self, folder: Path, url: str, words: str = "") -> None:
        """`words` are what stands in `Store.Url` behind the question mark."""
        self.folder, self._bare = folder, url
        self.url = f"{url}?{words}" if words else url

    def rows(self, statement: str) -> Rows:
        with psycopg.connect(self._bare) as db:
            return [tuple(map(_plain, row)) for row in db.execute(statement.encode()).fetchall()]

    def execute(self, script: str) -> None:
        with psycopg.connect(self._bare, autocommit=True) as db:
            db.execute(script.encode())


def _plain(value: Any) -> Any:
    return getattr(value, "bytes", value)


class Grounds:
    """New ones, as many as are wanted, each in a folder of its own: files, or databases of a server."""

    def __init__(self, folder: Path, server: PostgresServer | None = None) -> None:
        self._folder, self.server = folder, server
        self._numbers = count(1)

    def new(self) -> Ground:
        folder = self._folder / str(next(self._numbers))
        folder.mkdir()
        return File(folder) if self.server is None else Database(folder, self.server.new_database())
