"""The text in which a schedule is kept in a database: one line that reads back as the same schedule.

Equal schedules have equal texts, so that two declarations can be compared without reading them.
"""

from datetime import timedelta

import msgspec

from dawam.errors import ScheduleError
from dawam.workers.schedules.dialect import dialect_of
from dawam.workers.schedules.schedule import Cron, Every, Schedule

_MICROSECOND = timedelta(microseconds=1)


class _Interval(msgspec.Struct, frozen=True, tag_field="kind", tag="every"):
    microseconds: int
    fixed_rate: bool


class _Expression(msgspec.Struct, frozen=True, tag_field="kind", tag="cron"):
    expression: str
    time_zone: str
    dialect: str
    hash_key: str


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Interval | _Expression).decode


def to_text(schedule: Schedule) -> str:
    """The schedule as one line of JSON."""
    if isinstance(schedule, Every):
        return _encode(_Interval(schedule.period // _MICROSECOND, schedule.fixed_rate)).decode()
    dialect = str(schedule.dialect)
    return _encode(_Expression(schedule.expression, schedule.time_zone, dialect, schedule.hash_key)).decode()


def from_text(text: str) -> Schedule:
    """The schedule of which `to_text` made this text. Raises `ScheduleError` for any other text."""
    try:
        kept = _decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise ScheduleError(f"the stored schedule {text[:200]!r} cannot be read: {error}") from None
    if isinstance(kept, _Expression):
        return Cron(kept.expression, kept.time_zone, dialect_of(kept.dialect), kept.hash_key)
    try:
        return Every(timedelta(microseconds=kept.microseconds), kept.fixed_rate)
    except OverflowError:
        raise ScheduleError(f"the stored schedule {text[:200]!r} has a period beyond the calendar") from None
