"""Schedules in Arabic. Counted things follow its grammar: one, two, three to ten, eleven and more."""

from collections.abc import Sequence

from dawam.workers.schedules.spoken import Run, Unit, runs

_WEEKDAYS = ("الأحد", "الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت")
_MONTHS = (
    "يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو", "يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر",
)  # fmt: skip
_NUMBERS = ("الأول", "الثاني", "الثالث", "الرابع", "الخامس")
_COUNTED: dict[Unit, tuple[str, str, str, str]] = {
    "second": ("ثانية", "ثانيتين", "ثوانٍ", "ثانية"),
    "minute": ("دقيقة", "دقيقتين", "دقائق", "دقيقة"),
    "hour": ("ساعة", "ساعتين", "ساعات", "ساعة"),
    "day": ("يوم", "يومين", "أيام", "يومًا"),
}
_AT: dict[Unit, tuple[str, str, str]] = {
    "second": ("عند الثانية", "عند الثانيتين", "عند الثواني"),
    "minute": ("عند الدقيقة", "عند الدقيقتين", "عند الدقائق"),
}
_DAYS = ("يوم", "يومي", "أيام")
_HUNDRED, _FEWEST, _MOST_OF_FEW = 100, 3, 10


class Arabic:
    """See `Spoken`."""

    comma = "، "
    every_day = "كل يوم"
    last_day = "آخر يوم"
    last_working_day = "آخر يوم عمل (من الاثنين إلى الجمعة)"
    from_end = "محسوبة من نهاية كل تشغيل"
    fixed_rate = "بإيقاع ثابت"

    def listed(self, parts: Sequence[str]) -> str:
        return " و".join(parts)

    def every(self, count: int, unit: Unit) -> str:
        return f"كل {_counted(count, unit)}"

    def every_sum(self, parts: Sequence[tuple[int, Unit]]) -> str:
        return f"كل {self.listed([_counted(count, unit) for count, unit in parts])}"

    def every_exactly(self, seconds: str) -> str:
        return f"كل {seconds} ثانية"

    def starting_at(self, unit: Unit, value: int) -> str:
        return f"ابتداءً من {'الدقيقة' if unit == 'minute' else 'الثانية'} {value}"

    def at_values(self, unit: Unit, found: Sequence[Run]) -> str:
        is_run = any(not run.is_single for run in found)
        words = _AT[unit][2 if is_run else min(len(found), 3) - 1]
        owner = f"من كل {'ساعة' if unit == 'minute' else 'دقيقة'}"
        return f"{words} {self.listed([_numbers(run) for run in found])} {owner}"

    def between(self, first: str, last: str) -> str:
        return f"من {first} إلى {last}"

    def in_hours(self, found: Sequence[Run]) -> str:
        return f"في الساعات {self.listed([_numbers(run) for run in found])}"

    def at_times(self, times: Sequence[str]) -> str:
        return f"الساعة {self.listed(times)}"

    def days(self, found: Sequence[Run]) -> str:
        if len(found) == 1 and not found[0].is_single:
            return f"الأيام {_numbers(found[0])}"
        word = "أيام" if any(not run.is_single for run in found) else _DAYS[min(len(found), 3) - 1]
        return f"{word} {self.listed([_numbers(run) for run in found])}"

    def days_apart(self, step: int, run: Run) -> str:
        return f"كل {_counted(step, 'day')} من يوم {run.first} إلى يوم {run.last}"

    def before_last_day(self, count: int) -> str:
        return f"اليوم الذي يسبق اليوم الأخير بـ{'يوم واحد' if count == 1 else _counted(count, 'day')}"

    def working_day_near(self, day: int) -> str:
        return f"يوم العمل (من الاثنين إلى الجمعة) الأقرب إلى يوم {day}"

    def on_days(self, parts: Sequence[str], months: str) -> str:
        return f"{self.listed(parts)} من {months or 'الشهر'}"

    def weekdays(self, found: Sequence[int]) -> str:
        spans = runs(found, cycle=7)
        if len(spans) == 1 and not spans[0].is_single:
            return f"من {_WEEKDAYS[spans[0].first]} إلى {_WEEKDAYS[spans[0].last]}"
        word = "كل يوم" if len(found) == 1 else "أيام"
        names = [_WEEKDAYS[weekday].removeprefix("ال") if len(found) == 1 else _WEEKDAYS[weekday] for weekday in found]
        return f"{word} {self.listed(names)}"

    def last_weekday(self, weekday: int) -> str:
        return f"آخر يوم {_WEEKDAYS[weekday].removeprefix('ال')}"

    def numbered_weekday(self, weekday: int, number: int) -> str:
        return f"يوم {_WEEKDAYS[weekday]} {_NUMBERS[number - 1]}"

    def on_weekdays(self, plain: str, special: Sequence[str], months: str) -> str:
        if not special:
            return f"{plain} في {months}" if months else plain
        named = f"{self.listed(special)} من {months or 'الشهر'}"
        return f"{plain} و{named}" if plain else named

    def months(self, found: Sequence[Run]) -> str:
        return self.listed([_month(run) for run in found])

    def in_months(self, months: str) -> str:
        return f"في {months}"

    def in_years(self, found: Sequence[Run]) -> str:
        if len(found) == 1:
            run = found[0]
            return f"في عام {run.first}" if run.is_single else f"في الأعوام من {run.first} إلى {run.last}"
        return f"في الأعوام {self.listed([_numbers(run) for run in found])}"

    def either(self, one: str, other: str) -> str:
        return f"{one} أو {other}"

    def both(self, weekdays: str, days: str) -> str:
        return f"{weekdays}، وفقط في {days}،"

    def in_zone(self, name: str) -> str:
        return f"(بتوقيت {name})"


def _numbers(run: Run) -> str:
    return str(run.first) if run.is_single else f"من {run.first} إلى {run.last}"


def _month(run: Run) -> str:
    first, last = _MONTHS[run.first - 1], _MONTHS[run.last - 1]
    return first if run.is_single else f"الأشهر من {first} إلى {last}"


def _counted(count: int, unit: Unit) -> str:
    """3 دقائق, 15 دقيقة: the noun's form hangs on the last two digits."""
    one, two, few, many = _COUNTED[unit]
    if count == 1:
        return one
    if count == 2:
        return two
    rest = count % _HUNDRED
    if _FEWEST <= rest <= _MOST_OF_FEW:
        return f"{count:,} {few}"
    return f"{count:,} {many if rest > _MOST_OF_FEW else one}"
