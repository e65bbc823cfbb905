"""The evaluator beside an oracle that looks at every minute, and around changes of clocks at every second."""

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dawam.workers.schedules.schedule import Cron
from tests.unit.workers.schedules.clocks import SECOND, cron, walked

MINUTE = timedelta(minutes=1)
CHANGES = (
    ("Europe/Berlin", "2026-03-29 01:00"),
    ("Europe/Berlin", "2026-10-25 01:00"),
    ("Australia/Lord_Howe", "2026-10-03 15:30"),
    ("Australia/Lord_Howe", "2026-04-04 15:00"),
    ("America/Sao_Paulo", "2018-11-04 03:00"),
    ("America/Sao_Paulo", "2018-02-18 02:00"),
    ("Africa/Cairo", "2026-04-23 22:00"),
    ("Africa/Cairo", "2026-10-29 21:00"),
    ("Asia/Beirut", "2026-03-28 22:00"),
    ("Pacific/Apia", "2011-12-30 10:00"),
    ("Pacific/Kwajalein", "1993-08-21 12:00"),
    ("Antarctica/Troll", "2026-03-29 01:00"),
    ("America/New_York", "2026-11-01 06:00"),
)


def _field(chance: random.Random, least: int, most: int, fixed: float) -> str:
    one = chance.randint(least, most)
    if chance.random() < fixed:
        return chance.choice([f"{one}", f"{one},{chance.randint(least, most)}", f"{one}-{chance.randint(least, most)}"])
    return chance.choice(["*", f"*/{chance.randint(2, (most - least) // 2)}", f"{one}/{chance.randint(2, 9)}"])


def _expression(chance: random.Random, hours: tuple[int, ...], seconds: bool) -> str:
    hour = chance.choice([str(chance.choice(hours)), _field(chance, 0, 23, 0.6), "*", f"{hours[0]},{hours[-1]}"])
    minute = _field(chance, 0, 59, 0.7)
    day = chance.choice(["*", "*", "*", f"{chance.randint(1, 28)}", "L", "LW", "15W", "L-2", "29-4"])
    weekday = chance.choice(["*", "*", "*", f"{chance.randint(0, 7)}", "FRI-MON", "SUN#1", "5L", "SUNL"])
    second = f"{_field(chance, 0, 59, 0.7)} " if seconds else ""
    return f"{second}{minute} {hour} {day} * {weekday}"


def _agree(schedule: Cron, begin: datetime, end: datetime, step: timedelta) -> None:
    expected = walked(schedule, begin, end, step)
    forwards: list[datetime] = []
    now = begin - timedelta(microseconds=1)
    while (following := schedule.next_after(now)) is not None and following < end:
        forwards.append(following)
        now = following
    assert forwards == expected, f"{schedule}, from {begin}"
    backwards: list[datetime] = []
    now = end
    while (before := schedule.previous_before(now)) is not None and before >= begin:
        backwards.append(before)
        now = before
    assert backwards[::-1] == expected, f"{schedule}, back from {end}"


@pytest.mark.parametrize(("time_zone", "change"), CHANGES)
def test_every_minute_around_a_change_of_clocks(time_zone: str, change: str) -> None:
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    at = datetime.fromisoformat(change).replace(tzinfo=UTC)
    hours = tuple((at + timedelta(hours=each)).astimezone(ZoneInfo(time_zone)).hour for each in (-1, 0, 1))
    for _ in range(12):
        schedule = cron(_expression(chance, hours, seconds=False), time_zone)
        _agree(schedule, at - timedelta(hours=30), at + timedelta(hours=30), MINUTE)


@pytest.mark.parametrize(("time_zone", "change"), CHANGES[:4])
def test_every_second_around_a_change_of_clocks(time_zone: str, change: str) -> None:
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    at = datetime.fromisoformat(change).replace(tzinfo=UTC)
    hour = at.astimezone(ZoneInfo(time_zone)).hour
    for _ in range(2):
        schedule = cron(_expression(chance, (hour,), seconds=True), time_zone)
        _agree(schedule, at - timedelta(hours=2), at + timedelta(hours=2), SECOND)
