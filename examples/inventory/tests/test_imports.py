"""The guide's use case of a large file: split into small jobs, each of which counts once, whatever is killed when."""

import asyncio
import csv
import signal
import sys
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from io import StringIO
from logging import Logger
from pathlib import Path
from random import Random
from unittest.mock import create_autospec
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.ext.asyncio import AsyncSession

from dawam import App, BackgroundJobManager, JobContext, UnitOfWork
from dawam.clock import Clock
from dawam.modules.scopes import Scope
from dawam.testing import AppHarness
from examples.inventory.app import app
from examples.inventory.catalogue import COLUMNS
from examples.inventory.imports.jobs.import_part import ImportPartArgs, ImportPartJob
from examples.inventory.imports.jobs.split_catalogue import SplitCatalogueArgs, SplitCatalogueJob
from examples.inventory.imports.lane import ImportLane
from examples.inventory.imports.parts import LARGEST_PART, Part, parts_of
from examples.inventory.imports.service import ImportService, ImportStatus
from examples.inventory.large_catalogue import write_large_catalogue
from examples.inventory.products.service import ProductService
from examples.inventory.tests.rows import select
from examples.inventory.tests.shelf import CATALOGUE
from examples.inventory.web import api

ROOT = Path(__file__).parents[3]
HEADER = ",".join(COLUMNS)


@pytest.fixture
async def office(database: Path) -> AsyncIterator[AppHarness]:
    settings = {"Store.Url": f"sqlite:///{database}", "Imports.RowsToAPart": 50}
    async with AppHarness(app, settings=settings) as harness:
        yield harness


async def begin(office: App | AppHarness, path: Path) -> UUID:
    async with office.scope() as scope:
        service: ImportService = await scope.get(ImportService)
        return await service.begin(path)


async def status(office: AppHarness, import_id: UUID) -> ImportStatus:
    async with office.scope() as scope:
        service: ImportService = await scope.get(ImportService)
        return await service.status(import_id)


def parts(path: Path, rows: int, after: Part | None = None) -> list[Part]:
    with path.open("rb") as file:
        return list(parts_of(file, rows, after))


# -- where a file is cut


@pytest.mark.guide("13a")
def test_parts_lie_end_to_end_and_hold_whole_rows(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    write_large_catalogue(path, 2_000)

    found = parts(path, 300)

    content = path.read_bytes()
    assert [part.number for part in found] == list(range(1, 8))
    assert found[0].begin == content.index(b"\n") + 1
    assert [part.begin for part in found[1:]] == [part.end for part in found[:-1]]
    assert found[-1].end == len(content)
    in_parts = [
        row for part in found for row in csv.reader(StringIO(content[part.begin : part.end].decode(), newline=""))
    ]
    assert in_parts == list(csv.reader(StringIO(content.decode(), newline="")))[1:]
    assert [content[: part.begin].count(b"\n") + 1 for part in found] == [part.first_line for part in found]


@pytest.mark.guide("13a")
def test_the_search_for_parts_goes_on_behind_any_of_them(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    write_large_catalogue(path, 500)
    found = parts(path, 60)

    for number, part in enumerate(found, start=1):
        assert parts(path, 60, after=part) == found[number:]


@pytest.mark.guide("13a")
def test_a_file_of_megabytes_is_split_in_a_few_kilobytes(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    write_large_catalogue(path, 100_000)
    assert path.stat().st_size > 4_000_000

    tracemalloc.start()
    try:
        found = parts(path, 1_000)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert len(found) == 100
    assert peak < 200_000


def test_a_quote_that_is_never_closed_ends_with_its_part(tmp_path: Path) -> None:
    path = tmp_path / "broken.csv"
    path.write_text(f'{HEADER}\nA-1,"Pen,Stationery,1,5,2\n' + "A-2,Ink,Stationery,1,5,2\n" * 100_000, encoding="utf-8")

    found = parts(path, 1_000)

    assert LARGEST_PART <= found[0].end - found[0].begin < LARGEST_PART + 100
    assert {part.line_count for part in found[1:-1]} == {1_000}


def test_a_file_without_rows_has_no_parts(tmp_path: Path) -> None:
    path = tmp_path / "empty.csv"
    path.write_text(f"{HEADER}\n", encoding="utf-8")

    assert parts(path, 10) == []


# -- what becomes of its rows


@pytest.mark.guide("13a")
async def test_the_catalogue_is_imported_in_parts_and_its_bad_rows_are_reported(
    office: AppHarness, database: Path
) -> None:
    import_id = await begin(office, CATALOGUE)
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
    await begin(office, CATALOGUE)
    await office.drain()
    path = tmp_path / "news.csv"
    path.write_text(f"\ufeff{HEADER}\nBAK-001,خبز,Bakery,1.10,7,3\n", encoding="utf-8")

    await begin(office, path)
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
    import_id = await begin(office, path)
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
    import_id = await begin(office, path)
    write_large_catalogue(path, 200)

    assert (await office.drain()).failed == 1

    assert (await status(office, import_id)).state == "stuck"
    [job] = await office.inspector.get_jobs(state="failed")
    assert job.last_error is not None
    assert "was changed after its import" in job.last_error


async def test_a_file_without_rows_is_imported_too(office: AppHarness, tmp_path: Path) -> None:
    path = tmp_path / "empty.csv"
    path.write_text(f"{HEADER}\n", encoding="utf-8")
    import_id = await begin(office, path)

    await office.drain()

    found = await status(office, import_id)
    assert (found.state, found.parts, found.imported_count, found.refused_count) == ("finished", 0, 0, 0)


# -- the command, and what kills it


async def import_in_a_process(path: Path, *, is_killed: bool = False) -> tuple[int | None, str]:
    """Runs the command, and kills it as soon as it tells of the first parts. Answers how it ended, and its words."""
    command = (sys.executable, "-u", "-m", "examples.inventory.import_catalogue", str(path))
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    said: list[str] = []
    async with asyncio.timeout(120):
        async for line in process.stdout:
            said.append(line.decode())
            if is_killed and said[-1].endswith("parts imported\n"):
                process.send_signal(signal.SIGKILL)
                is_killed = False
        return await process.wait(), "".join(said)


@pytest.mark.guide("13a")
async def test_an_import_that_was_killed_goes_on_where_it_was(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAWAM__STORE__URL", f"sqlite:///{database}")
    path = tmp_path / "large.csv"
    written = write_large_catalogue(path, 100_000)

    ended, _ = await import_in_a_process(path, is_killed=True)
    [(done, begun)] = select(database, "SELECT count(done_at), count(DISTINCT import_id) FROM import_part")
    assert (ended, begun) == (-signal.SIGKILL, 1)
    assert 0 < done < 200
    ended, said = await import_in_a_process(path)

    assert ended == 0
    refused_count = written.bad_count + written.repeated_count
    assert f"{written.good_count} products imported from large.csv, {refused_count} rows refused" in said
    assert select(database, "SELECT count(*), count(done_at) FROM import_part") == [(200, 200)]
    assert select(database, "SELECT count(*), sum(stock), max(version) FROM product") == [
        (written.good_count, written.stock, 1)
    ]
    assert select(database, "SELECT imported_count, refused_count FROM catalogue_import") == [
        (written.good_count, refused_count)
    ]
    assert select(database, "SELECT count(*) FROM dawam_job") == [(0,)]


@pytest.mark.guide("13a")
async def test_two_processes_that_share_an_import_end_with_one_summary(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAWAM__STORE__URL", f"sqlite:///{database}")
    path = tmp_path / "large.csv"
    written = write_large_catalogue(path, 20_000)
    async with app.open(run_host=False):
        await begin(app, path)

    ends = await asyncio.gather(import_in_a_process(path), import_in_a_process(path))

    summary = f"{written.good_count} products imported from large.csv"
    assert [(ended, summary in said) for ended, said in ends] == [(0, True), (0, True)]
    assert select(database, "SELECT count(*), count(finished_at) FROM catalogue_import") == [(1, 1)]
    assert select(database, "SELECT count(*), sum(stock), max(version) FROM product") == [
        (written.good_count, written.stock, 1)
    ]


async def test_the_command_says_what_is_wrong_with_a_file(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DAWAM__STORE__URL", f"sqlite:///{database}")

    ended, _ = await import_in_a_process(tmp_path / "missing.csv")

    assert ended == 1
    assert "missing.csv cannot be read" in capfd.readouterr().err


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
