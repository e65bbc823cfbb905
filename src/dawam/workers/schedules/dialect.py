"""The dialects in which cron expressions are written."""

from enum import StrEnum

from dawam.errors import ScheduleError


class Dialect(StrEnum):
    """How the fields of a cron expression are read."""

    UNIX = "unix"
    """5 fields: minute, hour, day of month, month, weekday. Sunday is 0 or 7."""
    SECONDS = "seconds"
    """6 fields: a second in front of those of `UNIX`."""
    QUARTZ = "quartz"
    """6 or 7 fields: second to weekday, and perhaps a year. Sunday is 1, and one of the two day fields is `?`."""


def dialect_of(value: str) -> Dialect:
    """The dialect of this name. Raises `ScheduleError` for a name that is none."""
    try:
        return Dialect(value)
    except ValueError:
        known = ", ".join(f"{dialect.value!r}" for dialect in Dialect)
        raise ScheduleError(f"dialect={value!r} is not known: {known} were expected") from None
