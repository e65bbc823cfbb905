"""Moments and durations in words, in both languages."""

from datetime import UTC, datetime, timedelta

import pytest

from dawam.dashboard.languages import catalogue
from dawam.dashboard.times import Times

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "english", "arabic"),
    [
        (0.4, "now", "الآن"),
        (5, "5 s ago", "قبل 5 ث"),
        (-90, "in 1 min", "بعد 1 د"),
        (7_200, "2 h ago", "قبل 2 س"),
        (-200_000, "in 2 d", "بعد 2 ي"),
    ],
)
def test_a_moment_is_told_from_now(seconds: float, english: str, arabic: str) -> None:
    moment = NOW - timedelta(seconds=seconds)
    assert Times(catalogue("en"), NOW).ago(moment) == english
    assert Times(catalogue("ar"), NOW).ago(moment) == arabic


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 ms"), (0.000_4, "0.4 ms"), (0.0473, "47.3 ms"), (1.25, "1.2 s"), (59.4, "59 s"), (60, "1 min"),
        (64, "1 min 4 s"), (3_660, "1 h 1 min"), (90_000, "1 d 1 h"), (-5, "0 ms"),
    ],
)  # fmt: skip
def test_a_duration_has_two_units_at_most(seconds: float, said: str) -> None:
    assert Times(catalogue("en"), NOW).duration(timedelta(seconds=seconds)) == said


def test_a_moment_is_also_told_exactly() -> None:
    assert Times.exact(NOW.replace(microsecond=123_456)) == "2026-11-27 12:00:00.123 UTC"
