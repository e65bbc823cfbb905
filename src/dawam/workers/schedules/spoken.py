"""What a language must be able to say about schedules, and how sets of numbers are put into few words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

Unit = Literal["day", "hour", "minute", "second"]
_SHORTEST = 3


@dataclass(frozen=True, slots=True)
class Run:
    """Values that follow each other; `first` and `last` are the same for one that stands alone."""

    first: int
    last: int

    @property
    def is_single(self) -> bool:
        """Whether it is one value."""
        return self.first == self.last


def runs(values: Iterable[int], least: int = 0, cycle: int = 0) -> list[Run]:
    """The values as runs of three or more, and single ones. In a cycle a run may go over the end, as nights do."""
    rest = sorted(values)
    members = set(rest)

    def before(value: int) -> int:
        return value - 1 if not cycle or value > least else least + cycle - 1

    if len(rest) < cycle:
        while before(rest[0]) in members:
            rest = [rest[-1], *rest[:-1]]
    found: list[list[int]] = []
    for value in rest:
        if found and before(value) == found[-1][-1]:
            found[-1].append(value)
        else:
            found.append([value])
    return [run for follow in found for run in _told(follow)]


def _told(values: Sequence[int]) -> list[Run]:
    if len(values) < _SHORTEST:
        return [Run(value, value) for value in values]
    return [Run(values[0], values[-1])]


class Spoken(Protocol):
    """One language. Weekdays count from Sunday, which is 0; months from 1."""

    comma: str
    every_day: str
    last_day: str
    last_working_day: str
    from_end: str
    fixed_rate: str

    def listed(self, parts: Sequence[str]) -> str:
        """A, B and C."""
        ...

    def every(self, count: int, unit: Unit) -> str:
        """Every second, every 5 minutes."""
        ...

    def every_sum(self, parts: Sequence[tuple[int, Unit]]) -> str:
        """Every 1 hour and 30 minutes."""
        ...

    def every_exactly(self, seconds: str) -> str:
        """Every 0.5 seconds."""
        ...

    def starting_at(self, unit: Unit, value: int) -> str:
        """From minute 7 on."""
        ...

    def at_values(self, unit: Unit, found: Sequence[Run]) -> str:
        """At minutes 5 and 10 to 20, of whatever they belong to."""
        ...

    def between(self, first: str, last: str) -> str:
        """From 09:00 to 17:59."""
        ...

    def in_hours(self, found: Sequence[Run]) -> str:
        """In the hours 9, 12 and 15."""
        ...

    def at_times(self, times: Sequence[str]) -> str:
        """At 03:00 and 15:00."""
        ...

    def days(self, found: Sequence[Run]) -> str:
        """The 15th; the 1st and the 5th to the 10th."""
        ...

    def days_apart(self, step: int, run: Run) -> str:
        """Every 2 days from the 1st to the 31st."""
        ...

    def before_last_day(self, count: int) -> str:
        """3 days before the last day."""
        ...

    def working_day_near(self, day: int) -> str:
        """The working day nearest to the 15th."""
        ...

    def on_days(self, parts: Sequence[str], months: str) -> str:
        """On the 1st and the 15th of the month, or of the months that are named."""
        ...

    def weekdays(self, found: Sequence[int]) -> str:
        """Mondays and Fridays; Monday to Friday."""
        ...

    def last_weekday(self, weekday: int) -> str:
        """The last Friday."""
        ...

    def numbered_weekday(self, weekday: int, number: int) -> str:
        """The second Monday."""
        ...

    def on_weekdays(self, plain: str, special: Sequence[str], months: str) -> str:
        """On Mondays, or on the last Friday of the month."""
        ...

    def months(self, found: Sequence[Run]) -> str:
        """January and July to September."""
        ...

    def in_months(self, months: str) -> str:
        """In January."""
        ...

    def in_years(self, found: Sequence[Run]) -> str:
        """In 2027."""
        ...

    def either(self, one: str, other: str) -> str:
        """One or the other."""
        ...

    def both(self, weekdays: str, days: str) -> str:
        """On Mondays, but only on these days of the month."""
        ...

    def in_zone(self, name: str) -> str:
        """(Asia/Riyadh)."""
        ...
