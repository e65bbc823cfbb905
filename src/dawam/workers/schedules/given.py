"""The schedule that keywords ask for, with errors that name the worker or recurring job."""

from datetime import UTC, timedelta, tzinfo

from dawam.errors import RegistrationError, ScheduleError
from dawam.workers.schedules.dialect import Dialect, dialect_of
from dawam.workers.schedules.schedule import Cron, Every, Schedule


def schedule_of(
    name: str,
    *,
    every: timedelta | None,
    cron: str | None,
    time_zone: str | tzinfo | None = None,
    dialect: Dialect | str | None = None,
    fixed_rate: bool = False,
    kind: str = "worker",
) -> Schedule:
    """What `name`, which is of this kind, was given, as a schedule. Raises `RegistrationError`, which says the cure.

    Where the expression has an `H`, it stands for a value that is computed from the name.
    """
    if every is not None and cron is not None:
        raise RegistrationError(f"{kind} {name!r} has both `every` and `cron`; leave one of them out")
    try:
        if cron is not None:
            return _cron(name, cron, time_zone, dialect, fixed_rate=fixed_rate)
        return _every(every, time_zone, dialect, fixed_rate=fixed_rate)
    except ScheduleError as error:
        text = str(error)
        raise RegistrationError(f"{kind} {name!r}{' ' if text.startswith('has ') else ': '}{text}") from None


def _every(
    every: timedelta | None, time_zone: str | tzinfo | None, dialect: Dialect | str | None, *, fixed_rate: bool
) -> Every:
    if every is None:
        raise ScheduleError("has no schedule: give it `every=timedelta(minutes=5)` or `cron='0 3 * * *'`")
    for keyword, value in (("time_zone", time_zone), ("dialect", dialect)):
        if value is not None:
            raise ScheduleError(f"has {keyword}={str(value)!r}, which only `cron` can use; leave it out")
    if not isinstance(every, timedelta):
        raise ScheduleError(f"every={every!r} has no unit; a timedelta was expected, as in timedelta(minutes=5)")
    if every <= timedelta(0):
        raise ScheduleError(f"every={every} was given, but a period must be longer than zero")
    if not isinstance(fixed_rate, bool):
        raise ScheduleError(f"fixed_rate={fixed_rate!r}: True or False was expected")
    return Every(every, fixed_rate)


def _cron(
    name: str, cron: str, time_zone: str | tzinfo | None, dialect: Dialect | str | None, *, fixed_rate: bool
) -> Cron:
    if not isinstance(cron, str):
        raise ScheduleError(f"cron={cron!r} is no text; an expression was expected, as in cron='0 3 * * *'")
    if fixed_rate:
        raise ScheduleError("has fixed_rate=True, which only `every` can use: a cron expression names its moments")
    known = None if dialect is None else dialect_of(dialect)
    return Cron(cron, "UTC" if time_zone is None else zone_name(time_zone), known, hash_key=name)


def zone_name(time_zone: str | tzinfo) -> str:
    """The name under which a zone can be stored. Raises `ScheduleError` for a zone that has none."""
    if isinstance(time_zone, str):
        return time_zone
    if time_zone is UTC:
        return "UTC"
    key = getattr(time_zone, "key", None)
    if not isinstance(key, str):
        raise ScheduleError(
            f"time_zone={time_zone!r} has no name, and a schedule is stored by the name of its zone; pass one of the "
            "IANA database, as in 'Asia/Riyadh' or ZoneInfo('Asia/Riyadh')"
        )
    return key
