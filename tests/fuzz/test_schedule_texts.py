"""Any text as a cron expression, time zone or stored schedule reads back as it was, or is refused in our words."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from hypothesis import assume, example, given
from hypothesis import strategies as st

from dawam.errors import ScheduleError
from dawam.workers.schedules.dialect import Dialect
from dawam.workers.schedules.schedule import Cron, Schedule
from dawam.workers.schedules.stored import from_text, to_text
from tests.fuzz.mutation import as_text, grown_text, replayed

NOW = datetime(2026, 1, 31, 8, tzinfo=UTC)
MOMENTS = st.datetimes(timezones=st.just(UTC))  # the first and the last year are among them
DIALECTS = st.sampled_from([None, *Dialect])


def check(schedule: Schedule, moment: datetime) -> None:
    """What every schedule that could be made has to hold."""
    following = schedule.next_after(moment)
    assert following is None or following > moment
    before = schedule.previous_before(moment)
    assert before is None or before < moment
    assert from_text(to_text(schedule)) == schedule
    for words in (schedule.explain(), schedule.explain("ar"), str(schedule)):
        assert words
        words.encode()  # it can be printed


def check_made(make: Callable[[], Schedule], moment: datetime) -> None:
    try:
        schedule = make()
    except ScheduleError as error:
        refusal = str(error)
    else:
        check(schedule, moment)
        return
    assert refusal.encode()  # it can be printed


def check_expression(text: str, zone: str, dialect: Dialect | None, moment: datetime) -> None:
    check_made(lambda: Cron(text, zone, dialect, "stock"), moment)


def check_stored(text: str, moment: datetime) -> None:
    check_made(lambda: from_text(text), moment)


@replayed("schedules")
def test_kept_expressions_come_again_or_are_refused_in_our_words(data: bytes) -> None:
    for dialect in (None, *Dialect):
        check_expression(as_text(data), "Europe/Berlin", dialect, NOW)


@given(grown_text("schedules"), st.sampled_from(["UTC", "Asia/Riyadh", "America/Nuuk"]), DIALECTS, MOMENTS)
def test_any_expression_comes_again_or_is_refused_in_our_words(
    text: str, zone: str, dialect: Dialect | None, moment: datetime
) -> None:
    check_expression(text, zone, dialect, moment)


@given(grown_text("schedules"), DIALECTS, st.sampled_from([1, 8, 60]))
@example("*/5 * L-3 * MON#2", None, 12)
@example("7 3-5 15W * 5L", None, 12)
def test_zeros_in_front_of_numbers_change_nothing(text: str, dialect: Dialect | None, count: int) -> None:
    longer = re.sub("[0-9]+", lambda number: "0" * count + number[0], text)
    assume(len(longer) < 1000)
    assert told(longer, dialect) == told(text, dialect)


def told(text: str, dialect: Dialect | None) -> tuple[str, datetime | None] | None:
    """What it says and when it comes; None where it is refused."""
    try:
        schedule = Cron(text, "UTC", dialect, "stock")
    except ScheduleError:
        return None
    return schedule.explain(), schedule.next_after(NOW)


@given(st.text(max_size=20) | grown_text("schedules"))
def test_any_text_is_a_time_zone_or_refused_in_our_words(zone: str) -> None:
    check_expression("0 3 * * *", zone, None, NOW)


@replayed("stored_schedules")
def test_kept_stored_schedules_read_back_or_are_refused_in_our_words(data: bytes) -> None:
    check_stored(as_text(data), NOW)


@given(grown_text("stored_schedules"), MOMENTS)
def test_any_stored_schedule_reads_back_or_is_refused_in_our_words(text: str, moment: datetime) -> None:
    check_stored(text, moment)


def test_the_guard_sees_a_plain_schedule_come() -> None:
    assert Cron("0 3 * * *").next_after(NOW) == NOW + timedelta(hours=19)
