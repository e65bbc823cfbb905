"""Durations and moments as people say them."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from dawam.observability.durations import spoken_duration, spoken_moment, spoken_wait

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def in_riyadh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC-3")  # POSIX counts the other way: this is three hours east of Greenwich
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (-3, "0 s"),
        (0.0004, "0.4 ms"),
        (0.012, "12 ms"),
        (0.12, "0.12 s"),
        (1.5, "1.5 s"),
        (10, "10 s"),
        (60, "60 s"),
        (119.4, "119 s"),
        (119.6, "2 min"),
        (120, "2 min"),
        (185, "3 min 5 s"),
        (3600, "1 h"),
        (3840, "1 h 4 min"),
        (86400, "1 d"),
        (183600, "2 d 3 h"),
    ],
)
def test_a_duration_has_two_units_at_most(seconds: float, said: str) -> None:
    assert spoken_duration(timedelta(seconds=seconds)) == said


def test_a_moment_of_today_is_a_local_time_of_day() -> None:
    assert spoken_moment(NOON, NOON) == "15:00:00"


def test_a_moment_of_another_local_day_has_its_date() -> None:
    assert spoken_moment(NOON + timedelta(hours=9), NOON) == "2026-03-02 00:00:00"


def test_a_wait_is_said_both_ways() -> None:
    assert spoken_wait(NOON + timedelta(seconds=60), NOON) == "15:01:00 (in 60 s)"
