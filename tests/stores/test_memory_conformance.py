"""The in-memory store passes the suite."""

from pathlib import Path

from dawam.clock import Clock
from dawam.stores.base import JobStore
from dawam.stores.memory import MemoryShelf, MemoryStore
from dawam.stores.values import Retention
from dawam.testing.conformance.stores import StoreConformance


class TestMemoryStore(StoreConformance):
    async def new_place(self, folder: Path) -> None:
        self.shelf = MemoryShelf()

    def new_store(self, *, application: str, clock: Clock, retention: Retention) -> JobStore:
        return MemoryStore(application=application, clock=clock, retention=retention, shelf=self.shelf)
