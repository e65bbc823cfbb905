"""Durations are read in every spelling that people bring along, and never without a unit."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dawam.settings.durations import duration_text, parse_duration

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.mark.guide(12)
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("60s", MINUTE),
        ("5m", 5 * MINUTE),
        ("2h", 2 * HOUR),
        ("1d", DAY),
        ("2w", 14 * DAY),
        ("250ms", SECOND / 4),
        ("1.5h", 90 * MINUTE),
        ("1h30m", 90 * MINUTE),
        (" 1h 30m ", 90 * MINUTE),
        ("0s", timedelta(0)),
        ("PT60S", MINUTE),
        ("PT0.5S", SECOND / 2),
        ("P1DT2H", 26 * HOUR),
        ("P2W", 14 * DAY),
        ("pt1m", MINUTE),
        ("00:01:00", MINUTE),
        ("1:02:03", HOUR + 2 * MINUTE + 3 * SECOND),
        ("1.00:00:00", DAY),
        ("00:00:00.2500000", SECOND / 4),
    ],
)
def test_a_duration_is_read(text: str, expected: timedelta) -> None:
    assert parse_duration(text) == expected


@pytest.mark.guide(12)
@pytest.mark.parametrize("text", ["60000", "60", "0", "1.5"])
def test_a_bare_number_is_refused_and_both_meanings_are_shown(text: str) -> None:
    with pytest.raises(ValueError, match=f'"{text}s" or "{text}ms"'):
        parse_duration(text)


@pytest.mark.parametrize("text", ["", "soon", "5 minutes", "P", "PT", "P1M", "P1Y", "00:01", "1h-30m", "٦٠s", "1e3s"])
def test_what_is_no_duration_is_refused_with_examples(text: str) -> None:
    with pytest.raises(ValueError, match=r"with its unit, such as \"60s\""):
        parse_duration(text)


def test_a_duration_below_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="not below zero"):
        parse_duration("-00:01:00")


@pytest.mark.parametrize("text", ["24:00:00", "00:60:00", "00:00:60"])
def test_a_day_that_is_written_as_hours_is_refused_because_dot_net_reads_it_as_days(text: str) -> None:
    with pytest.raises(ValueError, match=r"1\.00:00:00"):
        parse_duration(text)


def test_more_than_a_duration_can_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="million years"):
        parse_duration("9999999999d")


@given(st.timedeltas(min_value=timedelta(0)))
def test_what_is_written_reads_back_exactly(duration: timedelta) -> None:
    assert parse_duration(duration_text(duration)) == duration


def test_it_is_written_as_short_as_it_can_be() -> None:
    texts = [duration_text(each) for each in (timedelta(0), 90 * MINUTE, DAY + SECOND / 4, -MINUTE)]

    assert texts == ["0s", "1h30m", "1d250ms", "-1m"]
