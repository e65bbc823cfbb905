"""The worker without a timer: it waits for changes of stock, and knows only those that were committed."""

import asyncio
from contextlib import closing
from uuid import uuid4

import pytest

from dawam import LocalEventBus
from dawam.testing import AppHarness
from examples.inventory.products.events import ProductStockChanged
from examples.inventory.products.recent_changes import RecentChanges
from examples.inventory.products.repository import UnknownProductError
from examples.inventory.products.workers.stock_change_watcher import StockChangeWatcher
from examples.inventory.tests.shelf import CHAIR, CHAIR_ID, TEA, change_stock, order


async def seen(recent: RecentChanges) -> list[tuple[str, int]]:
    """What the watcher remembers, once it has had its turn on the loop."""
    await asyncio.sleep(0)
    return [(change.product_name, change.new_stock) for change in recent.latest()]


@pytest.mark.guide(8)
async def test_it_remembers_what_changed_newest_first(harness: AppHarness) -> None:
    await change_stock(harness, CHAIR, to=9)
    await change_stock(harness, TEA, to=100)

    assert await seen(harness.get(RecentChanges)) == [(TEA.name, 100), ("Chair", 9)]


@pytest.mark.guide(8)
async def test_what_was_rolled_back_has_not_happened(harness: AppHarness) -> None:
    with pytest.raises(UnknownProductError):
        await order(harness, CHAIR_ID, uuid4())
    await change_stock(harness, TEA, to=30)

    assert await seen(harness.get(RecentChanges)) == [(TEA.name, 30)]


@pytest.mark.guide(8)
async def test_nor_has_what_a_later_handler_of_the_same_event_refused(harness: AppHarness) -> None:
    def refuse(_: ProductStockChanged) -> None:
        raise OverflowError("no room for an entry in the ledger")

    refusal = harness.get(LocalEventBus).subscribe(ProductStockChanged, refuse, order=1)
    with closing(refusal), pytest.raises(OverflowError):
        await change_stock(harness, CHAIR, to=9)
    await change_stock(harness, TEA, to=30)

    assert await seen(harness.get(RecentChanges)) == [(TEA.name, 30)]


@pytest.mark.guide(8)
async def test_it_starts_and_stops_as_often_as_one_likes(harness: AppHarness) -> None:
    events, recent = LocalEventBus(), RecentChanges()
    watcher = StockChangeWatcher(events, recent)
    await watcher.stop()
    await watcher.start()
    await watcher.stop()
    await watcher.stop()

    await change_stock(harness, CHAIR, to=9)
    assert recent.latest() == []
