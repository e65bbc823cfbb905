"""Durations and moments as people say them."""

from datetime import datetime, timedelta


def spoken_duration(duration: timedelta) -> str:
    """`0.4 ms`, `0.12 s`, `60 s`, `5 min`, `1 h 4 min`, `2 d 3 h`: two units at most."""
    seconds = duration.total_seconds()
    if 0 < seconds < 0.1:
        return f"{seconds * 1000:.1f}".removesuffix(".0") + " ms"
    if seconds < 10:
        return f"{max(seconds, 0.0):.2f}".rstrip("0").rstrip(".") + " s"
    whole = round(seconds)
    if whole < 120:
        return f"{whole} s"
    if whole < 3600:
        return _two(whole, 60, "min", 1, "s")
    if whole < 86400:
        return _two(whole, 3600, "h", 60, "min")
    return _two(whole, 86400, "d", 3600, "h")


def spoken_moment(moment: datetime, now: datetime) -> str:
    """The local time of day, as in `12:03:10`; with the date when it is not today's."""
    local = moment.astimezone()
    return local.strftime("%H:%M:%S" if local.date() == now.astimezone().date() else "%Y-%m-%d %H:%M:%S")


def spoken_wait(moment: datetime, now: datetime) -> str:
    """`12:03:10 (in 60 s)`."""
    return f"{spoken_moment(moment, now)} (in {spoken_duration(moment - now)})"


def _two(whole: int, large: int, large_unit: str, small: int, small_unit: str) -> str:
    rest = whole % large // small
    return f"{whole // large} {large_unit}" + (f" {rest} {small_unit}" if rest else "")
