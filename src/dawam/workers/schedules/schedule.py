"""What a schedule is: an interval (`Every`) or a cron expression in a time zone (`Cron`).

Both are plain values that compare, hash and pickle. What reads cron expressions, and the zones, is loaded when the
first `Cron` is made: an application that has none does not pay for it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import import_module
from typing import Any, Literal, Protocol

from dawam.errors import ScheduleError
from dawam.workers.schedules.dialect import Dialect as Dialect  # a schedule's users find it here
from dawam.workers.schedules.dialect import dialect_of

Language = Literal["en", "ar"]


class Rule(Protocol):
    """What becomes of a `Cron` once it is read."""

    @property
    def expression(self) -> str: ...

    @property
    def dialect(self) -> Dialect: ...

    @property
    def hash_key(self) -> str: ...

    def next_after(self, moment: datetime) -> datetime | None: ...

    def previous_before(self, moment: datetime) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class Every:
    """An interval: a tick comes one period after another. Raises `ScheduleError` for one that is not above zero."""

    period: timedelta
    fixed_rate: bool = False
    """False: counted from the end of a tick, as in ABP. True: from the moment a tick was planned for, so on a grid."""

    def __post_init__(self) -> None:
        if not isinstance(self.period, timedelta):
            raise ScheduleError(
                f"the period {self.period!r} has no unit; a timedelta was expected, as in timedelta(minutes=5)"
            )
        if self.period <= timedelta(0):
            raise ScheduleError(f"the period {self.period} was given, but a period must be longer than zero")

    def next_after(self, moment: datetime) -> datetime | None:
        """One period after `moment`; None beyond the end of the calendar."""
        try:
            return _checked(moment).astimezone(UTC) + self.period
        except OverflowError:
            return None

    def previous_before(self, moment: datetime) -> datetime | None:
        """One period before `moment`; None before the beginning of the calendar."""
        try:
            return _checked(moment).astimezone(UTC) - self.period
        except OverflowError:
            return None

    def explain(self, language: Language = "en") -> str:
        """The schedule in words, as in "every 5 minutes, counted from the end of each tick"."""
        text: str = _explanation().of_interval(self.period, self.fixed_rate, language)
        return text

    def __str__(self) -> str:
        rate = " at a fixed rate" if self.fixed_rate else ""
        return f"every {_short(self.period)}{rate}"


@dataclass(frozen=True, slots=True)
class Cron:
    """A cron expression, read on the clocks of a time zone, and checked when it is made.

    Its fields are kept in one form (capitals, single spaces, the dialect that was found), so that equal schedules are
    equal. Raises `ScheduleError`, naming the field and the character, for what cannot be read and for what would never
    come, such as the 30th of February.

    When clocks change, a schedule of fixed times runs once for each of them: at the first moment after a gap that
    holds it, and at the first of two. One with a rhythm (`*`, or a step without an end, in the second, minute or hour)
    follows real time: both halves of a repeated hour, and nothing in place of a missing one.
    """

    expression: str
    time_zone: str = "UTC"
    """A name of the IANA database, as in Asia/Riyadh."""
    dialect: Dialect | None = None
    """None: `UNIX` for five fields or a macro such as @daily; six or seven fields have to say theirs."""
    hash_key: str = ""
    """What `H` stands for is computed from this: the name of the worker. Empty where there is no `H`."""

    def __post_init__(self) -> None:
        for name in ("expression", "time_zone", "hash_key"):
            if not isinstance(getattr(self, name), str):
                raise ScheduleError(f"a cron schedule has {name}={getattr(self, name)!r}: a text was expected")
        if self.dialect is not None:
            object.__setattr__(self, "dialect", dialect_of(self.dialect))
        rule = self._rule()
        object.__setattr__(self, "expression", rule.expression)
        object.__setattr__(self, "dialect", rule.dialect)
        object.__setattr__(self, "hash_key", rule.hash_key)

    def next_after(self, moment: datetime) -> datetime | None:
        """The first planned moment strictly after `moment`, in UTC; None when none is left."""
        return self._rule().next_after(_checked(moment))

    def previous_before(self, moment: datetime) -> datetime | None:
        """The last planned moment strictly before `moment`, in UTC; None when there was none."""
        return self._rule().previous_before(_checked(moment))

    def explain(self, language: Language = "en") -> str:
        """The schedule in words, as in "every day at 03:00 (Asia/Riyadh)"."""
        text: str = _explanation().of_rule(self._rule(), self.time_zone, language)
        return text

    def __str__(self) -> str:
        dialect = "" if self.dialect is Dialect.UNIX else f"{self.dialect}, "
        return f"{self.expression} ({dialect}{self.time_zone})"

    def _rule(self) -> Rule:
        rule: Rule = _reader().rule_of(self.expression, self.time_zone, self.dialect, self.hash_key)
        return rule


Schedule = Every | Cron


@cache
def _reader() -> Any:
    return import_module("dawam.workers.schedules.rule")


@cache
def _explanation() -> Any:
    return import_module("dawam.workers.schedules.explanation")


def _checked(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ScheduleError(f"the moment {moment} has no time zone: pass an aware one, as in datetime.now(UTC)")
    return moment


def _short(period: timedelta) -> str:
    """The period as settings are written: 1h30m, 0.5s."""
    minutes, seconds = divmod(period.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{count}{unit}" for count, unit in ((period.days, "d"), (hours, "h"), (minutes, "m")) if count]
    if seconds or period.microseconds:
        parts.append(f"{seconds + period.microseconds / 1_000_000:.6f}".rstrip("0").rstrip(".") + "s")
    return "".join(parts)
