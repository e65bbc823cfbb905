"""Schedules in English."""

from collections.abc import Sequence

from dawam.workers.schedules.spoken import Run, Unit, runs

_WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_NUMBERS = ("first", "second", "third", "fourth", "fifth")
_ENDINGS = {1: "st", 2: "nd", 3: "rd"}
_TEENS = range(11, 14)


class English:
    """See `Spoken`."""

    comma = ", "
    every_day = "every day"
    last_day = "the last day"
    last_working_day = "the last working day (Monday to Friday)"
    from_end = "counted from the end of each tick"
    fixed_rate = "at a fixed rate"

    def listed(self, parts: Sequence[str]) -> str:
        *most, last = parts
        return f"{', '.join(most)} and {last}" if most else last

    def every(self, count: int, unit: Unit) -> str:
        return f"every {unit}" if count == 1 else f"every {count:,} {unit}s"

    def every_sum(self, parts: Sequence[tuple[int, Unit]]) -> str:
        return f"every {self.listed([f'{count:,} {unit}' + 's' * (count != 1) for count, unit in parts])}"

    def every_exactly(self, seconds: str) -> str:
        return f"every {seconds} seconds"

    def starting_at(self, unit: Unit, value: int) -> str:
        return f"from {unit} {value}"

    def at_values(self, unit: Unit, found: Sequence[Run]) -> str:
        is_one = len(found) == 1 and found[0].is_single
        owner = f" of every {'hour' if unit == 'minute' else 'minute'}"
        return f"at {unit}{'' if is_one else 's'} {self.listed([_numbers(run) for run in found])}{owner}"

    def between(self, first: str, last: str) -> str:
        return f"from {first} to {last}"

    def in_hours(self, found: Sequence[Run]) -> str:
        return f"in the hours {self.listed([_numbers(run) for run in found])}"

    def at_times(self, times: Sequence[str]) -> str:
        return f"at {self.listed(times)}"

    def days(self, found: Sequence[Run]) -> str:
        return self.listed([_days(run) for run in found])

    def days_apart(self, step: int, run: Run) -> str:
        return f"every {_nth(step)} day from {_days(run)}"

    def before_last_day(self, count: int) -> str:
        return f"the day {count} day{'s' * (count != 1)} before the last day"

    def working_day_near(self, day: int) -> str:
        return f"the working day (Monday to Friday) nearest to the {_nth(day)}"

    def on_days(self, parts: Sequence[str], months: str) -> str:
        return f"on {self.listed(parts)} of {months or 'the month'}"

    def weekdays(self, found: Sequence[int]) -> str:
        spans = runs(found, cycle=7)
        if len(spans) == 1 and not spans[0].is_single:
            return f"from {_WEEKDAYS[spans[0].first]} to {_WEEKDAYS[spans[0].last]}"
        return f"on {self.listed([f'{_WEEKDAYS[weekday]}s' for weekday in found])}"

    def last_weekday(self, weekday: int) -> str:
        return f"the last {_WEEKDAYS[weekday]}"

    def numbered_weekday(self, weekday: int, number: int) -> str:
        return f"the {_NUMBERS[number - 1]} {_WEEKDAYS[weekday]}"

    def on_weekdays(self, plain: str, special: Sequence[str], months: str) -> str:
        if not special:
            return f"{plain} in {months}" if months else plain
        named = f"on {self.listed(special)} of {months or 'the month'}"
        return f"{plain} and {named}" if plain else named

    def months(self, found: Sequence[Run]) -> str:
        return self.listed([_month(run) for run in found])

    def in_months(self, months: str) -> str:
        return f"in {months}"

    def in_years(self, found: Sequence[Run]) -> str:
        return f"in {self.listed([_numbers(run) for run in found])}"

    def either(self, one: str, other: str) -> str:
        return f"{one} or {other}"

    def both(self, weekdays: str, days: str) -> str:
        return f"{weekdays}, but only {days},"

    def in_zone(self, name: str) -> str:
        return f"({name})"


def _numbers(run: Run) -> str:
    return str(run.first) if run.is_single else f"{run.first} to {run.last}"


def _days(run: Run) -> str:
    return f"the {_nth(run.first)}" if run.is_single else f"the {_nth(run.first)} to the {_nth(run.last)}"


def _month(run: Run) -> str:
    first, last = _MONTHS[run.first - 1], _MONTHS[run.last - 1]
    return first if run.is_single else f"the months {first} to {last}"


def _nth(number: int) -> str:
    return f"{number}{'th' if number in _TEENS else _ENDINGS.get(number % 10, 'th')}"
