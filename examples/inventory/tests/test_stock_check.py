"""The guide's worker: every five minutes, whatever happened last time."""

import logging
from datetime import timedelta
from pathlib import Path

import pytest

from dawam.testing import AppHarness
from examples.inventory.app import app
from examples.inventory.products.repository import Products
from examples.inventory.tests.rows import select
from examples.inventory.tests.shelf import CHAIR, TEA, change_stock, stock

WORKER = "examples.inventory.products.workers.stock_check.StockCheckWorker"


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == WORKER]


@pytest.mark.guide(7)
async def test_fifteen_minutes_are_three_checks(harness: AppHarness, database: Path) -> None:
    report = await harness.advance(timedelta(minutes=15))

    assert report.succeeded == 3
    assert select(database, "SELECT low_count FROM stock_check") == [(0,)] * 3


@pytest.mark.guide(7)
async def test_a_check_that_fails_does_not_stop_the_next(
    harness: AppHarness, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:

        async def fail(self: Products) -> list[str]:
            raise ConnectionError("the database is away")

        patched.setattr(Products, "low", fail)
        assert (await harness.advance(timedelta(minutes=5))).failed == 1

    assert (await harness.advance(timedelta(minutes=5))).succeeded == 1
    assert select(database, "SELECT count(*) FROM stock_check") == [(1,)]


@pytest.mark.guide(7)
async def test_each_low_product_is_named_and_seen_as_it_is_at_that_tick(
    harness: AppHarness, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await harness.advance(timedelta(minutes=5))
    await change_stock(harness, CHAIR, to=9)
    await change_stock(harness, TEA, to=2)
    await harness.advance(timedelta(minutes=5))

    assert warnings(caplog) == [
        "Stock check 1: nothing is low",
        "Low stock: شاي أخضر has 2 of 25",
        "Low stock: Chair has 9 of 10",
    ]


@pytest.mark.guide(12)
async def test_the_settings_say_how_often_and_whether_this_process_checks(database: Path) -> None:
    for settings, ticks in (({"Products.StockCheckEvery": "60s"}, 15), ({"Products.ChecksStock": False}, 0)):
        async with AppHarness(app, settings={"Store.Url": f"sqlite:///{database}", **settings}) as harness:
            await stock(harness, CHAIR)
            assert (await harness.advance(timedelta(minutes=15))).succeeded == ticks
