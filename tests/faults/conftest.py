"""Fixtures of the fault suite."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.ground import Database, File, Ground
from tests.support.postgres import Postgres


@pytest.fixture
def luck() -> random.Random:
    seed = random.randrange(1_000_000)
    print(f"seed {seed}")
    return random.Random(seed)


@pytest.fixture(params=["sqlite", "postgres"])
def ground(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ground]:
    """A new store of each kind."""
    if request.param == "sqlite":
        yield File(tmp_path)
        return
    server: Postgres = request.getfixturevalue("postgres")
    url = server.new_database()
    yield Database(tmp_path, url)
    server.drop_database(url)
