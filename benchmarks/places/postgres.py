"""PostgreSQL: a place is a database on the server that is measured."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from benchmarks.places.place import Place, PlaceMissingError
from benchmarks.places.postgres_server import PostgresServer, first_process, start_server

_SETTINGS = (
    "fsync",
    "synchronous_commit",
    "wal_sync_method",
    "full_page_writes",
    "shared_buffers",
    "max_wal_size",
    "autovacuum",
    "jit",
    "ssl",
)


class PostgresPlace:
    """One database."""

    def __init__(self, server: "_Administration", name: str) -> None:
        self._server, self.name = server, name
        self._connection: psycopg.Connection[Any] | None = None

    @property
    def url(self) -> str:
        return self._server.url_of(self.name)

    @property
    def servers(self) -> tuple[int, ...]:
        return (self._server.process,)

    def query(self, text: str) -> list[tuple[Any, ...]]:
        return self._connected().execute(text).fetchall()

    def execute(self, statement: str) -> None:
        self._connected().execute(statement)

    def flush(self) -> None:
        self.execute("ANALYZE")
        self.execute("CHECKPOINT")
        self._disconnect()  # what it did is counted when it ends, or seconds later

    def commits(self) -> int:
        return self._server.activity(self.name, "xact_commit + xact_rollback")

    def writes(self) -> int:
        return self._server.activity(self.name, "tup_inserted + tup_updated + tup_deleted")

    @contextmanager
    def snapshot_held(self) -> Generator[None, None, None]:
        with psycopg.connect(self.url) as other:
            other.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            other.execute("SELECT count(*) FROM pg_class")
            yield

    def keep(self, name: str) -> None:
        self._disconnect()
        self._server.rename(self.name, self._server.kept(name))

    def leave(self) -> None:
        self._disconnect()
        self._server.drop(self.name)

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _connected(self) -> "psycopg.Connection[Any]":
        if self._connection is None:
            self._connection = psycopg.connect(self.url, autocommit=True)
        return self._connection


class _Administration:
    """A connection that makes and removes databases, and looks at them from outside."""

    def __init__(self, server: PostgresServer) -> None:
        self.server = server
        self._connection = psycopg.connect(server.url, autocommit=True)
        self.process = first_process(self._connection)
        self._prefix = f"dawam_bench_{os.getpid()}"
        self._numbers = count(1)

    def url_of(self, database: str) -> str:
        return urlsplit(self.server.url)._replace(path=f"/{database}").geturl()

    def kept(self, name: str) -> str:
        return f"{self._prefix}_kept_{name.replace('-', '_')}"

    def create(self, like: str = "") -> str:
        """A new database, empty or a copy of another; answers its name."""
        name, copied = f"{self._prefix}_{next(self._numbers)}", f" TEMPLATE {like} STRATEGY file_copy" if like else ""
        self._connection.execute(f"CREATE DATABASE {name}{copied}")
        return name

    def exists(self, name: str) -> bool:
        return name in self._names()

    def rename(self, name: str, other: str) -> None:
        self._connection.execute(f"ALTER DATABASE {name} RENAME TO {other}")

    def drop(self, name: str) -> None:
        self._connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def show(self, setting: str) -> str:
        return str(self._one(f"SHOW {setting}"))

    def activity(self, database: str, counters: str) -> int:
        return int(self._one(f"SELECT {counters} FROM pg_stat_database WHERE datname = '{database}'"))

    def close(self) -> None:
        """Drops all that was made, and stops the server if it is ours."""
        for name in self._names():
            if name.startswith(f"{self._prefix}_"):
                self.drop(name)
        self._connection.close()
        self.server.stop()

    def _names(self) -> list[str]:
        return [name for (name,) in self._connection.execute("SELECT datname FROM pg_database").fetchall()]

    def _one(self, query: str) -> Any:
        row = self._connection.execute(query).fetchone()
        assert row is not None, query
        return row[0]


class PostgresPlaces:
    """Databases on one server, which is started when they are asked for."""

    name = "PostgreSQL"

    def __init__(self, cache: Path) -> None:
        self._cache = cache
        self._opened: _Administration | None = None

    @property
    def servers(self) -> tuple[int, ...]:
        return () if self._opened is None else (self._opened.process,)

    @property
    def facts(self) -> dict[str, str]:
        return {name: self._server.show(name) for name in ("server_version", *_SETTINGS)}

    def open(self) -> None:
        server = start_server(self._cache)
        try:
            self._opened = _Administration(server)
        except BaseException as error:
            server.stop()
            if isinstance(error, psycopg.Error):
                raise PlaceMissingError(str(error)) from error
            raise

    def close(self) -> None:
        opened, self._opened = self._opened, None
        if opened is not None:
            opened.close()

    def new(self, folder: Path) -> Place:  # noqa: ARG002  (where its server keeps it is none of our business)
        return PostgresPlace(self._server, self._server.create())

    def is_kept(self, name: str) -> bool:
        return self._server.exists(self._server.kept(name))

    def copy(self, name: str, folder: Path) -> Place:  # noqa: ARG002
        return PostgresPlace(self._server, self._server.create(like=self._server.kept(name)))

    @property
    def _server(self) -> _Administration:
        assert self._opened is not None, "it is not open"
        return self._opened
