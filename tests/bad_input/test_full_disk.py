"""A disk that is really full: a small file system in memory, mounted for the test where this user may mount."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.bad_input.answers import CASES, settled
from tests.bad_input.of_stores import LARGE, refused_for_want_of_space
from tests.bad_input.shop import ShipOrderArgs, ShipOrderJob, open_shop
from tests.support.disks import empty, fill, small_disk

_ENOUGH_FOR_A_FEW = 4
"""In megabytes."""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", _ENOUGH_FOR_A_FEW) as disk:
        yield disk


async def test_on_a_full_disk_an_enqueue_is_refused_and_what_was_there_before_is_kept(disk: Path) -> None:
    [expected] = [case for case in CASES["Stores"] if case.title == "The disk is full"]

    async with open_shop(disk) as shop:
        first = await shop.app.jobs.enqueue(ShipOrderJob, ShipOrderArgs(1))
        fill(disk)
        answer = await refused_for_want_of_space(shop)
        assert await shop.app.inspector.get_job(first.id) is not None
        empty(disk)
        await shop.app.jobs.enqueue(ShipOrderJob, LARGE)

    assert answer.how == expected.how
    message = settled(answer.message, disk)
    assert [part for part in (expected.thing, expected.problem, expected.cure) if part not in message] == []
    with closing(sqlite3.connect(disk / "jobs.db")) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert shop.stored() == 2
