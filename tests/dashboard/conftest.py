"""An open shop with something of everything, and somebody who may do everything there."""

from collections.abc import AsyncIterator

import pytest

from tests.dashboard.shop import Shop, Visitor, visiting


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    async with Shop().open() as shop:
        await shop.stock()
        yield shop


@pytest.fixture
async def amal(shop: Shop) -> AsyncIterator[Visitor]:
    async with visiting(shop) as visitor:
        yield visitor
