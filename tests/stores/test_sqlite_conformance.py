"""The SQLite store passes the suite."""

import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from dawam.clock import Clock
from dawam.stores.base import JobStore
from dawam.stores.sqlite.store import SqliteStore
from dawam.stores.sqlite.transaction import SqliteTransaction
from dawam.stores.transaction import Transaction
from dawam.stores.values import Retention
from dawam.testing.conformance.stores import StoreConformance


class TestSqliteStore(StoreConformance):
    async def new_place(self, folder: Path) -> None:
        self.path = folder / "jobs.db"

    def new_store(self, *, application: str, clock: Clock, retention: Retention) -> JobStore:
        return SqliteStore(self.path, application=application, clock=clock, retention=retention)

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Transaction]:
        connection = sqlite3.connect(self.path)
        try:
            with connection:
                yield SqliteTransaction(connection)
        finally:
            connection.close()
