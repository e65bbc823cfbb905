"""What to do about a row that is due, and which moment comes next: pure arithmetic that is told the time.

Each host that sees a due row comes to the same answer, and the claim that is made first is the one that holds.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from dawam.workers.record import LOST_TICK_LIMIT, MOST_COUNTED, AfterCrash, DueTick, MissedTicks, TickClaim
from dawam.workers.schedules.schedule import Every, Schedule

ON_TIME = timedelta(minutes=1)
"""A moment that passed by no more than that is not missed, unless the one after it has come as well."""
_INSTANT = timedelta(microseconds=1)


def move(tick: DueTick, schedule: Schedule, now: datetime, luck: float) -> TickClaim:
    """What a host should do with the row: begin a tick, or plan on without one. `luck` in [0, 1) picks the jitter."""
    if tick.is_triggered or tick.next_at is None:
        return _claim(tick, now, is_triggered=True)
    if not tick.lost_count:
        return _planned(tick, schedule, tick.next_at, now, luck)
    if tick.after_crash is AfterCrash.AGAIN and tick.lost_count < LOST_TICK_LIMIT:
        return _claim(tick, tick.next_at)
    following = next_moment(schedule, tick.next_at, ended_at=now)
    if following is None or following > now:
        return _plan(tick, following, luck)
    return _planned(tick, schedule, following, now, luck)


def next_moment(schedule: Schedule, planned_at: datetime, *, ended_at: datetime) -> datetime | None:
    """The one next moment after the tick of `planned_at`, which ended at `ended_at`; None: never again.

    Counted from the end of the tick for `Every` at rest; on its grid, or in the calendar, for all else, and then it may
    have passed already.
    """
    if isinstance(schedule, Every) and not schedule.fixed_rate:
        return ended_at + schedule.period
    return schedule.next_after(planned_at)


def first_moment(schedule: Schedule, now: datetime) -> datetime | None:
    """When a worker ticks first that is planned now: one period from now, or at its next moment in the calendar."""
    return schedule.next_after(now)


def due(next_at: datetime | None, jitter: timedelta, luck: float) -> datetime | None:
    """When the tick of that moment is due."""
    return None if next_at is None else next_at + jitter * luck


def _planned(tick: DueTick, schedule: Schedule, first: datetime, now: datetime, luck: float) -> TickClaim:
    """The planned moments from `first` on that have come: which of them to run, and which are missed."""
    past = _past(schedule, first, now)
    is_late = not tick.catch_up and now - past.latest > ON_TIME
    if is_late:
        missed = _missed(schedule, first, past.latest)
        return _plan(tick, next_moment(schedule, past.latest, ended_at=now), luck, missed)
    chosen = past.latest
    for _ in range(tick.catch_up - 1):
        earlier = past.before(chosen)
        if earlier is None:
            break
        chosen = earlier
    before = past.before(chosen)
    return _claim(tick, chosen, missed=None if before is None else _missed(schedule, first, before))


class _Past(NamedTuple):
    """The planned moments from the first one up to now."""

    schedule: Schedule
    first: datetime
    latest: datetime

    def before(self, moment: datetime) -> datetime | None:
        """The one before; None before the first."""
        earlier = self.schedule.previous_before(moment) if moment > self.first else None
        return earlier if earlier is not None and earlier >= self.first else None


def _past(schedule: Schedule, first: datetime, now: datetime) -> _Past:
    if not isinstance(schedule, Every):
        latest = schedule.previous_before(now + _INSTANT)
        return _Past(schedule, first, first if latest is None else max(latest, first))
    if not schedule.fixed_rate:
        return _Past(schedule, first, first)
    return _Past(schedule, first, first + max((now - first) // schedule.period, 0) * schedule.period)


def _missed(schedule: Schedule, first: datetime, last: datetime) -> MissedTicks:
    if isinstance(schedule, Every):
        return MissedTicks(first, last, min((last - first) // schedule.period + 1, MOST_COUNTED))
    count, moment = 1, schedule.next_after(first)
    while moment is not None and moment <= last and count < MOST_COUNTED:
        count, moment = count + 1, schedule.next_after(moment)
    return MissedTicks(first, last, count)


def _claim(
    tick: DueTick, planned_at: datetime, *, is_triggered: bool = False, missed: MissedTicks | None = None
) -> TickClaim:
    return TickClaim(
        name=tick.name,
        place=tick.place,
        fence=tick.fence,
        revision=tick.revision,
        planned_at=planned_at,
        is_triggered=is_triggered,
        missed=missed,
    )


def _plan(tick: DueTick, next_at: datetime | None, luck: float, missed: MissedTicks | None = None) -> TickClaim:
    return TickClaim(
        name=tick.name,
        place=tick.place,
        fence=tick.fence,
        revision=tick.revision,
        planned_at=None,
        missed=missed,
        next_at=next_at,
        due_at=due(next_at, tick.jitter, luck),
    )
