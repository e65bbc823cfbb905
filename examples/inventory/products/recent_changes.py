"""The last few changes of stock, as this process saw them: for a page that shows what is going on."""

from collections import deque

from examples.inventory.products.events import ProductStockChanged

_KEPT = 50


class RecentChanges:
    """A short memory, newest first."""

    def __init__(self) -> None:
        self._changes = deque[ProductStockChanged](maxlen=_KEPT)

    def add(self, change: ProductStockChanged) -> None:
        self._changes.appendleft(change)

    def latest(self) -> list[ProductStockChanged]:
        """What it remembers."""
        return list(self._changes)
