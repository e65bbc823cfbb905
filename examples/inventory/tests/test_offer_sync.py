"""The hourly worker that fetches the supplier's offers over HTTP, and what it makes of a supplier that is not well."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from dawam import App
from dawam.errors import SettingsError
from dawam.testing import AppHarness
from dawam.testing.stepper import Report
from examples.inventory.app import app
from examples.inventory.demo.supplier_server import Fault, SupplierServer
from examples.inventory.module import InventoryModule
from examples.inventory.suppliers.workers.offer_sync import IncompleteSyncError, OfferSyncWorker
from examples.inventory.tests.rows import execute, select

WORKER = f"{OfferSyncWorker.__module__}.{OfferSyncWorker.__qualname__}"
HOUR = timedelta(hours=1)
ROWS = "SELECT external_id, sku, name, price, changed_at FROM supplier_offer ORDER BY external_id"


def offer(number: int, *, price: object = "4.50", **more: object) -> dict[str, Any]:
    return {"id": f"S-{number:02}", "sku": f"COF-{number:03}", "name": f"قهوة {number}", "price": price, **more}


@pytest.fixture
def supplier() -> Iterator[SupplierServer]:
    with SupplierServer(page_size=2, api_key="open sesame") as server:
        server.offer([offer(number) for number in range(1, 7)])
        yield server


@asynccontextmanager
async def syncing(
    database: Path, supplier: SupplierServer, application: App = app, *, api_key: str = "open sesame"
) -> AsyncGenerator[AppHarness]:
    """An inventory that fetches this supplier's offers, three pages of two."""
    said = {"Suppliers.Url": supplier.url, "Suppliers.ApiKey": api_key, "Suppliers.PageTimeout": "250ms"}
    fixed = {"Store.Url": f"sqlite:///{database}", "Products.ChecksStock": False}
    async with AppHarness(application, settings={**fixed, **said}) as harness:
        yield harness


@pytest.fixture
async def inventory(database: Path, supplier: SupplierServer) -> AsyncIterator[AppHarness]:
    async with syncing(database, supplier) as harness:
        yield harness


def ids(database: Path) -> list[int]:
    return [int(row[0].removeprefix("S-")) for row in select(database, ROWS)]


def failure_of(report: Report) -> BaseException | None:
    [tick] = [ended for ended in report.ended if ended.name == WORKER]
    return tick.error


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == WORKER and record.levelname == "WARNING"]


@pytest.mark.guide(16)
async def test_every_hour_all_pages_are_fetched(
    inventory: AppHarness, supplier: SupplierServer, database: Path
) -> None:
    await inventory.advance(HOUR - timedelta(seconds=1))
    assert supplier.asked_pages == []

    await inventory.advance(timedelta(seconds=1))
    assert supplier.asked_pages == [1, 2, 3]
    assert ids(database) == [1, 2, 3, 4, 5, 6]
    assert select(database, ROWS)[0] == ("S-01", "COF-001", "قهوة 1", "4.50", inventory.clock.now().isoformat())

    await inventory.advance(2 * HOUR)
    assert supplier.asked_pages == [1, 2, 3] * 3


@pytest.mark.guide(16)
async def test_the_second_run_changes_nothing(inventory: AppHarness, database: Path) -> None:
    await inventory.advance(HOUR)
    first = select(database, ROWS)

    assert (await inventory.advance(HOUR)).succeeded == 1

    assert select(database, ROWS) == first  # with the moment of the last change


@pytest.mark.guide(16)
async def test_what_is_different_is_updated_and_what_is_new_is_inserted(
    inventory: AppHarness, supplier: SupplierServer, database: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, WORKER)
    await inventory.advance(HOUR)
    first = inventory.clock.now()
    supplier.offer([*(offer(number) for number in range(1, 6)), offer(6, price="4.75"), offer(7)])
    await inventory.advance(HOUR)

    rows = {row[0]: (row[3], row[4]) for row in select(database, ROWS)}
    assert rows["S-05"] == ("4.50", first.isoformat())
    assert rows["S-06"] == ("4.75", inventory.clock.now().isoformat())
    assert rows["S-07"] == ("4.50", inventory.clock.now().isoformat())
    assert "2 offers were new or different, on 4 of 4 pages" in caplog.text


@pytest.mark.guide(16)
async def test_an_offer_that_stands_on_two_pages_is_one(
    inventory: AppHarness, supplier: SupplierServer, database: Path
) -> None:
    supplier.offer([offer(1, price="1"), offer(1, price="2"), offer(1, price="3")])

    await inventory.advance(HOUR)

    assert [(row[0], row[3]) for row in select(database, ROWS)] == [("S-01", "3")]


@pytest.mark.guide(16)
async def test_an_offer_that_stands_twice_on_one_page_does_not_change_every_hour(
    inventory: AppHarness, supplier: SupplierServer, database: Path
) -> None:
    supplier.offer([offer(1, price="1"), offer(1, price="2")])
    await inventory.advance(HOUR)
    first = select(database, ROWS)

    await inventory.advance(HOUR)

    assert [row[3] for row in first] == ["2"]
    assert select(database, ROWS) == first


@pytest.mark.guide(16)
@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault.SERVER_ERROR, "it was answered with 500 Internal Server Error"),
        (Fault.SILENT, "within 0.25 s"),
        (Fault.TRICKLING, "no whole answer within 0.25 s"),
        (Fault.BROKEN_JSON, "the answer is no page of offers: Input data was truncated"),
        (Fault.NO_PAGE, "the answer is no page of offers: Expected `object`, got `array`"),
        (Fault.CUT, "RemoteProtocolError: peer closed connection without sending complete message body"),
    ],
)
async def test_a_page_that_cannot_be_had_loses_nothing_but_itself_and_comes_with_the_next_tick(
    inventory: AppHarness,
    supplier: SupplierServer,
    database: Path,
    fault: Fault,
    reason: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    supplier.spoil(2, fault=fault)

    error = failure_of(await inventory.advance(HOUR))

    assert isinstance(error, IncompleteSyncError)
    assert str(error) == f"page 2 of {supplier.url} could not be had; the rest is up to date"
    [line] = said(caplog)
    assert line.startswith("page 2 of the offers is left out: ")
    assert reason in line
    assert ids(database) == [1, 2, 5, 6]

    supplier.mend()
    assert failure_of(await inventory.advance(HOUR)) is None
    assert ids(database) == [1, 2, 3, 4, 5, 6]


@pytest.mark.guide(16)
@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (offer(9, price="much"), "item 1: Invalid decimal string - at `$.price`"),
        (offer(9, price="-1"), "item 1: price -1 is no price: zero or more was expected"),
        (offer(9, price="NaN"), "item 1: price NaN is no price: zero or more was expected"),
        (offer(9, price=None), "item 1: Expected `decimal`, got `null` - at `$.price`"),
        ({"id": "S-09"}, "item 1: Object missing required field `sku`"),
        (offer(9) | {"id": ""}, "item 1: Expected `str` of length >= 1 - at `$.id`"),
        (offer(9) | {"id": 9}, "item 1: Expected `str`, got `int` - at `$.id`"),
        ("S-09", "item 1: Expected `object`, got `str`"),
    ],
)
async def test_a_bad_item_among_good_ones_is_named_and_left_out(
    inventory: AppHarness,
    supplier: SupplierServer,
    database: Path,
    item: Any,
    reason: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    supplier.offer([offer(1), offer(2), item, offer(3)])

    assert failure_of(await inventory.advance(HOUR)) is None

    assert said(caplog) == [f"page 2 of the offers: {reason}; it is left out"]
    assert ids(database) == [1, 2, 3]


@pytest.mark.guide(16)
async def test_what_else_the_supplier_says_does_no_harm_and_a_number_is_a_price_too(
    inventory: AppHarness, supplier: SupplierServer, database: Path
) -> None:
    supplier.offer([offer(1, price=19.99, colour="blue", tags=["new"])])

    await inventory.advance(HOUR)

    assert [row[3] for row in select(database, ROWS)] == ["19.99"]


@pytest.mark.guide(16)
async def test_a_first_page_that_cannot_be_had_does_not_hide_the_others(
    inventory: AppHarness, supplier: SupplierServer, database: Path
) -> None:
    supplier.spoil(1, fault=Fault.SERVER_ERROR)

    assert isinstance(failure_of(await inventory.advance(HOUR)), IncompleteSyncError)

    assert ids(database) == [3, 4, 5, 6]


@pytest.mark.guide(16)
async def test_a_supplier_that_is_away_is_not_asked_for_ever(
    inventory: AppHarness, supplier: SupplierServer, database: Path
) -> None:
    supplier.offer([offer(number) for number in range(1, 21)])
    supplier.spoil(*range(1, 11), fault=Fault.SERVER_ERROR)
    assert isinstance(failure_of(await inventory.advance(HOUR)), IncompleteSyncError)
    assert supplier.asked_pages == [1, 2, 3]

    supplier.mend()
    supplier.spoil(5, 6, 7, fault=Fault.SERVER_ERROR)
    assert isinstance(failure_of(await inventory.advance(HOUR)), IncompleteSyncError)
    assert supplier.asked_pages[3:] == [1, 2, 3, 4, 5, 6, 7]
    assert ids(database) == [1, 2, 3, 4, 5, 6, 7, 8]


@pytest.mark.guide(16)
async def test_nobody_listening_is_a_failed_tick_and_not_the_end(database: Path, supplier: SupplierServer) -> None:
    with SupplierServer() as gone:
        pass
    async with syncing(database, gone) as harness:
        error = failure_of(await harness.advance(HOUR))
        again = failure_of(await harness.advance(HOUR))

    assert isinstance(error, IncompleteSyncError)
    assert isinstance(again, IncompleteSyncError)


@pytest.mark.guide(16)
async def test_a_key_that_the_supplier_does_not_know_is_said(
    database: Path, supplier: SupplierServer, caplog: pytest.LogCaptureFixture
) -> None:
    async with syncing(database, supplier, api_key="guess") as harness:
        assert isinstance(failure_of(await harness.advance(HOUR)), IncompleteSyncError)

    assert said(caplog)[0] == "page 1 of the offers is left out: it was answered with 401 Unauthorized"
    assert "guess" not in caplog.text


@pytest.mark.guide(16)
async def test_a_page_is_kept_whole_or_not_at_all_and_the_others_stay(
    inventory: AppHarness, supplier: SupplierServer, database: Path
) -> None:
    await inventory.advance(timedelta(0))
    with_trigger = (
        "CREATE TRIGGER full BEFORE INSERT ON supplier_offer WHEN new.external_id = 'S-04' "
        "BEGIN SELECT raise(ABORT, 'the disk is full'); END"
    )
    execute(database, with_trigger)

    assert failure_of(await inventory.advance(HOUR)) is not None

    assert ids(database) == [1, 2]


@pytest.mark.guide(16)
async def test_two_hosts_at_once_make_no_doubles(database: Path, supplier: SupplierServer) -> None:
    another = App(InventoryModule)
    async with syncing(database, supplier) as one, syncing(database, supplier, another) as other:
        await asyncio.gather(one.advance(HOUR), other.advance(HOUR))

    assert ids(database) == [1, 2, 3, 4, 5, 6]


async def test_without_an_address_nothing_is_fetched(database: Path) -> None:
    settings = {"Store.Url": f"sqlite:///{database}", "Products.ChecksStock": False}
    async with AppHarness(app, settings=settings) as harness:
        assert (await harness.advance(2 * HOUR)).ended == ()


@pytest.mark.parametrize(
    ("name", "value"), [("URL", "supplier.example.com"), ("PAGE_TIMEOUT", "0s"), ("GIVE_UP_AFTER", "0")]
)
def test_settings_that_make_no_sense_are_refused(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"DAWAM__SUPPLIERS__{name}", value)
    with pytest.raises(SettingsError, match=name.lower()):
        app.build()
