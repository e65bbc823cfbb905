"""The reference application on PostgreSQL: one setting is changed, and everything moves, the products and the jobs."""

import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.exc import StaleDataError

from dawam import App, UnitOfWork
from examples.inventory.activity.log import ActivityLog
from examples.inventory.app import app
from examples.inventory.imports.service import ImportService, ImportStatus
from examples.inventory.large_catalogue import write_large_catalogue
from examples.inventory.module import InventoryModule
from examples.inventory.products.repository import Products, UnknownProductError
from examples.inventory.suppliers.offers import Offers
from examples.inventory.suppliers.page import OfferItem
from examples.inventory.tests.shelf import CATALOGUE, CHAIR, CHAIR_ID, TEA, begin_import, change_stock, order, stock
from examples.inventory.web import api
from tests.support.applications import until
from tests.support.postgres import Postgres

_PATIENCE = 60.0
_SETTINGS = Path(__file__).parents[2] / "examples" / "inventory" / "appsettings.json"


@pytest.fixture
def url(emptied_postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The one setting; the other two say where files go, as on a file of SQLite."""
    monkeypatch.setenv("DAWAM__STORE__URL", f"{emptied_postgres_url}?schema=jobs&statement_timeout=20s")
    monkeypatch.setenv("DAWAM__REPORTS__FOLDER", str(tmp_path / "reports"))
    monkeypatch.setenv("DAWAM__IMPORTS__FOLDER", str(tmp_path / "imports"))
    return emptied_postgres_url


@pytest.fixture
async def inventory(url: str) -> AsyncIterator[App]:
    """It only enqueues."""
    async with app.open(run_host=False):
        await stock(app, CHAIR, TEA)
        yield app


@pytest.fixture
def select(postgres: Postgres, url: str) -> Any:
    return lambda query: postgres.execute(query.encode(), url=url)


async def status(place: App, import_id: UUID) -> ImportStatus:
    async with place.scope() as scope:
        service: ImportService = await scope.get(ImportService)
        return await service.status(import_id)


async def test_the_products_and_the_jobs_are_in_one_database(inventory: App, select: Any) -> None:
    await change_stock(inventory, CHAIR, to=9)

    assert select("SELECT sku, price, stock FROM product ORDER BY sku") == [
        ("COF-001", Decimal("3.25"), 40),
        ("HOM-001", Decimal("45.50"), 9),
    ]
    assert select("SELECT name, place FROM jobs.dawam_job") == [("products.low-stock-alert", "ready")]
    [(moved_at,)] = select("SELECT moved_at FROM stock_movement")
    assert abs(moved_at - datetime.now(UTC)) < timedelta(minutes=1)


async def test_a_change_that_is_rolled_back_leaves_no_job(inventory: App, select: Any) -> None:
    with pytest.raises(UnknownProductError):
        await order(inventory, CHAIR_ID, uuid4())

    assert select("SELECT stock FROM product WHERE sku = 'HOM-001'") == [(20,)]
    assert select("SELECT count(*) FROM jobs.dawam_job") == [(0,)]


async def test_of_two_changes_of_one_reading_the_second_is_refused(inventory: App, select: Any) -> None:
    async def slowly_take_one() -> None:
        async with inventory.scope() as scope:
            unit_of_work: UnitOfWork[AsyncSession] = await scope.get(UnitOfWork[AsyncSession])
            async with unit_of_work.begin() as session:
                chair = await Products(session).get(CHAIR_ID)
                select("UPDATE product SET stock = 12, version = version + 1 WHERE sku = 'HOM-001' RETURNING 1")
                chair.change_stock(chair.stock - 1)

    with pytest.raises(StaleDataError):
        await slowly_take_one()

    assert select("SELECT stock FROM product WHERE sku = 'HOM-001'") == [(12,)]


async def test_several_hosts_import_a_large_catalogue_once(
    url: str, select: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two applications with hosts of their own: the parts of a file are done at the same time, by both."""
    monkeypatch.setenv("DAWAM__IMPORTS__ROWS_TO_A_PART", "50")
    monkeypatch.setenv("DAWAM__HOST__CONCURRENCY", "3")
    path = tmp_path / "large.csv"
    written = write_large_catalogue(path, 5_000)
    one, two = (App(InventoryModule, settings=_SETTINGS) for _ in range(2))

    async def is_finished() -> bool:
        return (await status(one, import_id)).state == "finished"

    async with one, two:
        import_id = await begin_import(one, path)
        await until(is_finished, within=_PATIENCE)
        found = await status(one, import_id)

    assert (found.imported_count, found.parts_done) == (written.good_count, found.parts)
    assert found.refused_count == written.bad_count + written.repeated_count
    assert select("SELECT count(*), sum(stock), max(version) FROM product") == [(written.good_count, written.stock, 1)]
    assert select("SELECT count(*) FROM imported_line") == [(0,)]
    assert len(select("SELECT DISTINCT host FROM jobs.dawam_finished WHERE name = 'imports.import-part'")) == 2


async def test_offers_and_activities_are_kept_as_in_a_file(inventory: App, select: Any) -> None:
    item = OfferItem(id="1", sku="HOM-001", name="Chair", price=Decimal("44.10"))
    now = datetime.now(UTC)
    async with inventory.scope() as scope:
        unit_of_work: UnitOfWork[AsyncSession] = await scope.get(UnitOfWork[AsyncSession])
        async with unit_of_work.begin() as session:
            for age in range(5):
                ActivityLog(session).add(now - timedelta(days=age), CHAIR_ID, f"{age} days ago")
        async with unit_of_work.begin() as session:
            assert [await Offers(session).put([item], now), await Offers(session).put([item], now)] == [1, 0]
            assert await ActivityLog(session).delete_before(now - timedelta(days=2, hours=1), at_most=10) == 2
            assert [entry.text for entry in await ActivityLog(session).latest(2)] == ["0 days ago", "1 days ago"]

    assert select("SELECT price FROM supplier_offer") == [(Decimal("44.10"),)]


@pytest.fixture
def client(url: str) -> Iterator[TestClient]:
    with TestClient(api) as client:  # which runs jobs and workers too
        yield client


def test_everything_is_reached_over_http(client: TestClient) -> None:
    import_id = client.post("/imports", content=CATALOGUE.read_bytes()).json()["import"]
    _until(lambda: client.get(f"/imports/{import_id}").json()["state"] == "finished")
    loaf = next(each for each in client.get("/products").json() if each["sku"] == "BAK-001")

    assert client.put(f"/products/{loaf['id']}/stock", json={"stock": 9}).status_code == 200

    _until(lambda: client.get("/jobs/pending").json()["counts"]["succeeded"] >= 3)  # split, part, alert
    report = client.post("/reports", json={"language": "en"}).json()["report"]
    _until(lambda: client.get(f"/reports/{report}").json()["state"] == "ready")
    assert client.get("/activity").json()[0]["text"].endswith("9")
    _until(lambda: {each["name"] for each in client.get("/health").json()["checks"]} >= {"database", "jobs", "disk"})
    checks = {each["name"]: each for each in client.get("/health").json()["checks"]}
    assert checks["database"]["health"] == checks["jobs"]["health"] == "healthy"


def _until(holds: Any) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)
