"""What the tests of schedules share: moments told in local time, and an oracle that walks second by second."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from dawam.workers.schedules.rule import CronRule, rule_of
from dawam.workers.schedules.schedule import Cron, Dialect

SECOND = timedelta(seconds=1)


def cron(expression: str, time_zone: str = "UTC", dialect: Dialect | None = None, hash_key: str = "") -> Cron:
    """A schedule, whose dialect is that of its number of fields unless it is said."""
    if dialect is None and len(expression.split()) == 6:
        dialect = Dialect.SECONDS
    return Cron(expression, time_zone, dialect, hash_key)


def moment(text: str) -> datetime:
    """A moment in UTC, as in 2026-03-01 12:00."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def local(text: str, time_zone: str, fold: int = 0) -> datetime:
    """The moment at which clocks of this zone show the time; `fold=1` for the second of two."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(time_zone), fold=fold).astimezone(UTC)


def following(schedule: Cron, after: datetime, count: int) -> list[datetime]:
    """The next moments."""
    found: list[datetime] = []
    while len(found) < count and (moment := schedule.next_after(found[-1] if found else after)) is not None:
        found.append(moment)
    return found


def shown(moments: list[datetime], time_zone: str) -> list[str]:
    """The moments as people there read them, with the offset from UTC."""
    return [f"{moment.astimezone(ZoneInfo(time_zone)):%m-%d %H:%M:%S %z}".replace(":00 ", " ") for moment in moments]


def days_ahead(schedule: Cron, start: str, count: int) -> list[str]:
    """The local times of the next ticks after a local start."""
    return shown(following(schedule, local(start, schedule.time_zone), count), schedule.time_zone)


def rule(schedule: Cron) -> CronRule:
    """What the schedule's expression was read as."""
    return rule_of(schedule.expression, schedule.time_zone, schedule.dialect, schedule.hash_key)


def walked(schedule: Cron, begin: datetime, end: datetime, step: timedelta) -> list[datetime]:
    """All planned moments from `begin` (no change of clocks) until before `end`, by looking at every step of real time.

    It knows nothing of the evaluator but the sets of allowed values: a rhythm is due whenever the clock shows an
    allowed time; fixed times are due when the clock shows them for the first time, or has just jumped over them.
    """
    zone = ZoneInfo(schedule.time_zone)
    is_due = _due(rule(schedule))
    has_rhythm = rule(schedule).read.has_rhythm
    now = begin - step
    latest = now.astimezone(zone).replace(tzinfo=None)
    found: list[datetime] = []
    while now < end:
        wall = now.astimezone(zone).replace(tzinfo=None, fold=0)
        if has_rhythm:
            due = is_due(wall)
        else:
            due = any(is_due(each) for each in _between(latest, wall, step))
            latest = max(latest, wall + step)
        if due and now >= begin:
            found.append(now)
        now += step
    return found


def _between(first: datetime, last: datetime, step: timedelta) -> Iterator[datetime]:
    while first <= last:
        yield first
        first += step


def _due(read: CronRule):
    pattern = read.read.pattern

    def is_due(wall: datetime) -> bool:
        return bool(
            pattern.seconds >> wall.second & 1
            and pattern.minutes >> wall.minute & 1
            and pattern.hours >> wall.hour & 1
            and pattern.months >> wall.month & 1
            and (pattern.years is None or pattern.years >> wall.year & 1)
            and pattern.days.of(wall.year, wall.month) >> wall.day & 1
        )

    return is_due
