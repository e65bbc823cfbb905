"""A schedule in words: what is said is decided here, once; how it is said, by each language."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise, product

from dawam.errors import ScheduleError
from dawam.workers.schedules.arabic import Arabic
from dawam.workers.schedules.bits import bits
from dawam.workers.schedules.days import MonthDays, WeekDays
from dawam.workers.schedules.english import English
from dawam.workers.schedules.pattern import Pattern
from dawam.workers.schedules.rule import CronRule
from dawam.workers.schedules.spoken import Run, Spoken, Unit, runs

_LANGUAGES: dict[str, Spoken] = {"en": English(), "ar": Arabic()}
_MOST_TIMES = 8
_FEWEST_STEPS = 4
_SIXTY, _HOURS, _MONTHS, _DAYS, _WEEKDAYS = 60, 24, 12, 31, 7


def of_interval(period: timedelta, fixed_rate: bool, language: str) -> str:
    """An interval in words."""
    spoken = _spoken(language)
    minutes, seconds = divmod(period.seconds, _SIXTY)
    hours, minutes = divmod(minutes, _SIXTY)
    counts: list[tuple[int, Unit]] = [(period.days, "day"), (hours, "hour"), (minutes, "minute"), (seconds, "second")]
    parts = [each for each in counts if each[0]]
    rate = spoken.fixed_rate if fixed_rate else spoken.from_end
    if period.microseconds:
        exactly = f"{period.total_seconds():,.6f}".rstrip("0")
        return f"{spoken.every_exactly(exactly)}{spoken.comma}{rate}"
    text = spoken.every(*parts[0]) if len(parts) == 1 else spoken.every_sum(parts)
    return f"{text}{spoken.comma}{rate}"


def of_rule(rule: CronRule, time_zone: str, language: str) -> str:
    """A cron schedule in words, together with its zone."""
    spoken, pattern = _spoken(language), rule.read.pattern
    times, day = _clock_times(pattern), _day(pattern, spoken)
    if times:
        parts = [f"{day or spoken.every_day} {spoken.at_times(times)}"]
    else:
        parts = [*_rhythm(pattern, spoken), *([day] if day else [])]
    if pattern.years is not None and not _is_full(pattern.years, 130):
        parts.append(spoken.in_years(runs(bits(pattern.years))))
    return f"{spoken.comma.join(parts)} {spoken.in_zone(time_zone)}"


def _spoken(language: str) -> Spoken:
    if language not in _LANGUAGES:
        raise ScheduleError(f"schedules cannot be told in {language!r}: 'en' or 'ar' were expected")
    return _LANGUAGES[language]


def _clock_times(pattern: Pattern) -> list[str]:
    """The times of the day, if they are few enough to be read out."""
    if pattern.hours.bit_count() * pattern.minutes.bit_count() * pattern.seconds.bit_count() > _MOST_TIMES:
        return []
    seconds = "" if pattern.seconds == 1 else ":{2:02}"
    each = product(bits(pattern.hours), bits(pattern.minutes), bits(pattern.seconds))
    return [("{0:02}:{1:02}" + seconds).format(*time) for time in each]


def _rhythm(pattern: Pattern, spoken: Spoken) -> list[str]:
    """Second, minute and hour, each only where it says something."""
    seconds, minutes, hours = pattern.seconds, pattern.minutes, pattern.hours
    if seconds == minutes == 1 and (step := _step(hours, _HOURS)) and step[0] == 0:
        return [spoken.every(step[1], "hour")]
    parts = [] if seconds == 1 else [_values(seconds, "second", spoken)]
    if not parts or not _is_full(minutes, _SIXTY):
        parts.append(spoken.every(1, "hour") if not parts and minutes == 1 else _values(minutes, "minute", spoken))
    if not _is_full(hours, _HOURS):
        spans = runs(bits(hours), cycle=_HOURS)
        if len(spans) == 1:
            minute = f"{minutes.bit_length() - 1:02}" if parts[0] == spoken.every(1, "hour") else "59"
            parts.append(spoken.between(f"{spans[0].first:02}:00", f"{spans[0].last:02}:{minute}"))
        else:
            parts.append(spoken.in_hours(spans))
    return parts


def _values(members: int, unit: Unit, spoken: Spoken) -> str:
    step = _step(members, _SIXTY)
    if step is None:
        return spoken.at_values(unit, runs(bits(members)))
    start, length = step
    return spoken.every(length, unit) + (f" {spoken.starting_at(unit, start)}" if start else "")


def _step(members: int, size: int) -> tuple[int, int] | None:
    """Where an even rhythm starts, and its length; None for anything that is not even all the way round."""
    values = list(bits(members))
    length = size // len(values)
    if len(values) < 2 or any(after - before != length for before, after in pairwise(values)):
        return None
    return (values[0], length) if values[0] + size - values[-1] == length else None


def _day(pattern: Pattern, spoken: Spoken) -> str:
    """The days, with the months; empty if all of them are meant."""
    months = "" if pattern.months.bit_count() == _MONTHS else spoken.months(runs(bits(pattern.months), 1, _MONTHS))
    of_month, of_week = pattern.days.of_month, pattern.days.of_week
    by_week = _week(of_week, months, spoken)
    parts = _month_parts(of_month, spoken, is_listed=bool(by_week))
    by_month = spoken.on_days(parts, months) if parts else ""
    if pattern.days.is_either and not (by_month and by_week):
        by_month = by_week = ""  # one of the two is every day
    if by_month and by_week:
        return spoken.either(by_month, by_week) if pattern.days.is_either else spoken.both(by_week, by_month)
    if by_month or by_week:
        return by_month or by_week
    return f"{spoken.every_day} {spoken.in_months(months)}" if months else ""


def _month_parts(days: MonthDays, spoken: Spoken, *, is_listed: bool) -> list[str]:
    """Each day of the month that is named; none if all of them are."""
    values = list(bits(days.days))
    if len(values) == _DAYS:
        return []
    gaps = {after - before for before, after in pairwise(values)}
    if not is_listed and len(values) >= _FEWEST_STEPS and len(gaps) == 1 and gaps != {1}:
        parts = [spoken.days_apart(gaps.pop(), Run(values[0], values[-1]))]
    else:
        parts = [spoken.days(runs(values))] if values else []
    parts += [spoken.working_day_near(day) for day in days.nearest]
    parts += [spoken.before_last_day(count) if count else spoken.last_day for count in days.before_last]
    return [*parts, spoken.last_working_day] if days.has_last_weekday else parts


def _week(days: WeekDays, months: str, spoken: Spoken) -> str:
    """The weekdays that are named; empty if all of them are."""
    values = list(bits(days.days))
    if len(values) == _WEEKDAYS:
        return ""
    special: Sequence[str] = [spoken.numbered_weekday(*each) for each in days.numbered]
    special = [*special, *(spoken.last_weekday(weekday) for weekday in bits(days.last))]
    return spoken.on_weekdays(spoken.weekdays(values) if values else "", special, months)


def _is_full(members: int, size: int) -> bool:
    return members.bit_count() == size
