"""Which days and times an expression means: every form that a field takes, away from changes of clocks."""

import pytest

from dawam.workers.schedules.schedule import Dialect
from tests.unit.workers.schedules.clocks import cron, following, moment

UNIX, SECONDS, QUARTZ = Dialect.UNIX, Dialect.SECONDS, Dialect.QUARTZ
START = moment("2026-01-01 00:00")  # a Thursday


def days(expression: str, count: int, dialect: Dialect | None = None) -> list[str]:
    """The dates of the next ticks after the first moment of 2026."""
    return [f"{each:%Y-%m-%d}"[2:] for each in following(cron(expression, dialect=dialect), START, count)]


def times(expression: str, count: int, dialect: Dialect | None = None) -> list[str]:
    found = following(cron(expression, dialect=dialect, hash_key="stock"), START, count)
    return [f"{each:%H:%M:%S}".removesuffix(":00") for each in found]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("*/20 * * * *", ["00:20", "00:40", "01:00", "01:20"]),
        ("10/20 * * * *", ["00:10", "00:30", "00:50", "01:10"]),
        ("0,5,7-9 1 * * *", ["01:00", "01:05", "01:07", "01:08", "01:09", "01:00"]),
        ("50-10/10 3 * * *", ["03:00", "03:10", "03:50", "03:00"]),
        ("55-10/10 3 * * *", ["03:05", "03:55", "03:05"]),
        ("0 22-2 * * *", ["01:00", "02:00", "22:00", "23:00", "00:00"]),
        ("0 22-3/2 * * *", ["02:00", "22:00", "00:00", "02:00"]),
        ("59 23 * * *", ["23:59", "23:59"]),
        ("*/20 30 4 * * *", ["04:30", "04:30:20", "04:30:40", "04:30"]),
        ("59 59 23 * * *", ["23:59:59"]),
        ("H(10-12) H(3-3) * * *", ["03:10", "03:10"]),
        ("H(0-29)/10 4 * * *", ["04:02", "04:12", "04:22", "04:02"]),
        ("H/30 * * * *", ["00:12", "00:42", "01:12"]),
        ("@hourly", ["01:00", "02:00"]),
        ("@daily", ["00:00", "00:00"]),
    ],
)
def test_times_of_the_day(expression: str, expected: list[str]) -> None:
    assert times(expression, len(expected)) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("0 9 * * MON", ["26-01-05", "26-01-12"]),
        ("0 9 * * 0", ["26-01-04", "26-01-11"]),
        ("0 9 * * 7", ["26-01-04", "26-01-11"]),
        ("0 9 * * 7-7", ["26-01-04", "26-01-11"]),
        ("0 9 * * FRI-MON", ["26-01-02", "26-01-03", "26-01-04", "26-01-05", "26-01-09"]),
        ("0 9 * * 5-7", ["26-01-02", "26-01-03", "26-01-04", "26-01-09"]),
        ("0 9 * * 7-2", ["26-01-04", "26-01-05", "26-01-06", "26-01-11"]),
        ("0 9 * * 7/3", ["26-01-03", "26-01-04", "26-01-07", "26-01-10"]),
        ("0 9 * * MON-FRI/2", ["26-01-02", "26-01-05", "26-01-07", "26-01-09"]),
        ("0 9 30-2 * *", ["26-01-01", "26-01-02", "26-01-30", "26-01-31", "26-02-01"]),
        ("0 9 31 * *", ["26-01-31", "26-03-31", "26-05-31"]),
        ("0 9 1 nov-feb *", ["26-01-01", "26-02-01", "26-11-01", "26-12-01", "27-01-01"]),
        ("0 9 29 2 *", ["28-02-29", "32-02-29"]),
        ("0 9 L * *", ["26-01-31", "26-02-28", "26-03-31"]),
        ("0 9 L 2 *", ["26-02-28", "27-02-28", "28-02-29"]),
        ("0 9 L-3 * *", ["26-01-28", "26-02-25", "26-03-28"]),
        ("0 9 L-30 * *", ["26-01-01", "26-03-01", "26-05-01"]),
        ("0 9 LW * *", ["26-01-30", "26-02-27", "26-03-31", "26-04-30", "26-05-29"]),
        ("0 9 15W * *", ["26-01-15", "26-02-16", "26-03-16", "26-04-15", "26-05-15", "26-06-15"]),
        (
            "0 9 1W * *",
            ["26-01-01", "26-02-02", "26-03-02", "26-04-01", "26-05-01", "26-06-01", "26-07-01", "26-08-03"],
        ),
        ("0 9 31W * *", ["26-01-30", "26-03-31", "26-05-29"]),
        ("0 9 1,L,15W * *", ["26-01-01", "26-01-15", "26-01-31", "26-02-01", "26-02-16"]),
        ("0 9 * * MON#2", ["26-01-12", "26-02-09", "26-03-09"]),
        ("0 9 * * 1#5", ["26-03-30", "26-06-29"]),
        ("0 9 * * 0#1,7#3", ["26-01-04", "26-01-18", "26-02-01"]),
        ("0 9 * * 5L", ["26-01-30", "26-02-27", "26-03-27"]),
        ("0 9 * * FRIL", ["26-01-30", "26-02-27"]),
        ("0 9 * * 7L", ["26-01-25", "26-02-22"]),
        ("0 9 * * TUE,5L", ["26-01-06", "26-01-13", "26-01-20", "26-01-27", "26-01-30"]),
        ("@weekly", ["26-01-04", "26-01-11"]),
        ("@monthly", ["26-02-01", "26-03-01"]),
        ("@yearly", ["27-01-01"]),
        ("@annually", ["27-01-01"]),
        ("@midnight", ["26-01-02"]),
    ],
)
def test_days(expression: str, expected: list[str]) -> None:
    assert days(expression, len(expected)) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("0 9 13 * FRI", ["26-01-02", "26-01-09", "26-01-13", "26-01-16"]),
        ("0 9 13 2 FRI", ["26-02-06", "26-02-13", "26-02-20", "26-02-27", "27-02-05", "27-02-12", "27-02-13"]),
        ("0 9 1-31 * FRI", ["26-01-01", "26-01-02"]),
        ("0 9 */2 * FRI", ["26-01-09", "26-01-23", "26-02-13"]),
        ("0 9 13 * */5", ["26-02-13", "26-03-13", "26-09-13"]),
        ("0 9 ? * FRI", ["26-01-02", "26-01-09"]),
        ("0 9 13 * ?", ["26-01-13", "26-02-13"]),
        ("0 9 29 2 */6", ["32-02-29", "48-02-29", "60-02-29"]),
        ("0 9 L * 5L", ["26-01-30", "26-01-31", "26-02-27", "26-02-28"]),
    ],
)
def test_two_day_fields_are_alternatives_unless_one_begins_with_a_star(expression: str, expected: list[str]) -> None:
    assert days(expression, len(expected)) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("0 0 9 ? * 1", ["26-01-04", "26-01-11"]),
        ("0 0 9 ? * 7", ["26-01-03", "26-01-10"]),
        ("0 0 9 ? * L", ["26-01-03", "26-01-10"]),
        ("0 0 9 ? * 2-6", ["26-01-01", "26-01-02", "26-01-05"]),
        ("0 0 9 ? * 6-2", ["26-01-02", "26-01-03", "26-01-04", "26-01-05", "26-01-09"]),
        ("0 0 9 ? * FRI-MON", ["26-01-02", "26-01-03", "26-01-04", "26-01-05", "26-01-09"]),
        ("0 0 9 ? * 6L", ["26-01-30", "26-02-27"]),
        ("0 0 9 ? * 2#1", ["26-01-05", "26-02-02"]),
        ("0 0 9 ? * */2", ["26-01-01", "26-01-03", "26-01-04", "26-01-06"]),
        ("0 0 9 LW * ? 2027", ["27-01-29", "27-02-26"]),
        ("0 0 9 1 1 ? 2027-2031/2", ["27-01-01", "29-01-01", "31-01-01"]),
        ("0 0 9 29 2 ? 2027-2029,2040", ["28-02-29", "40-02-29"]),
        ("0 0 9 1 1 ? *", ["26-01-01", "27-01-01"]),
    ],
)
def test_quartz_counts_from_sunday_and_knows_years(expression: str, expected: list[str]) -> None:
    assert days(expression, len(expected), QUARTZ) == expected


def test_quartz_and_seconds_read_the_same_numbers_as_different_days() -> None:
    assert days("0 0 9 ? * 2", 1, SECONDS) == ["26-01-06"]
    assert days("0 0 9 ? * 2", 1, QUARTZ) == ["26-01-05"]


def test_after_the_last_year_nothing_comes() -> None:
    once = cron("0 0 9 1 6 ? 2026", dialect=QUARTZ)

    assert following(once, START, 5) == [moment("2026-06-01 09:00")]
    assert once.previous_before(START) is None
    assert once.previous_before(moment("2099-01-01 00:00")) == moment("2026-06-01 09:00")


def test_a_century_that_is_no_leap_year_is_passed_over() -> None:
    leap = cron("0 0 29 2 *")

    assert leap.next_after(moment("2096-03-01 00:00")) == moment("2104-02-29 00:00")
    assert leap.previous_before(moment("2104-02-29 00:00")) == moment("2096-02-29 00:00")


def test_the_previous_of_sparse_schedules() -> None:
    assert cron("0 9 29 2 */6").previous_before(START) == moment("2020-02-29 09:00")
    assert cron("30 23 L-3 * *").previous_before(moment("2026-03-01 00:00")) == moment("2026-02-25 23:30")
    assert cron("5,10 4-6 * * *").previous_before(moment("2026-03-01 05:05")) == moment("2026-03-01 04:10")
    assert cron("5,10 4-6 * * *").previous_before(moment("2026-03-01 04:05")) == moment("2026-02-28 06:10")
