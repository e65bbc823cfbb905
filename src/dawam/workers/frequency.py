"""Whether a worker ticks too often."""

from datetime import timedelta


def too_short(gap: timedelta | None, shortest: timedelta | None) -> timedelta | None:
    """The gap between two ticks, if it is shorter than allowed; None if all is well.

    Args:
        gap: the period of a timer, or the shortest time between two moments of a calendar; None for what is no timer.
        shortest: `BackgroundWorkerOptions.shortest_period`; None allows everything.
    """
    return gap if gap is not None and shortest is not None and gap < shortest else None
