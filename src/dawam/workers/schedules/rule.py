"""A cron expression that was read: which moments it means, in UTC.

Schedules of **fixed times** (the second, minute and hour are values, lists or ranges) map each time on the wall to one
moment. This map never falls, so one search on the wall and one look at the zone suffice, in either direction. Schedules
with a **rhythm** follow real time: each moment at which the clock shows a matching time.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from dawam.workers.schedules.dialect import Dialect
from dawam.workers.schedules.expression import Expression, expression_of
from dawam.workers.schedules.pattern import Pattern
from dawam.workers.schedules.zone import SECOND, Zone, zone_of

_CACHED = 1024


@dataclass(frozen=True, slots=True)
class CronRule:
    """An expression together with its zone."""

    read: Expression
    zone: Zone | None
    """None: UTC, where wall and moment are the same."""

    @property
    def expression(self) -> str:
        """The expression in its one form."""
        return self.read.text

    @property
    def dialect(self) -> Dialect:
        """The dialect that it was read in."""
        return self.read.dialect

    @property
    def hash_key(self) -> str:
        """What `H` was computed from; empty where there is none."""
        return self.read.hash_key

    def next_after(self, moment: datetime) -> datetime | None:
        """The first planned moment strictly after this one; None when none is left."""
        try:
            return self._next(moment.astimezone(UTC).replace(microsecond=0))
        except OverflowError:  # the end of the calendar
            return None

    def previous_before(self, moment: datetime) -> datetime | None:
        """The last planned moment strictly before this one; None when there was none."""
        try:
            second = moment.astimezone(UTC)
            return self._previous(second.replace(microsecond=0) if second.microsecond else second - SECOND)
        except OverflowError:  # the beginning of the calendar
            return None

    def _next(self, moment: datetime) -> datetime | None:
        """After a whole second."""
        pattern, zone = self.read.pattern, self.zone
        if zone is None:
            found = pattern.at_or_after(moment.replace(tzinfo=None) + SECOND)
            return found and found.replace(tzinfo=UTC)
        wall = zone.wall(moment)
        if not self.read.has_rhythm:
            fold = zone.fold(wall) if wall.fold else None  # in the second pass all times of the first one are over
            planned = pattern.at_or_after(fold[1] if fold else wall + SECOND)
            return planned and zone.planned(planned)
        found = _real_after(pattern, zone, pattern.at_or_after(wall + SECOND), moment)
        fold = None if wall.fold else zone.fold(wall)
        if fold is None:
            return found
        change = zone.moments(fold[0])[1]
        again = _real_after(pattern, zone, pattern.at_or_after(fold[0]), change - SECOND)
        return min((each for each in (found, again) if each is not None), default=None)

    def _previous(self, moment: datetime) -> datetime | None:
        """Up to a whole second, which counts."""
        pattern, zone = self.read.pattern, self.zone
        if zone is None:
            found = pattern.at_or_before(moment.replace(tzinfo=None))
            return found and found.replace(tzinfo=UTC)
        wall = zone.wall(moment)
        fold = zone.fold(wall) if wall.fold else None
        if not self.read.has_rhythm:
            planned = pattern.at_or_before(fold[1] - SECOND if fold else wall)
            return planned and zone.planned(planned)
        found = _real_before(pattern, zone, pattern.at_or_before(wall), moment)
        if fold is None:
            return found
        change = zone.moments(fold[0])[1]
        first = _real_before(pattern, zone, pattern.at_or_before(fold[1] - SECOND), change - SECOND)
        return max((each for each in (found, first) if each is not None), default=None)


def _real_after(pattern: Pattern, zone: Zone, wall: datetime | None, moment: datetime) -> datetime | None:
    """The first moment after `moment` at which the clock shows `wall`, or a later match if `wall` is in a gap."""
    while wall is not None:
        first, second = zone.moments(wall)
        if first <= second:
            return first if first > moment else second
        wall = pattern.at_or_after(zone.wall(zone.change(second, first)))
    return None


def _real_before(pattern: Pattern, zone: Zone, wall: datetime | None, moment: datetime) -> datetime | None:
    """The last moment up to `moment` at which the clock shows `wall`, or an earlier match if `wall` is in a gap."""
    while wall is not None:
        first, second = zone.moments(wall)
        if first <= second:
            return second if second <= moment else first
        wall = pattern.at_or_before(zone.wall(zone.change(second, first) - SECOND))
    return None


@lru_cache(maxsize=_CACHED)
def rule_of(expression: str, time_zone: str, dialect: Dialect | None, hash_key: str) -> CronRule:
    """Reads an expression, once. Raises `ScheduleError`."""
    return CronRule(expression_of(expression, dialect, hash_key), zone_of(time_zone))
