"""The two day fields, which know more than values: `L`, `LW`, `15W`, `FRIL`, `MON#2`."""

from dataclasses import replace

from dawam.workers.schedules.bits import set_of
from dawam.workers.schedules.days import SATURDAY, MonthDays, WeekDays
from dawam.workers.schedules.fields import Field, FieldError, items, read_item

_LAST_OFFSET = 30
_MOST_OF_A_KIND = 5


def month_days_of(field: Field, text: str, hash_key: str) -> MonthDays:
    """Reads the field of the days of the month. Raises `FieldError`."""
    if _is_question(text):
        return MonthDays(_all(field), is_open=True)
    days = MonthDays(is_open=text.startswith("*"))
    for at, item in items(text):
        if item == "LW":
            days = replace(days, has_last_weekday=True)
        elif item.startswith("L"):
            days = replace(days, before_last=(*days.before_last, _before_last(item, at)))
        elif item.endswith("W"):
            days = replace(days, nearest=(*days.nearest, field.number(item[:-1], at)))
        else:
            days = replace(days, days=days.days | read_item(field, item, at, hash_key).members)
    return days


def week_days_of(field: Field, text: str, hash_key: str) -> WeekDays:
    """Reads the field of the weekdays, in which Sunday becomes 0. Raises `FieldError`."""
    if _is_question(text):
        return WeekDays(set_of(range(7)), is_open=True)
    days = WeekDays(is_open=text.startswith("*"))
    for at, item in items(text):
        if item == "L":
            days = replace(days, days=days.days | 1 << _plain_last(field, at))
        elif item.endswith("L"):
            days = replace(days, last=days.last | 1 << _weekday(field, item[:-1], at))
        elif "#" in item:
            days = replace(days, numbered=(*days.numbered, _numbered(field, item, at)))
        else:
            days = replace(days, days=days.days | read_item(field, item, at, hash_key).members >> field.least)
    return days


def _all(field: Field) -> int:
    return set_of(range(field.least, field.most + 1))


def _is_question(text: str) -> bool:
    if "?" in text and text != "?":
        raise FieldError(text.index("?"), "? stands alone in its field: it says that the other day field decides")
    return text == "?"


def _before_last(item: str, at: int) -> int:
    if item == "L":
        return 0
    offset = item[2:]
    if item[1] != "-" or not (offset.isascii() and offset.isdigit()):
        raise FieldError(at, f"{item!r} is not known; L, LW or L-3 (three days before the last) was expected")
    if not 0 < int(offset) <= _LAST_OFFSET:
        raise FieldError(at + 2, f"{offset} is not between 1 and {_LAST_OFFSET}")
    return int(offset)


def _plain_last(field: Field, at: int) -> int:
    if field.least == 0:
        raise FieldError(at, "L needs a weekday before it, as in 5L or FRIL (the last Friday of the month)")
    return SATURDAY


def _weekday(field: Field, text: str, at: int) -> int:
    return (field.number(text, at) - field.least) % 7


def _numbered(field: Field, item: str, at: int) -> tuple[int, int]:
    day, _, number = item.partition("#")
    weekday = _weekday(field, day, at)
    if not (number.isascii() and number.isdigit() and 1 <= int(number) <= _MOST_OF_A_KIND):
        raise FieldError(at + len(day) + 1, f"{number!r} is not between 1 and {_MOST_OF_A_KIND}")
    return weekday, int(number)
