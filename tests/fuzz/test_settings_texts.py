"""Any text in a variable, after `--set` and as a duration is read, or refused under the name that it was given."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

from hypothesis import example, given
from hypothesis import strategies as st

from dawam.errors import SettingsError
from dawam.settings import Settings, SettingsSources
from dawam.settings.durations import duration_text, parse_duration
from dawam.stores.base import StoreOptions
from tests.fuzz.mutation import grown_text


class Size(Enum):
    SMALL = 1
    LARGE = "large"


@dataclass(frozen=True)
class Shelf:
    height: float = 2.0
    label: str | None = None


@dataclass
class ShopOptions:
    """An option of every kind that there is."""

    name: str = ""
    is_open: bool = True
    counters: int = 3
    rent: Decimal = Decimal(100)
    closes_after: timedelta = timedelta(hours=8)
    size: Size = Size.SMALL
    currency: Literal["EUR", "SAR", 5] = "EUR"
    opened_at: datetime | None = None
    founded: date | None = None
    lunch: time | None = None
    owner: UUID | None = None
    folder: Path = Path()
    names: list[str] = field(default_factory=list[str])
    spans: tuple[int, timedelta] = (1, timedelta(1))
    days_off: frozenset[int] = frozenset()
    prices: dict[str, float] = field(default_factory=dict[str, float])
    limit: int | timedelta | None = None
    anything: Any = None
    shelf: Shelf = Shelf()
    annex: Shelf | None = None


NAMES = st.sampled_from(
    [
        *(f"DAWAM__SHOP__{name.upper()}" for name in ShopOptions.__dataclass_fields__),
        "DAWAM__SHOP__SHELF__HEIGHT",
        "DAWAM__SHOP__ANNEX__LABEL",
        "DAWAM__STORE__URL",
    ]
)
VALUES = st.text(max_size=40) | grown_text("settings")


def bound(sources: SettingsSources) -> None:
    """What an application does with them, up to the listing that `dawam settings show` prints."""
    settings = Settings.load(sources)
    settings.apply("Store", StoreOptions())
    settings.apply("Shop", ShopOptions())
    settings.finish()
    assert all(isinstance(value.text, str) for value in settings.report())


def check(act: Callable[[], None], *names: str) -> None:
    """It works, or is refused under one of these names."""
    try:
        act()
    except SettingsError as error:
        refusal = str(error)
    else:
        return
    assert any(name in refusal for name in names)
    assert "//dawam:hunter2" not in refusal


@given(said=st.dictionaries(NAMES | st.text("ABC_\udcff.é ", max_size=9).map("DAWAM__".__add__), VALUES, max_size=3))
@example(said={"DAWAM__SHOP__PRICES": '{"//dawam:hunter2"'})
@example(said={"DAWAM__SHOP__RENT": "sNaN", "DAWAM__SHOP__COUNTERS": "٣" * 5000})
@example(said={"DAWAM__SHOP__PRICES": "a=" + "9" * 5000, "DAWAM__SHOP__ANYTHING": "[" * 5000})
@example(said={"DAWAM__SHOP__SPANS": "[1, " + "[" * 5000, "DAWAM__SHOP__CLOSES_AFTER": "9" * 5000 + "s"})
def test_any_text_in_a_variable_is_read_or_refused(said: dict[str, str]) -> None:
    check(lambda: bound(SettingsSources(environ=said)), *said, "Shop", "Store")


@given(key=st.text(max_size=30), value=VALUES)
def test_any_text_on_the_command_line_is_read_or_refused(key: str, value: str) -> None:
    check(lambda: bound(SettingsSources(command_line={key: value})), "command line")


@given(name=st.text(max_size=20) | st.text("Production-_.\n/\0", max_size=300))
def test_any_name_of_an_environment_is_taken_or_refused(name: str) -> None:
    def discovered() -> None:
        with tempfile.TemporaryDirectory() as folder:
            bound(SettingsSources.discover(folder=Path(folder), environ={"DAWAM_ENVIRONMENT": name}))

    check(discovered, "DAWAM_ENVIRONMENT", "appsettings.")


@given(text=st.text(max_size=20) | st.text("0123456789.:PTWDHMSwdhmsu +-٣", max_size=24))
@example(text="9" * 5000 + "d")
def test_any_text_is_a_duration_or_says_what_is_one(text: str) -> None:
    try:
        duration = parse_duration(text)
    except ValueError as error:
        refusal = str(error)
    else:
        assert duration >= timedelta(0)
        assert parse_duration(duration_text(duration)) == duration
        return
    assert "duration" in refusal or "below" in refusal
