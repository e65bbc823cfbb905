"""A whole cron expression: its dialect, its fields, and the errors that point at what is wrong with it."""

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from dawam.errors import ScheduleError
from dawam.workers.schedules.bits import bits
from dawam.workers.schedules.day_fields import month_days_of, week_days_of
from dawam.workers.schedules.days import Days
from dawam.workers.schedules.dialect import Dialect
from dawam.workers.schedules.fields import (
    MONTHS,
    WEEKDAYS,
    Field,
    FieldError,
    Values,
    items,
    read_item,
    refuse_question,
)
from dawam.workers.schedules.pattern import Pattern

T = TypeVar("T")

MACROS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
YEARS = (1970, 2099)
_SECOND = Field("second", 0, 59, size=60, hashed_to=59)
_MINUTE = Field("minute", 0, 59, size=60, hashed_to=59)
_HOUR = Field("hour", 0, 23, size=24, hashed_to=23)
_DAY = Field("day of month", 1, 31, size=31, hashed_to=28)  # H keeps away from days that not every month has
_MONTH = Field("month", 1, 12, names=MONTHS, first_named=1, size=12, hashed_to=12)
_WEEKDAY = Field("weekday", 0, 7, names=WEEKDAYS, size=7, hashed_to=6)
_QUARTZ_WEEKDAY = Field("weekday", 1, 7, names=WEEKDAYS, first_named=1, size=7, hashed_to=7)
_YEAR = Field("year", *YEARS, wraps=False, size=YEARS[1] - YEARS[0] + 1)
_COUNTS = {Dialect.UNIX: (5,), Dialect.SECONDS: (6,), Dialect.QUARTZ: (6, 7)}
_DAY_FIELD, _WEEKDAY_FIELD = 3, 5
_FIRST_MOMENT = datetime(YEARS[0], 1, 1)  # noqa: DTZ001
_LONGEST_EXPRESSION = 1000
"""Characters; so each of its numbers is short enough for `int`."""
_IS_HASHED = re.compile(r"(^|,)H")


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression that was read."""

    text: str
    """In capitals, with single spaces."""
    dialect: Dialect
    pattern: Pattern
    has_rhythm: bool
    """True: it follows real time. False: each of its fixed times runs once a day, whatever clocks do."""
    hash_key: str


def expression_of(text: str, dialect: Dialect | None, hash_key: str) -> Expression:
    """Reads an expression. Raises `ScheduleError`, which says what is wrong, where, and how to mend it."""
    if len(text) > _LONGEST_EXPRESSION:
        raise ScheduleError(f"cron={text[:40] + '…'!r} has {len(text)} characters, more than {_LONGEST_EXPRESSION}")
    if text.strip().startswith("@"):
        name = text.strip().lower()
        return _Reader(_macro(name), Dialect.UNIX, "").expression(name, dialect or Dialect.UNIX)
    reader = _Reader(text, _dialect(text, dialect), hash_key)
    return reader.expression(" ".join(part.upper() for part in text.split()), reader.dialect)


class _Reader:
    """One expression while it is read: it knows where each field stands in the text, for the errors."""

    def __init__(self, text: str, dialect: Dialect, hash_key: str) -> None:
        self.dialect = dialect
        self._text, self._hash_key = text, hash_key
        self._places = [(found.start(), found.group().upper()) for found in re.finditer(r"\S+", text)]
        self._has_seconds = dialect is not Dialect.UNIX

    def expression(self, text: str, dialect: Dialect) -> Expression:
        """Reads all of the fields, and finds out whether there is a day on which they meet."""
        second = self._values(0, _SECOND) if self._has_seconds else Values(1, has_rhythm=False)
        minute, hour = self._values(1, _MINUTE), self._values(2, _HOUR)
        days, month = self._days(), self._values(4, _MONTH)
        years = self._values(6, _YEAR).members if len(self._places) > 6 else None
        pattern = Pattern(second.members, minute.members, hour.members, days, month.members, years)
        if pattern.at_or_after(_FIRST_MOMENT) is None:
            raise ScheduleError(f"cron={self._text!r} would never run: {_why_never(pattern)}")
        return Expression(
            text=text,
            dialect=dialect,
            pattern=pattern,
            has_rhythm=second.has_rhythm or minute.has_rhythm or hour.has_rhythm,
            hash_key=self._hash_key if any(_IS_HASHED.search(part) for _, part in self._places) else "",
        )

    def _values(self, index: int, field: Field) -> Values:
        def read(text: str) -> Values:
            found = [read_item(field, item, at, self._hash_key) for at, item in items(text)]
            members = 0
            for each in found:
                members |= each.members
            return Values(members, any(each.has_rhythm for each in found))

        return self._field(index, field, read)

    def _days(self) -> Days:
        weekday = _QUARTZ_WEEKDAY if self.dialect is Dialect.QUARTZ else _WEEKDAY
        days = Days(
            self._field(_DAY_FIELD, _DAY, lambda text: month_days_of(_DAY, text, self._hash_key)),
            self._field(_WEEKDAY_FIELD, weekday, lambda text: week_days_of(weekday, text, self._hash_key)),
        )
        if self.dialect is Dialect.QUARTZ:
            self._check_question(weekday)
        return days

    def _check_question(self, weekday: Field) -> None:
        """Quartz wants exactly one of the day fields to say that the other one decides."""
        marks = [self._places[index][1] == "?" for index in (_DAY_FIELD, _WEEKDAY_FIELD)]
        if all(marks):
            raise self._error(_WEEKDAY_FIELD, weekday, 0, "? stands in both day fields; write * in one of them")
        if not any(marks):
            day, week = (self._places[index][1] for index in (_DAY_FIELD, _WEEKDAY_FIELD))
            cure = f"write ? in place of {day!r} in field 4" if day == "*" else f"write ? in place of {week!r} here"
            raise self._error(_WEEKDAY_FIELD, weekday, 0, f"quartz wants ? in one of the two day fields; {cure}")

    def _field(self, index: int, field: Field, read: Callable[[str], T]) -> T:
        text = self._places[index - (not self._has_seconds)][1]
        try:
            if index not in (_DAY_FIELD, _WEEKDAY_FIELD):
                refuse_question(text)
            return read(text)
        except FieldError as error:
            raise self._error(index, field, error.at, error.reason) from None

    def _error(self, index: int, field: Field, at: int, reason: str) -> ScheduleError:
        place = index - (not self._has_seconds)
        character = self._places[place][0] + at + 1
        return ScheduleError(f"cron={self._text!r}: field {place + 1} ({field.name}), character {character}: {reason}")


def _macro(name: str) -> str:
    if name == "@reboot":
        raise ScheduleError(
            "cron='@reboot' names no time: leave it out and write run_on_start=True for a tick when the host starts"
        )
    if name.startswith("@every"):
        raise ScheduleError(f"cron={name!r} is an interval: write every=timedelta(...) instead of cron=")
    if name not in MACROS:
        near = difflib.get_close_matches(name, MACROS, n=1)
        advice = f"did you mean {near[0]!r}?" if near else f"{', '.join(MACROS)} were expected"
        raise ScheduleError(f"cron={name!r} is not known: {advice}")
    return MACROS[name]


def _dialect(text: str, dialect: Dialect | None) -> Dialect:
    count = len(text.split())
    if dialect is None:
        if count in _COUNTS[Dialect.QUARTZ]:
            raise ScheduleError(
                f"cron={text!r} has {count} fields, which two dialects read differently: dialect='seconds' has 6, "
                "and Sunday is 0 or 7; dialect='quartz' has 6 or 7 (a year), Sunday is 1, and one of the two day "
                "fields is ?. Say which"
            )
        dialect = Dialect.UNIX
    if count not in _COUNTS[dialect]:
        names = "minute hour day-of-month month weekday"
        names = names if dialect is Dialect.UNIX else f"second {names}"
        names += " [year]" if dialect is Dialect.QUARTZ else ""
        raise ScheduleError(
            f"cron={text!r} has {count} field{'' if count == 1 else 's'}; in the dialect {dialect.value!r} "
            f"{' or '.join(map(str, _COUNTS[dialect]))} were expected: {names}"
        )
    return dialect


def _why_never(pattern: Pattern) -> str:
    names = [MONTHS[month - 1] for month in bits(pattern.months)]
    months = "a month" if len(names) == len(MONTHS) else " or ".join(names)
    years = "" if pattern.years is None else f" of {' or '.join(str(year) for year in bits(pattern.years))}"
    return f"{months}{years} never has such a day"
