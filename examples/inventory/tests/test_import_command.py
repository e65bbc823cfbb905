"""The command that imports a catalogue, and what becomes of its work when it is killed."""

import asyncio
import signal
import sys
from pathlib import Path

import pytest

from examples.inventory.app import app
from examples.inventory.large_catalogue import REPEATED_SKU, write_large_catalogue
from examples.inventory.tests.rows import select
from examples.inventory.tests.shelf import begin_import

ROOT = Path(__file__).parents[3]
_LATEST_VERSION = "SELECT max(version) FROM product WHERE sku <> ?"
"""Two would be a part that was imported twice; but the repeated product may come from a later line before its first."""


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
    assert select(database, "SELECT count(*), sum(stock) FROM product") == [(written.good_count, written.stock)]
    assert select(database, _LATEST_VERSION, REPEATED_SKU) == [(1,)]
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
        await begin_import(app, path)

    ends = await asyncio.gather(import_in_a_process(path), import_in_a_process(path))

    summary = f"{written.good_count} products imported from large.csv"
    assert [(ended, summary in said) for ended, said in ends] == [(0, True), (0, True)]
    assert select(database, "SELECT count(*), count(finished_at) FROM catalogue_import") == [(1, 1)]
    assert select(database, "SELECT count(*), sum(stock) FROM product") == [(written.good_count, written.stock)]
    assert select(database, _LATEST_VERSION, REPEATED_SKU) == [(1,)]


async def test_the_command_says_what_is_wrong_with_a_file(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DAWAM__STORE__URL", f"sqlite:///{database}")

    ended, _ = await import_in_a_process(tmp_path / "missing.csv")

    assert ended == 1
    assert "missing.csv cannot be read" in capfd.readouterr().err
