"""A worker without a timer: it sleeps until the stock of a product changes."""

import asyncio

from dawam import BackgroundWorker, LocalEventBus
from dawam.events.bus import Subscription
from dawam.unit_of_work import current_unit_of_work
from examples.inventory.products.events import ProductStockChanged
from examples.inventory.products.recent_changes import RecentChanges


class StockChangeWatcher(BackgroundWorker):
    """Waits for `ProductStockChanged` and keeps the list of recent changes, as long as the process runs."""

    def __init__(self, events: LocalEventBus, recent: RecentChanges) -> None:
        self._events = events
        self._recent = recent
        self._heard = asyncio.Queue[ProductStockChanged]()
        self._subscription: Subscription | None = None
        self._watching: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._subscription = self._events.subscribe(ProductStockChanged, self._hear)
        self._watching = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        if self._subscription is not None:
            self._subscription.close()
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.wait([self._watching])

    async def _hear(self, event: ProductStockChanged) -> None:
        """Events are handled before their unit of work commits: only what was committed has happened."""
        unit = current_unit_of_work()
        if unit is None:
            await self._heard.put(event)
        else:
            unit.after_commit(lambda: self._heard.put(event))

    async def _watch(self) -> None:
        while True:
            self._recent.add(await self._heard.get())
