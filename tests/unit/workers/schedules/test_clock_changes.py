"""The nights on which clocks change. The oracle's tests say that it is right; these say what that means."""

import pytest

from tests.unit.workers.schedules.clocks import cron, days_ahead, local

BERLIN, LORD_HOWE, APIA = "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia"
SPRING, AUTUMN = "2026-03-29 00:00", "2026-10-25 00:00"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("30 2 * * *", ["03-29 03:00 +0200", "03-30 02:30 +0200"]),
        ("0,30 2,3 * * *", ["03-29 03:00 +0200", "03-29 03:30 +0200", "03-30 02:00 +0200"]),
        ("30 2 29 3 *", ["03-29 03:00 +0200", "03-29 02:30 +0200"]),
        ("15-45 2 * * *", ["03-29 03:00 +0200", "03-30 02:15 +0200"]),
        ("30 * * * *", ["03-29 00:30 +0100", "03-29 01:30 +0100", "03-29 03:30 +0200"]),
        ("*/30 * * * *", ["03-29 00:30 +0100", "03-29 01:00 +0100", "03-29 01:30 +0100", "03-29 03:00 +0200"]),
        ("*/30 2 * * *", ["03-30 02:00 +0200", "03-30 02:30 +0200"]),
        ("0 */2 * * *", ["03-29 04:00 +0200", "03-29 06:00 +0200"]),
        ("15 30 2 * * *", ["03-29 03:00 +0200", "03-30 02:30:15 +0200"]),
        ("*/30 30 2 * * *", ["03-30 02:30 +0200", "03-30 02:30:30 +0200"]),
    ],
)
def test_a_spring_night(expression: str, expected: list[str]) -> None:
    assert days_ahead(cron(expression, BERLIN), SPRING, len(expected)) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("30 2 * * *", ["10-25 02:30 +0200", "10-26 02:30 +0100"]),
        ("0,30 2,3 * * *", ["10-25 02:00 +0200", "10-25 02:30 +0200", "10-25 03:00 +0100", "10-25 03:30 +0100"]),
        ("59 59 2 * * *", ["10-25 02:59:59 +0200", "10-26 02:59:59 +0100"]),
        ("30 * * * *", ["10-25 00:30 +0200", "10-25 01:30 +0200", "10-25 02:30 +0200", "10-25 02:30 +0100"]),
        ("*/30 2 * * *", ["10-25 02:00 +0200", "10-25 02:30 +0200", "10-25 02:00 +0100", "10-25 02:30 +0100"]),
        ("0 */2 * * *", ["10-25 02:00 +0200", "10-25 02:00 +0100", "10-25 04:00 +0100"]),
    ],
)
def test_an_autumn_night(expression: str, expected: list[str]) -> None:
    assert days_ahead(cron(expression, BERLIN), AUTUMN, len(expected)) == expected


def test_in_the_second_pass_fixed_times_are_over_and_a_rhythm_goes_on() -> None:
    second = local("2026-10-25 02:10", BERLIN, fold=1)

    assert cron("30 2 * * *", BERLIN).next_after(second) == local("2026-10-26 02:30", BERLIN)
    assert cron("30 2 * * *", BERLIN).previous_before(second) == local("2026-10-25 02:30", BERLIN)
    assert cron("30 * * * *", BERLIN).next_after(second) == local("2026-10-25 02:30", BERLIN, fold=1)
    assert cron("30 * * * *", BERLIN).previous_before(second) == local("2026-10-25 02:30", BERLIN)


@pytest.mark.parametrize(
    ("start", "expression", "expected"),
    [
        ("2026-10-04 00:00", "15 2 * * *", ["10-04 02:30 +1100", "10-05 02:15 +1100"]),
        ("2026-10-04 01:40", "*/15 * * * *", ["10-04 01:45 +1030", "10-04 02:30 +1100", "10-04 02:45 +1100"]),
        ("2026-04-05 00:00", "45 1 * * *", ["04-05 01:45 +1100", "04-06 01:45 +1030"]),
        ("2026-04-05 01:40", "*/15 * * * *", ["04-05 01:45 +1100", "04-05 01:30 +1030", "04-05 01:45 +1030"]),
    ],
)
def test_lord_howe_moves_its_clocks_by_half_an_hour(start: str, expression: str, expected: list[str]) -> None:
    assert days_ahead(cron(expression, LORD_HOWE), start, len(expected)) == expected


@pytest.mark.parametrize(
    ("time_zone", "start", "expression", "expected"),
    [
        ("America/Sao_Paulo", "2018-11-03 12:00", "0 0 * * *", ["11-04 01:00 -0200", "11-05 00:00 -0200"]),
        ("America/Sao_Paulo", "2018-11-03 12:00", "0 0 4 11 *", ["11-04 01:00 -0200"]),
        ("America/Sao_Paulo", "2018-02-17 12:00", "30 23 * * *", ["02-17 23:30 -0200", "02-18 23:30 -0300"]),
        ("America/Sao_Paulo", "2018-02-17 12:00", "0 0 * * *", ["02-18 00:00 -0300", "02-19 00:00 -0300"]),
        ("America/Sao_Paulo", "2018-02-17 22:45", "30 * * * *", ["02-17 23:30 -0200", "02-17 23:30 -0300"]),
        ("Africa/Cairo", "2026-04-23 12:00", "0 0 * * *", ["04-24 01:00 +0300", "04-25 00:00 +0300"]),
        ("Africa/Cairo", "2026-10-29 12:00", "30 23 * * *", ["10-29 23:30 +0300", "10-30 23:30 +0200"]),
        ("Asia/Beirut", "2026-03-28 12:00", "@daily", ["03-29 01:00 +0300", "03-30 00:00 +0300"]),
        ("Asia/Beirut", "2026-03-28 12:00", "@weekly", ["03-29 01:00 +0300", "04-05 00:00 +0300"]),
    ],
)
def test_clocks_that_change_at_midnight(time_zone: str, start: str, expression: str, expected: list[str]) -> None:
    assert days_ahead(cron(expression, time_zone), start, len(expected)) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("0 9 * * *", ["12-29 09:00 -1000", "12-31 00:00 +1400", "12-31 09:00 +1400"]),
        ("0 9 * * FRI", ["12-31 00:00 +1400", "01-06 09:00 +1400"]),
        ("0 0 * * *", ["12-31 00:00 +1400", "01-01 00:00 +1400"]),
        ("0 */12 * * *", ["12-29 12:00 -1000", "12-31 00:00 +1400"]),
        ("* * 30 12 *", ["12-30 00:00 +1400", "12-30 00:01 +1400"]),
    ],
)
def test_samoa_left_a_day_out(expression: str, expected: list[str]) -> None:
    """Fixed times of the missing Friday come once, as soon as it is over; a rhythm misses nothing that there was."""
    assert days_ahead(cron(expression, APIA), "2011-12-29 01:00", len(expected)) == expected


def test_backwards_a_missing_time_is_where_it_was_forwards() -> None:
    nightly = cron("30 2 * * *", BERLIN)
    moved = local("2026-03-29 03:00", BERLIN)

    assert nightly.previous_before(local("2026-03-29 12:00", BERLIN)) == moved
    assert nightly.previous_before(moved) == local("2026-03-28 02:30", BERLIN)
    assert cron("*/30 2 * * *", BERLIN).previous_before(moved) == local("2026-03-28 02:30", BERLIN)


def test_changes_of_clocks_far_ahead_follow_the_rule_of_the_zone() -> None:
    assert days_ahead(cron("30 2 29 3 *", BERLIN), "2064-03-01 00:00", 1) == ["03-29 02:30 +0100"]
    assert days_ahead(cron("30 2 28 3 *", "America/New_York"), "2064-03-01 00:00", 1) == ["03-28 02:30 -0400"]
    assert days_ahead(cron("30 2 30 3 *", BERLIN), "2064-03-01 00:00", 1) == ["03-30 03:00 +0200"]
