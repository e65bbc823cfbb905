"""Whether a worker ticks too often."""

from datetime import datetime, timedelta

from dawam.workers.schedules.schedule import Cron, Every, Schedule

_LOOKED_AT = 60
_FINEST = timedelta(seconds=1)
"""No two moments of a calendar lie closer, so nothing needs to be looked at."""


def shortest_gap(schedule: Schedule, now: datetime) -> timedelta | None:
    """The period of a timer, or the shortest time between two of the next moments of a calendar; None without two."""
    if isinstance(schedule, Every):
        return schedule.period
    moment, gaps = schedule.next_after(now), list[timedelta]()
    for _ in range(_LOOKED_AT):
        following = None if moment is None else schedule.next_after(moment)
        if moment is None or following is None:
            break
        gaps.append(following - moment)
        moment = following
    return min(gaps, default=None)


def too_short(schedule: Schedule, shortest: timedelta | None, now: datetime) -> timedelta | None:
    """The gap between two ticks, if it is shorter than allowed; None if all is well.

    Args:
        shortest: `BackgroundWorkerOptions.shortest_period`; None allows everything.
        now: of a calendar, from when on to look.
    """
    if shortest is None or (isinstance(schedule, Cron) and shortest <= _FINEST):
        return None
    gap = shortest_gap(schedule, now)
    return gap if gap is not None and gap < shortest else None
