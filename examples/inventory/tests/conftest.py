"""What the inventory's tests share: an application in a folder of its own, with or without a harness around it."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from dawam import App
from dawam.testing import AppHarness
from examples.inventory.app import app
from examples.inventory.demo.mail_server import MailServer
from examples.inventory.tests.shelf import CHAIR, TEA, stock


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "inventory.db"


@pytest.fixture
async def harness(database: Path) -> AsyncIterator[AppHarness]:
    """Jobs in memory and a clock that only the test moves; the products are in a real file."""
    async with AppHarness(app, settings={"Store.Url": f"sqlite:///{database}"}) as opened:
        await stock(opened, CHAIR, TEA)
        yield opened


@pytest.fixture
async def inventory(database: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[App]:
    """The real application, which only enqueues: products and jobs in one file."""
    monkeypatch.setenv("DAWAM__STORE__URL", f"sqlite:///{database}")
    async with app.open(run_host=False):
        await stock(app, CHAIR, TEA)
        yield app


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server
