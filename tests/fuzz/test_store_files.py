"""An SQLite store of any name is opened in the file of that name, or says why it cannot be."""

import asyncio
import tempfile
from contextlib import chdir
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dawam.clock import SystemClock
from dawam.errors import SettingsError, StoreError
from dawam.stores.sqlite.store import from_url
from dawam.stores.values import Retention
from tests.fuzz.mutation import grown_text

NAMES = (st.text(max_size=30) | grown_text("store_urls")).map(lambda text: text.replace("/", "").replace("..", ""))


async def opened(url: str) -> None:
    store = from_url(url, application="shop", clock=SystemClock(), retention=Retention())
    await store.open()
    await store.close()


@given(name=NAMES)
@example(name="a\0b.db")
@example(name="a" * 300)
@example(name="sh\udcffop.db")
@example(name="a%00b?synchronous=full")
@example(name="a?mode=memory")
@example(name="#a.db")
def test_a_store_of_any_name_is_opened_or_refused(name: str) -> None:
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        try:
            asyncio.run(opened(f"sqlite:///{name}"))
        except (StoreError, SettingsError) as error:
            refusal = str(error)
        else:
            assert any(Path().iterdir())
            return
        assert "sqlite:///" in refusal or folder in refusal


@pytest.mark.parametrize("name", ["a b.db", "a%20b.db", "قاعدة.db", "sh\udcffop.db"])
async def test_a_store_is_in_the_file_that_its_address_names(name: str, tmp_path: Path) -> None:
    await opened(f"sqlite:///{tmp_path}/{name}")
    assert (tmp_path / name).is_file()
