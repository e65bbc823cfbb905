"""Which days of a month are meant: days of the month and weekdays, counted from either end.

Sets of days are whole numbers in which bit 1 is the first of the month.
"""

from dataclasses import dataclass
from datetime import date

from dawam.workers.schedules.bits import bits

SUNDAY, SATURDAY = 0, 6
_FEBRUARY = 2
_LENGTHS = (0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_WEEKS = sum(1 << 7 * week for week in range(6))


@dataclass(frozen=True, slots=True)
class MonthDays:
    """The field of the days of the month."""

    days: int = 0
    """Bit 1 is the first."""
    before_last: tuple[int, ...] = ()
    """`L` is 0, `L-3` is 3."""
    nearest: tuple[int, ...] = ()
    """`15W`: the weekday (Monday to Friday) nearest to the 15th, within the month."""
    has_last_weekday: bool = False
    """`LW`: the last weekday of the month."""
    is_open: bool = False
    """The field begins with `*`, or is `?`: it does not choose days by itself."""

    def of(self, first: int, length: int) -> int:
        """The days of a month that begins on weekday `first`."""
        found = self.days
        for before in self.before_last:
            if before < length:
                found |= 1 << length - before
        for day in self.nearest:
            if day <= length:
                found |= 1 << _nearest_weekday(day, first, length)
        if self.has_last_weekday:
            found |= 1 << _nearest_weekday(length, first, length)
        return found


@dataclass(frozen=True, slots=True)
class WeekDays:
    """The field of the weekdays; Sunday is 0, whatever the dialect."""

    days: int = 0
    """Bit 0 is Sunday."""
    last: int = 0
    """`5L`: the last Friday of the month, as bits."""
    numbered: tuple[tuple[int, int], ...] = ()
    """`MON#2`: the second Monday, as (weekday, number)."""
    is_open: bool = False

    def of(self, first: int, length: int) -> int:
        """The days of a month that begins on weekday `first`; some may lie beyond its end."""
        found = (self.days * _WEEKS >> first) << 1
        for weekday in bits(self.last):
            found |= 1 << length - (first + length - 1 - weekday) % 7
        for weekday, number in self.numbered:
            found |= 1 << (weekday - first) % 7 + 7 * number - 6
        return found


@dataclass(frozen=True, slots=True)
class Days:
    """Both day fields. When each chooses days, either is enough, as it has always been in cron."""

    of_month: MonthDays
    of_week: WeekDays

    @property
    def is_either(self) -> bool:
        """Whether a day that one of the two fields names is meant."""
        return not (self.of_month.is_open or self.of_week.is_open)

    def of(self, year: int, month: int) -> int:
        """The days that are meant in this month."""
        first = date(year, month, 1).toordinal() % 7
        length = _LENGTHS[month] + (month == _FEBRUARY and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0))
        by_month, by_week = self.of_month.of(first, length), self.of_week.of(first, length)
        return (by_month | by_week if self.is_either else by_month & by_week) & (2 << length) - 2


def _nearest_weekday(day: int, first: int, length: int) -> int:
    weekday = (first + day - 1) % 7
    if weekday == SATURDAY:
        return day - 1 if day > 1 else day + 2
    if weekday == SUNDAY:
        return day + 1 if day < length else day - 2
    return day
