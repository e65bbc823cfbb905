"""The single kinds of value (numbers, texts, durations, ...): each reader takes what a source says, or refuses it."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import UUID

from dawam.settings import durations

_TRUE, _FALSE, _NULL = ("true", "yes", "on", "1"), ("false", "no", "off", "0"), ("", "null", "none")
_LONGEST_NUMBER = 400
_NOT_OF_TEXTS = re.compile("[\0\ud800-\udfff]")
"""No database keeps them; bytes that are not UTF-8 come as such from the environment and the command line."""


class WrongValue(Exception):  # noqa: N818  (caught where the key is known, and turned into a SettingsError)
    """The value is of another kind; the message says what was expected, ready for "... was expected"."""


@dataclass(frozen=True, slots=True)
class Raw:
    """A value as a source says it; `is_text` when that source can hold nothing but text."""

    value: object
    is_text: bool

    @property
    def text(self) -> str | None:
        """The text of a source that holds nothing but text."""
        return self.value if self.is_text and isinstance(self.value, str) else None

    @property
    def is_null(self) -> bool:
        """Whether the source says null: in a text source by the words null and none, or by nothing."""
        return self.value is None or (self.text is not None and self.text.strip().casefold() in _NULL)


def _anything(raw: Raw) -> object:
    return raw.value


def _bool(raw: Raw) -> bool:
    if isinstance(raw.value, bool):
        return raw.value
    word = (raw.text or "").strip().casefold()
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise WrongValue("true or false")


def _int(raw: Raw) -> int:
    if isinstance(raw.value, int) and not isinstance(raw.value, bool):
        return raw.value
    try:
        return int((raw.text or "")[:_LONGEST_NUMBER])
    except ValueError:
        raise WrongValue("a whole number" if raw.is_text else "a whole number (without quotes)") from None


def _float(raw: Raw) -> float:
    is_number = isinstance(raw.value, int | float) and not isinstance(raw.value, bool)
    try:
        number = float(str(raw.value) if is_number else raw.text or "")
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise WrongValue("a number" if raw.is_text else "a number (without quotes)")
    return number


def _str(raw: Raw) -> str:
    if not isinstance(raw.value, str):
        raise WrongValue("a text in quotes")
    if _NOT_OF_TEXTS.search(raw.value):
        raise WrongValue("a text in UTF-8 without NUL characters and lone surrogates")
    return raw.value


def _duration(raw: Raw) -> timedelta:
    if isinstance(raw.value, timedelta):
        return raw.value
    if isinstance(raw.value, bool) or not isinstance(raw.value, int | float | str):
        raise WrongValue(durations.EXPECTED)
    try:
        return durations.parse_duration(str(raw.value))
    except ValueError as error:
        raise WrongValue(str(error)) from None


def _read_by(kind: type, read: Callable[[str], Any], expected: str) -> Callable[[Raw], Any]:
    def reader(raw: Raw) -> Any:
        if isinstance(raw.value, kind):
            return raw.value
        if not isinstance(raw.value, str) or not raw.value:
            raise WrongValue(expected)
        try:
            return read(raw.value)
        except (ValueError, InvalidOperation):
            raise WrongValue(expected) from None

    return reader


SCALARS = MappingProxyType[Any, Callable[[Raw], Any]](
    {
        Any: _anything,
        object: _anything,
        bool: _bool,
        int: _int,
        float: _float,
        str: _str,
        timedelta: _duration,
        Path: _read_by(Path, Path, "a path"),
        UUID: _read_by(UUID, UUID, "a UUID"),
        Decimal: _read_by(Decimal, Decimal, 'a decimal number in quotes, as in "9.90",'),
        datetime: _read_by(datetime, datetime.fromisoformat, 'a moment, as in "2026-01-31T08:00:00+00:00",'),
        date: _read_by(date, date.fromisoformat, 'a date, as in "2026-01-31",'),
        time: _read_by(time, time.fromisoformat, 'a time of day, as in "08:30",'),
    }
)
"""By type: its reader."""
