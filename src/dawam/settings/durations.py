"""Durations as people write them: `60s`, `1h30m`, ISO 8601 (`PT60S`) and .NET (`1.00:00:00`).

A bare number is refused: whether 60000 meant seconds or milliseconds is exactly the mistake to rule out.
"""

import re
from datetime import timedelta
from decimal import Decimal

EXPECTED = 'a duration with its unit, such as "60s", "5m", "2h", "1d", "PT60S" or "00:01:00"'

_MICROSECONDS = {
    "w": 604_800_000_000,
    "d": 86_400_000_000,
    "h": 3_600_000_000,
    "m": 60_000_000,
    "s": 1_000_000,
    "ms": 1_000,
    "us": 1,
}
_NUMBER = r"\d+(?:\.\d+)?"
_BARE = re.compile(rf"[+-]?{_NUMBER}", re.ASCII)
_PART = re.compile(rf"({_NUMBER})\s*(ms|us|w|d|h|m|s)\s*", re.ASCII)
_WITH_UNITS = re.compile(rf"(?:{_NUMBER}\s*(?:ms|us|w|d|h|m|s)\s*)+", re.ASCII)
_ISO = re.compile(
    rf"P(?:({_NUMBER})W)?(?:({_NUMBER})D)?(?:T(?=\d)(?:({_NUMBER})H)?(?:({_NUMBER})M)?(?:({_NUMBER})S)?)?", re.ASCII
)
_DOT_NET = re.compile(r"(?:(\d+)\.)?(\d{1,2}):(\d{1,2}):(\d{1,2}(?:\.\d{1,7})?)", re.ASCII)


def parse_duration(text: str) -> timedelta:
    """The duration that the text names; `ValueError` says what was expected instead."""
    text = text.strip()
    if _BARE.fullmatch(text):
        raise ValueError(_two_meanings(text))
    if text.startswith("-"):
        raise ValueError(f"{EXPECTED}, not below zero,")
    parts = _with_units(text) or _iso(text) or _dot_net(text)
    if parts is None:
        raise ValueError(EXPECTED)
    try:
        return timedelta(microseconds=round(sum(Decimal(amount) * _MICROSECONDS[unit] for amount, unit in parts)))
    except OverflowError:
        raise ValueError("a duration of less than 2.7 million years") from None


def duration_text(duration: timedelta) -> str:
    """The shortest exact text, which reads back as the same duration: `60s`, `5m`, `1d2h`."""
    left = duration // timedelta(microseconds=1)
    if left < 0:
        return f"-{duration_text(-duration)}"
    texts: list[str] = []
    for unit in ("d", "h", "m", "s", "ms", "us"):
        count, left = divmod(left, _MICROSECONDS[unit])
        if count:
            texts.append(f"{count}{unit}")
    return "".join(texts) or "0s"


def _with_units(text: str) -> list[tuple[str, str]] | None:
    return _PART.findall(text) if _WITH_UNITS.fullmatch(text) else None


def _iso(text: str) -> list[tuple[str, str]] | None:
    found = _ISO.fullmatch(text.upper())
    if found is None or not any(found.groups()):
        return None
    return [(amount, unit) for amount, unit in zip(found.groups(), "wdhms", strict=True) if amount]


def _dot_net(text: str) -> list[tuple[str, str]] | None:
    found = _DOT_NET.fullmatch(text)
    if found is None:
        return None
    days, hours, minutes, seconds = found.groups()
    if int(hours) > 23 or int(minutes) > 59 or float(seconds) >= 60:
        raise ValueError('hours below 24, minutes and seconds below 60 (a day is "1.00:00:00")')
    return [(days or "0", "d"), (hours, "h"), (minutes, "m"), (seconds, "s")]


def _two_meanings(number: str) -> str:
    return f'{EXPECTED} (a bare number does not say its unit: "{number}s" or "{number}ms"?)'
