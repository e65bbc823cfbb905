"""What a clock on the wall shows when a schedule is due: sets of allowed values, searched forwards and backwards.

No zone here: these are times as people read them, without a thought of clocks that are put forward or back. Sets are
numbers (see `bits`), so that the next allowed value is found without walking.
"""

from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, datetime

from dawam.workers.schedules.bits import NONE, greatest_to, least_from
from dawam.workers.schedules.days import Days

_CYCLE = 400
"""After so many years the calendar repeats itself, weekdays and all: what did not come in them never comes."""
_END_OF_YEAR = 12
_END_OF_MONTH = 31
_Time = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Pattern:
    """The allowed values of each field."""

    seconds: int
    minutes: int
    hours: int
    days: Days
    months: int
    years: int | None
    """None: every year. A set, else."""

    def at_or_after(self, wall: datetime) -> datetime | None:
        """The first matching second from `wall` on."""
        year, month, day = wall.year, wall.month, wall.day
        days = self._days(year, month)
        if days >> day & 1:
            time = self._time_from(wall.hour, wall.minute, wall.second)
            if time is not None:
                return datetime(year, month, day, *time)  # noqa: DTZ001
        day = least_from(days, day + 1)
        end = min(year + _CYCLE, MAXYEAR) if self.years is None else MAXYEAR
        while day == NONE:
            month = least_from(self.months, month + 1)
            if month == NONE:
                year = self._year_from(year + 1)
                month = least_from(self.months, 1)
            if not MINYEAR <= year <= end:
                return None
            day = least_from(self._days(year, month), 1)
        hour, minute, second = least_from(self.hours, 0), least_from(self.minutes, 0), least_from(self.seconds, 0)
        return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001

    def at_or_before(self, wall: datetime) -> datetime | None:
        """The last matching second up to `wall`."""
        year, month, day = wall.year, wall.month, wall.day
        days = self._days(year, month)
        if days >> day & 1:
            time = self._time_to(wall.hour, wall.minute, wall.second)
            if time is not None:
                return datetime(year, month, day, *time)  # noqa: DTZ001
        day = greatest_to(days, day - 1)
        end = max(year - _CYCLE, MINYEAR) if self.years is None else MINYEAR
        while day == NONE:
            month = greatest_to(self.months, month - 1)
            if month == NONE:
                year = self._year_to(year - 1)
                month = greatest_to(self.months, _END_OF_YEAR)
            if year < end:
                return None
            day = greatest_to(self._days(year, month), _END_OF_MONTH)
        hour, minute, second = (each.bit_length() - 1 for each in (self.hours, self.minutes, self.seconds))
        return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001

    def _days(self, year: int, month: int) -> int:
        if not self.months >> month & 1 or (self.years is not None and not self.years >> year & 1):
            return 0
        return self.days.of(year, month)

    def _year_from(self, year: int) -> int:
        return year if self.years is None else least_from(self.years, year)

    def _year_to(self, year: int) -> int:
        return year if self.years is None or year < MINYEAR else greatest_to(self.years, year)

    def _time_from(self, hour: int, minute: int, second: int) -> _Time | None:
        if self.hours >> hour & 1:
            if self.minutes >> minute & 1:
                found = least_from(self.seconds, second)
                if found != NONE:
                    return hour, minute, found
            found = least_from(self.minutes, minute + 1)
            if found != NONE:
                return hour, found, least_from(self.seconds, 0)
        found = least_from(self.hours, hour + 1)
        return None if found == NONE else (found, least_from(self.minutes, 0), least_from(self.seconds, 0))

    def _time_to(self, hour: int, minute: int, second: int) -> _Time | None:
        last_minute, last_second = self.minutes.bit_length() - 1, self.seconds.bit_length() - 1
        if self.hours >> hour & 1:
            if self.minutes >> minute & 1:
                found = greatest_to(self.seconds, second)
                if found != NONE:
                    return hour, minute, found
            found = greatest_to(self.minutes, minute - 1) if minute else NONE
            if found != NONE:
                return hour, found, last_second
        found = greatest_to(self.hours, hour - 1) if hour else NONE
        return None if found == NONE else (found, last_minute, last_second)
