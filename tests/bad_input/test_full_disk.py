"""A disk that is really full: a small file system in memory, mounted for the test where this user may mount."""

import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.bad_input.answers import CASES, settled
from tests.bad_input.of_stores import LARGE, refused_for_want_of_space
from tests.bad_input.shop import ShipOrderArgs, ShipOrderJob, open_shop

_ENOUGH_FOR_A_FEW = 4
"""In megabytes."""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of its own that is soon full."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", f"size={_ENOUGH_FOR_A_FEW}m", "tmpfs", str(folder)]
    try:
        subprocess.run(mounting, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", None) or str(error)
        pytest.skip(f"no file system can be mounted here: {said.splitlines()[0]}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


async def test_on_a_full_disk_an_enqueue_is_refused_and_what_was_there_before_is_kept(small_disk: Path) -> None:
    [expected] = [case for case in CASES["Stores"] if case.title == "The disk is full"]

    async with open_shop(small_disk) as shop:
        first = await shop.app.jobs.enqueue(ShipOrderJob, ShipOrderArgs(1))
        _fill(small_disk)
        answer = await refused_for_want_of_space(shop)
        assert await shop.app.inspector.get_job(first.id) is not None
        (small_disk / "ballast").unlink()
        await shop.app.jobs.enqueue(ShipOrderJob, LARGE)

    assert answer.how == expected.how
    message = settled(answer.message, small_disk)
    assert [part for part in (expected.thing, expected.problem, expected.cure) if part not in message] == []
    with closing(sqlite3.connect(small_disk / "jobs.db")) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert shop.stored() == 2


def _fill(disk: Path) -> None:
    """Leaves no byte free."""
    with (disk / "ballast").open("wb", buffering=0) as ballast:
        while True:
            try:
                ballast.write(b"x" * 4096)
            except OSError:
                return
