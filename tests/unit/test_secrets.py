"""The password in Store.Url is for the driver only: it is in no message, no traceback, no log line and no repr."""

import logging
import traceback
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import msgspec
import pytest

from dawam import App
from dawam.errors import StoreError
from dawam.settings import SettingsSources
from dawam.settings.layers import spoken_statements
from dawam.stores.base import StoreOptions
from dawam.stores.postgres.address import Address
from tests.support.applications import built
from tests.support.postgres import PostgresServer

SECRET = "open-sesame"
URL = f"postgresql://clerk:{SECRET}@127.0.0.1:1/shop"


def _parts(whole: Any) -> Iterator[Any]:
    yield whole
    if isinstance(whole, msgspec.Struct):
        yield from (getattr(whole, name) for name in whole.__struct_fields__)
    elif is_dataclass(whole):
        yield from (getattr(whole, field.name) for field in fields(whole))


def test_no_repr_shows_it() -> None:
    app = App(store=URL)
    runtime = built(app)
    wholes: list[Any] = [app, app.blueprint, runtime, runtime.parts, runtime.parts.options, runtime.parts.settings]
    parts = [part for whole in wholes for part in _parts(whole)]
    parts += [StoreOptions(url=URL), Address.of(URL), SettingsSources(overrides={"Store.Url": URL})]
    parts += spoken_statements({"Store.Url": URL}, "test", 1, is_text=True)

    shown = [type(part).__name__ for part in parts if SECRET in f"{part!r} {part}" and not isinstance(part, str)]
    assert shown == []
    assert SECRET not in runtime.parts.store.description


@pytest.mark.parametrize("is_there", [False, True])
async def test_no_traceback_and_no_log_line_shows_it(
    is_there: bool, caplog: pytest.LogCaptureFixture, request: pytest.FixtureRequest
) -> None:
    caplog.set_level(logging.DEBUG)
    url = URL
    if is_there:  # and refuses
        server: PostgresServer = request.getfixturevalue("postgres_server")
        server.create_role("clerk_with_a_secret", f"not {SECRET}")
        url = server.url(user="clerk_with_a_secret", password=SECRET)
    runtime = built(App(store=url))

    with pytest.raises(StoreError) as caught:
        await runtime.start(run_host=True)

    assert SECRET not in "".join(traceback.format_exception(caught.value))
    assert SECRET not in caplog.text
