"""The SQLite store passes the suite."""

from pathlib import Path

from dawam.clock import Clock
from dawam.stores.base import JobStore, Retention
from dawam.stores.sqlite.store import SqliteStore
from dawam.testing.conformance.stores import StoreConformance


class TestSqliteStore(StoreConformance):
    async def new_place(self, folder: Path) -> None:
        self.path = folder / "jobs.db"

    def new_store(self, *, application: str, clock: Clock, retention: Retention) -> JobStore:
        return SqliteStore(self.path, application=application, clock=clock, retention=retention)
