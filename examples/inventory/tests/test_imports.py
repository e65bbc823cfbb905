"""The guide's use case of a large file: split into small jobs, each of which counts once, whatever is killed when."""

from collections.abc import AsyncIterator, Iterator
from logging import Logger
from pathlib import Path
from random import Random
from unittest.mock import create_autospec
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.ext.asyncio import AsyncSession

from dawam import BackgroundJobManager, JobContext, UnitOfWork
from dawam.clock import Clock
from dawam.modules.scopes import Scope
from dawam.testing import AppHarness
from examples.inventory.app import app
from examples.inventory.catalogue import COLUMNS
from examples.inventory.imports.jobs.import_part import ImportPartArgs, ImportPartJob
from examples.inventory.imports.jobs.split_catalogue import SplitCatalogueArgs, SplitCatalogueJob
from examples.inventory.imports.lane import ImportLane
from examples.inventory.imports.service import ImportService, ImportStatus
from examples.inventory.large_catalogue import write_large_catalogue
from examples.inventory.products.service import ProductService
from examples.inventory.tests.rows import select
from examples.inventory.tests.shelf import CATALOGUE, begin_import
from examples.inventory.web import api

ROOT = Path(__file__).parents[3]
HEADER = ",".join(COLUMNS)


@pytest.fixture
async def office(database: Path) -> AsyncIterator[AppHarness]:
    settings = {"Store.Url": f"sqlite:///{database}", "Imports.RowsToAPart": 50}
    async with AppHarness(app, settings=settings) as harness:
        yield harness


async def status(office: AppHarness, import_id: UUID) -> ImportStatus:
    async with office.scope() as scope:
        service: ImportService = await scope.get(ImportService)
        return await service.status(import_id)


@pytest.mark.guide("13a")
async def test_the_catalogue_is_imported_in_parts_and_its_bad_rows_are_reported(
    office: AppHarness, database: Path
) -> None:
    import_id = await begin_import(office, CATALOGUE)
    before = await status(office, import_id)

    await office.drain()
    after = await status(office, import_id)

    assert (before.state, before.parts_done) == ("splitting", 0)
    assert [args.number for args in office.enqueued(ImportPartArgs)] == [1, 2, 3, 4, 5, 6, 7]
    assert (after.state, after.parts_done, after.parts) == ("finished", 7, 7)
    assert (after.imported_count, after.refused_count) == (300, 2)
    assert [(row.line, row.reason) for row in after.refused] == [
        (88, "price 'twelve' is no number"),
        (234, "stock -4 is out of range: 0 to 1,000,000 was expected"),
    ]
    assert select(database, "SELECT count(*), count(DISTINCT id) FROM product") == [(300, 300)]
    assert select(database, "SELECT count(*) FROM imported_line") == [(0,)]


@pytest.mark.guide("13a")
async def test_a_second_import_brings_the_products_up_to_date(
    office: AppHarness, database: Path, tmp_path: Path
) -> None:
    await begin_import(office, CATALOGUE)
    await office.drain()
    path = tmp_path / "news.csv"
    path.write_text(f"\ufeff{HEADER}\nBAK-001,خبز,Bakery,1.10,7,3\n", encoding="utf-8")

    await begin_import(office, path)
    await office.drain()

    assert select(database, "SELECT count(*) FROM product") == [(300,)]
    assert select(database, "SELECT name, price, stock, version FROM product WHERE sku = 'BAK-001'") == [
        ("خبز", "1.10", 7, 2)
    ]


@pytest.mark.guide("13a")
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_parts_may_be_done_in_any_order_and_more_than_once(
    office: AppHarness, database: Path, tmp_path: Path, seed: int
) -> None:
    path = tmp_path / "large.csv"
    written = write_large_catalogue(path, 5_000)
    import_id = await begin_import(office, path)
    logger = create_autospec(Logger)

    async with office.scope() as scope:
        await split_by_hand(scope, import_id)
        numbers = [number for (number,) in select(database, "SELECT number FROM import_part")]
        Random(seed).shuffle(numbers)
        for number in [*numbers, *numbers[:20]]:
            await import_by_hand(scope, logger, ImportPartArgs(import_id, number))
    report = await office.drain()  # the jobs that were enqueued meanwhile find everything done

    found = await status(office, import_id)
    assert report.failed == report.retried == 0
    assert logger.info.call_count == 1
    assert (found.state, found.imported_count) == ("finished", written.good_count)
    assert found.refused_count == written.bad_count + written.repeated_count
    assert [row.reason for row in found.refused if "stands in line" in row.reason] == [
        "sku LRG-000001 stands in line 2 already"
    ] * written.repeated_count
    assert select(database, "SELECT count(*), sum(stock) FROM product") == [(written.good_count, written.stock)]


async def split_by_hand(scope: Scope, import_id: UUID) -> None:
    unit_of_work: UnitOfWork[AsyncSession] = await scope.get(UnitOfWork[AsyncSession])
    jobs: BackgroundJobManager = await scope.get(BackgroundJobManager)
    job = SplitCatalogueJob(unit_of_work, jobs, create_autospec(JobContext), await scope.get(Clock))
    await job.execute(SplitCatalogueArgs(import_id))


async def import_by_hand(scope: Scope, logger: Logger, args: ImportPartArgs) -> None:
    unit_of_work: UnitOfWork[AsyncSession] = await scope.get(UnitOfWork[AsyncSession])
    products: ProductService = await scope.get(ProductService)
    await ImportPartJob(unit_of_work, products, ImportLane(), await scope.get(Clock), logger).execute(args)


async def test_a_file_that_is_changed_meanwhile_is_not_mixed_up(office: AppHarness, tmp_path: Path) -> None:
    path = tmp_path / "changing.csv"
    write_large_catalogue(path, 100)
    import_id = await begin_import(office, path)
    write_large_catalogue(path, 200)

    assert (await office.drain()).failed == 1

    assert (await status(office, import_id)).state == "stuck"
    [job] = await office.inspector.get_jobs(state="failed")
    assert job.last_error is not None
    assert "was changed after its import" in job.last_error


async def test_a_file_without_rows_is_imported_too(office: AppHarness, tmp_path: Path) -> None:
    path = tmp_path / "empty.csv"
    path.write_text(f"{HEADER}\n", encoding="utf-8")
    import_id = await begin_import(office, path)

    await office.drain()

    found = await status(office, import_id)
    assert (found.state, found.parts, found.imported_count, found.refused_count) == ("finished", 0, 0, 0)


# -- over HTTP


@pytest.fixture
def client(database: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setenv("DAWAM__STORE__URL", f"sqlite:///{database}")
    monkeypatch.setenv("DAWAM__IMPORTS__FOLDER", str(database.parent / "imports"))
    monkeypatch.setenv("DAWAM__IMPORTS__LARGEST_UPLOAD", "100000")
    monkeypatch.setenv("DAWAM__BACKGROUND_JOBS__IS_JOB_EXECUTION_ENABLED", "false")
    with TestClient(api) as client:
        yield client


@pytest.mark.guide("13a")
def test_a_catalogue_comes_as_a_request_and_is_answered_at_once(client: TestClient, database: Path) -> None:
    answer = client.post("/imports", content=CATALOGUE.read_bytes())

    assert answer.status_code == 202
    import_id = answer.json()["import"]
    shown = client.get(f"/imports/{import_id}").json()
    assert (shown["state"], shown["parts_done"], shown["refused"]) == ("splitting", 0, [])
    [kept] = (database.parent / "imports").iterdir()
    assert kept.read_bytes() == CATALOGUE.read_bytes()
    assert select(database, "SELECT name FROM dawam_job") == [("imports.split-catalogue",)]


def test_what_is_no_catalogue_or_too_much_is_refused_and_leaves_no_file(client: TestClient, database: Path) -> None:
    wrong = client.post("/imports", content=b"name,price\nPen,1\n")
    large = client.post("/imports", content=b"x" * 100_001)

    assert (wrong.status_code, large.status_code) == (422, 413)
    assert wrong.json()["detail"].startswith("the header lacks sku")
    assert "Imports.LargestUpload" in large.json()["detail"]
    assert list((database.parent / "imports").iterdir()) == []
    assert client.get("/imports/15bce786-407c-5c06-a028-2382ba4574d7").status_code == 404
