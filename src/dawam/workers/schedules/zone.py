"""A time zone's two answers: what the clock on the wall shows at a moment, and at which moments it shows a time.

A time on the wall usually comes once. In a **fold** (clocks put back) it comes twice, in a **gap** (clocks put forward,
or a whole day left out) never. Python marks the second pass through a fold with `fold=1`.
"""

import difflib
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from dawam.errors import ScheduleError

SECOND = timedelta(seconds=1)
_OF_THE_MACHINE = ("localtime", "posixrules")


class Zone:
    """The clocks of one place. Moments are whole seconds in UTC, times on the wall have no zone."""

    def __init__(self, info: ZoneInfo) -> None:
        self._info = info

    def wall(self, moment: datetime) -> datetime:
        """What the clock shows."""
        return moment.astimezone(self._info).replace(tzinfo=None)

    def moments(self, wall: datetime) -> tuple[datetime, datetime]:
        """By the offset before a change, and by the one after it.

        Equal: the time comes once. Ascending: twice, at these moments. Descending: never.
        """
        aware = wall.replace(tzinfo=self._info, fold=0)
        return aware.astimezone(UTC), aware.replace(fold=1).astimezone(UTC)

    def planned(self, wall: datetime) -> datetime:
        """The one moment for a time on the wall: the first of two, or the first one after a gap."""
        first, second = self.moments(wall)
        return first if first <= second else self.change(second, first)

    def change(self, before: datetime, after: datetime) -> datetime:
        """The first second of the offset that holds at `after`, given a moment before the clocks changed."""
        old = before.astimezone(self._info).utcoffset()
        while after - before > SECOND:
            middle = before + SECOND * ((after - before) // SECOND // 2)
            if middle.astimezone(self._info).utcoffset() == old:
                before = middle
            else:
                after = middle
        return after

    def fold(self, wall: datetime) -> tuple[datetime, datetime] | None:
        """If `wall` comes twice: what the clock shows where its second pass begins, and where its first one ends."""
        first, second = self.moments(wall)
        if first >= second:
            return None
        change = self.change(first, second)
        return self.wall(change).replace(fold=0), self.wall(change - SECOND).replace(fold=0) + SECOND


@lru_cache(maxsize=256)
def zone_of(name: str) -> Zone | None:
    """The zone of this name, None for UTC. Raises `ScheduleError` for a name that the database does not know."""
    if name == "UTC":
        return None
    if name in _OF_THE_MACHINE:
        raise ScheduleError(f"time_zone={name!r} is another zone on each machine: name the zone itself")
    try:
        return Zone(ZoneInfo(name))
    except (KeyError, ValueError, OSError):  # a name, a path, or a folder such as "America"
        raise ScheduleError(f"time_zone={name!r} is not known: {_advice(name)}") from None


def _advice(name: str) -> str:
    known = {each.lower(): each for each in available_timezones()}
    if not known:
        return "this system has no time zone database; install the package tzdata"
    wanted = name.lower().replace(" ", "_")
    cities = {each.rpartition("/")[2]: each for each in sorted(known, reverse=True)}
    near = difflib.get_close_matches(wanted, known, n=1, cutoff=0.75)
    near = near or [
        cities[city] for city in difflib.get_close_matches(wanted.rpartition("/")[2], cities, n=1, cutoff=0.8)
    ]
    if near:
        return f"did you mean {known[near[0]]!r}?"
    return "a name of the IANA database was expected, as in 'Asia/Riyadh' or 'UTC'"
