"""What cannot be read is refused where it is written, with the place and the cure."""

import pytest

from dawam.errors import ScheduleError
from dawam.workers.schedules.schedule import Cron, Dialect

UNIX, SECONDS, QUARTZ = Dialect.UNIX, Dialect.SECONDS, Dialect.QUARTZ


def refusal(expression: str, dialect: Dialect | None = None, time_zone: str = "UTC") -> str:
    with pytest.raises(ScheduleError) as refused:
        Cron(expression, time_zone, dialect)
    return str(refused.value).replace(f"cron={expression!r}", "CRON")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("0 25 * * *", "CRON: field 2 (hour), character 3: 25 is not between 0 and 23"),
        ("0 24 * * *", "CRON: field 2 (hour), character 3: 24 is not between 0 and 23 (midnight is 0)"),
        ("  0  3 * *  8", "CRON: field 5 (weekday), character 13: 8 is not between 0 and 7"),
        ("0 3 * * MOM", "CRON: field 5 (weekday), character 9: 'MOM' is not known; did you mean MON?"),
        ("1-5,70 * * * *", "CRON: field 1 (minute), character 5: 70 is not between 0 and 59"),
        ("1-70 * * * *", "CRON: field 1 (minute), character 3: 70 is not between 0 and 59"),
        ("1,,2 * * * *", "CRON: field 1 (minute), character 3: a value is missing here"),
        ("1, * * * *", "CRON: field 1 (minute), character 3: a value is missing here"),
        ("5- * * * *", "CRON: field 1 (minute), character 3: a value is missing here"),
        ("-5 * * * *", "CRON: field 1 (minute), character 1: a value is missing here"),
        ("/5 * * * *", "CRON: field 1 (minute), character 1: a value is missing before the step; write * for all of"),
        ("*/ * * * *", "CRON: field 1 (minute), character 3: the step is missing"),
        ("*/0 * * * *", "CRON: field 1 (minute), character 3: a step of 0 goes nowhere"),
        ("*/x * * * *", "CRON: field 1 (minute), character 3: 'X' is no step; a whole number was expected"),
        ("*/90 * * * *", "CRON: field 1 (minute), character 3: a step of 90 is longer than the minute field"),
        ("٣ * * * *", "CRON: field 1 (minute), character 1: '٣' is not known; a number from 0 to 59 was expected"),
        ("* * * * 1.5", "CRON: field 5 (weekday), character 9: '1.5' is not known"),
        ("? * * * *", "CRON: field 1 (minute), character 1: ? can stand in the two day fields only; write *"),
        ("0 3 ?/2 * *", "CRON: field 3 (day of month), character 5: ? stands alone in its field"),
        ("0 3 * * L", "CRON: field 5 (weekday), character 9: L needs a weekday before it, as in 5L or FRIL"),
        ("0 3 L-31 * *", "CRON: field 3 (day of month), character 7: 31 is not between 1 and 30"),
        ("0 3 L-0000000031 * *", "CRON: field 3 (day of month), character 7: 0000000031 is not between 1 and 30"),
        ("0 0000000024 * * *", "CRON: field 2 (hour), character 3: 0000000024 is not between 0 and 23 (midnight is 0)"),
        ("0 3 * * MON#0000000006", "CRON: field 5 (weekday), character 13: '0000000006' is not between 1 and 5"),
        ("0 3 LX * *", "CRON: field 3 (day of month), character 5: 'LX' is not known; L, LW or L-3"),
        ("0 3 W * *", "CRON: field 3 (day of month), character 5: a value is missing here"),
        ("0 3 32W * *", "CRON: field 3 (day of month), character 5: 32 is not between 1 and 31"),
        ("0 3 * * MON#6", "CRON: field 5 (weekday), character 13: '6' is not between 1 and 5"),
        ("0 3 * * MON#", "CRON: field 5 (weekday), character 13: '' is not between 1 and 5"),
        ("0 3 * JANUARY *", "CRON: field 4 (month), character 7: 'JANUARY' is not known; did you mean JAN?"),
        ("H 3 * * *", "CRON: field 1 (minute), character 1: H stands for a value computed from the worker's name"),
        ("99999999999999999999 * * * *", "CRON: field 1 (minute), character 1: 99999999999999999999 is not between"),
        ("* * *", "CRON has 3 fields; in the dialect 'unix' 5 were expected: minute hour day-of-month month weekday"),
        ("", "CRON has 0 fields"),
        ("@reboot", "CRON names no time: leave it out and write run_on_start=True"),
        ("@every 5m", "CRON is an interval: write every=timedelta(...) instead"),
        ("@dialy", "CRON is not known: did you mean '@daily'?"),
        ("@", "CRON is not known: @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually were expected"),
        ("0 3 30 2 *", "CRON would never run: FEB never has such a day"),
        ("0 3 31 4,6 *", "CRON would never run: APR or JUN never has such a day"),
        ("0 3 31W FEB *", "CRON would never run: FEB never has such a day"),
    ],
)
def test_an_expression_that_means_nothing(expression: str, expected: str) -> None:
    assert refusal(expression).startswith(expected)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("0 0 9 * * 1", "CRON: field 6 (weekday), character 11: quartz wants ? in one of the two day fields; write ?"),
        ("0 0 9 * * *", "CRON: field 6 (weekday), character 11: quartz wants ? in one of the two day fields; write ?"),
        ("0 0 9 ? * ?", "CRON: field 6 (weekday), character 11: ? stands in both day fields; write * in one of them"),
        ("0 0 9 ? * 0", "CRON: field 6 (weekday), character 11: 0 is not between 1 and 7 (Sunday is 1, Saturday 7)"),
        ("0 0 9 1 1 ? 1969", "CRON: field 7 (year), character 13: 1969 is not between 1970 and 2099"),
        ("0 0 9 1 1 ? 2030-2027", "CRON: field 7 (year), character 18: the range goes from 2030 back to 2027"),
        ("0 0 9 1 1 ? H", "CRON: field 7 (year), character 13: H cannot stand in the year field"),
        ("0 0 9 29 2 ? 2027", "CRON would never run: FEB of 2027 never has such a day"),
        ("0 9 * * *", "CRON has 5 fields; in the dialect 'quartz' 6 or 7 were expected: second minute hour"),
    ],
)
def test_quartz_says_what_it_wants(expression: str, expected: str) -> None:
    assert refusal(expression, QUARTZ).startswith(expected)


def test_quartz_names_the_field_that_can_give_way() -> None:
    assert refusal("0 0 9 * * 1", QUARTZ).endswith("write ? in place of '*' in field 4")
    assert refusal("0 0 9 15 * *", QUARTZ).endswith("write ? in place of '*' here")


@pytest.mark.parametrize("expression", ["0 0 9 * * 1", "0 0 9 ? * 1 2030"])
def test_six_or_seven_fields_have_to_say_their_dialect(expression: str) -> None:
    text = refusal(expression)

    assert "dialect='seconds' has 6, and Sunday is 0 or 7" in text
    assert "dialect='quartz' has 6 or 7 (a year), Sunday is 1" in text


def test_a_dialect_takes_its_own_number_of_fields() -> None:
    assert "in the dialect 'seconds' 6 were expected" in refusal("0 9 * * *", SECONDS)
    assert "in the dialect 'unix' 5 were expected" in refusal("0 0 9 * * *", UNIX)
    assert "'unix', 'seconds', 'quartz' were expected" in refusal("0 9 * * *", "cron")  # type: ignore[arg-type]


def test_h_with_a_wrong_range_is_refused() -> None:
    for expression, expected in [
        ("H(30-10) * * * *", "character 3: the range goes from 30 back to 10"),
        ("H(1-2 * * * *", "character 1: 'H(1-2' is not known; H or a range was expected, as in H(0-59)"),
        ("H(5) * * * *", "character 1: 'H(5)' is not known"),
        ("H(0-60) * * * *", "character 5: 60 is not between 0 and 59"),
    ]:
        with pytest.raises(ScheduleError) as refused:
            Cron(expression, hash_key="stock")
        assert expected in str(refused.value)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("asia/riyadh", "did you mean 'Asia/Riyadh'?"),
        ("Riyadh", "did you mean 'Asia/Riyadh'?"),
        ("Europe/Berln", "did you mean 'Europe/Berlin'?"),
        ("America", "was expected"),
        ("America/New York", "did you mean 'America/New_York'?"),
        ("../etc/passwd", "a name of the IANA database was expected"),
        ("", "a name of the IANA database was expected"),
        ("x\0y", "a name of the IANA database was expected"),
        ("utc", "did you mean 'UTC'?"),
    ],
)
def test_a_zone_that_nobody_knows(name: str, expected: str) -> None:
    text = refusal("0 3 * * *", time_zone=name)

    assert text.startswith(f"time_zone={name!r} is not known: ")
    assert expected in text


def test_the_zone_of_the_machine_is_no_zone_of_a_schedule() -> None:
    assert refusal("0 3 * * *", time_zone="localtime") == (
        "time_zone='localtime' is another zone on each machine: name the zone itself"
    )


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(ScheduleError, match="expression=5: a text was expected"):
        Cron(5)  # type: ignore[arg-type]
    with pytest.raises(ScheduleError, match="time_zone=None: a text was expected"):
        Cron("0 3 * * *", None)  # type: ignore[arg-type]
    with pytest.raises(ScheduleError, match="has 2000 characters, more than 1000"):
        Cron("0" * 2000)
