"""SQLite: a place is a file in the folder of its run."""

import os
import shutil
import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from benchmarks.places.owned import left_behind, own_prefix
from benchmarks.places.place import Place
from benchmarks.places.wal_index import commit_count

_FILE, _KIND = "jobs.db", "kept"


class SqlitePlace:
    """One file; it is there once a measured program has made it."""

    servers = ()

    def __init__(self, file: Path, cache: Path) -> None:
        self.file, self._cache = file, cache

    @property
    def url(self) -> str:
        return f"sqlite:///{self.file}"

    def query(self, text: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(f"file:{self.file}?mode=ro", uri=True, timeout=5)) as db:
            return db.execute(text).fetchall()

    def execute(self, statement: str) -> None:
        with closing(sqlite3.connect(self.file, isolation_level=None, timeout=30)) as db:
            db.execute(statement)

    def flush(self) -> None:
        os.sync()

    def commits(self) -> int:
        return commit_count(self.file)

    def writes(self) -> int:
        return self.commits()  # the index of its log knows of nothing else

    @contextmanager
    def snapshot_held(self) -> Generator[None, None, None]:
        with closing(sqlite3.connect(self.file, isolation_level=None)) as db:
            db.execute("BEGIN")
            db.execute("SELECT count(*) FROM sqlite_master").fetchone()
            yield

    def keep(self, name: str) -> None:
        shutil.move(self.file, _kept(self._cache, name))

    def leave(self) -> None:
        """The file goes with the folder of its run."""


class SqlitePlaces:
    """Files below the cache; those that are kept lie in it themselves."""

    name = "SQLite"
    servers = ()

    def __init__(self, cache: Path) -> None:
        self._cache = cache

    @property
    def facts(self) -> dict[str, str]:
        return {"version": sqlite3.sqlite_version}

    def open(self) -> None:
        for left in left_behind(self._cache, _KIND):
            left.unlink()

    def close(self) -> None:
        for kept in self._cache.glob(f"{own_prefix(_KIND)}*"):
            kept.unlink()

    def new(self, folder: Path) -> Place:
        return SqlitePlace(folder / _FILE, self._cache)

    def is_kept(self, name: str) -> bool:
        return _kept(self._cache, name).exists()

    def copy(self, name: str, folder: Path) -> Place:
        shutil.copyfile(_kept(self._cache, name), folder / _FILE)
        return self.new(folder)


def _kept(cache: Path, name: str) -> Path:
    return cache / f"{own_prefix(_KIND)}{name}.db"
