"""Schedules are plain values: made, compared, kept in sets, printed."""

import pickle
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dawam.errors import ScheduleError
from dawam.workers.schedules.schedule import Cron, Dialect, Every
from tests.unit.workers.schedules.clocks import cron, moment

NOON = moment("2026-03-01 12:00")


def test_an_interval_comes_one_period_later_and_came_one_period_before() -> None:
    every = Every(timedelta(minutes=5))

    assert every.next_after(NOON) == moment("2026-03-01 12:05")
    assert every.previous_before(NOON) == moment("2026-03-01 11:55")


def test_an_interval_is_real_time_whatever_the_clocks_do() -> None:
    before_the_gap = datetime(2026, 3, 29, 1, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    found = Every(timedelta(hours=1)).next_after(before_the_gap)

    assert found == moment("2026-03-29 01:30")
    assert found.tzinfo is UTC


@pytest.mark.parametrize("period", [timedelta(0), timedelta(seconds=-1)])
def test_an_interval_is_longer_than_zero(period: timedelta) -> None:
    with pytest.raises(ScheduleError, match="must be longer than zero"):
        Every(period)


def test_an_interval_has_a_unit() -> None:
    with pytest.raises(ScheduleError, match=r"the period 5 has no unit; .* timedelta\(minutes=5\)"):
        Every(5)  # type: ignore[arg-type]


def test_beyond_the_calendar_nothing_comes() -> None:
    last, first = datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)
    for schedule in (Every(timedelta(days=1)), cron("0 3 * * *"), cron("0 3 * * *", "Asia/Riyadh"), cron("* * * * *")):
        assert schedule.next_after(last) is None
        assert schedule.previous_before(first) is None
    assert cron("0 3 * * *", "Asia/Riyadh").next_after(first) is not None
    assert cron("0 0 0 1 1 ? 2030", dialect=Dialect.QUARTZ).next_after(first) == moment("2030-01-01 00:00")
    assert cron("0 0 0 1 1 ? 2030", dialect=Dialect.QUARTZ).previous_before(last) == moment("2030-01-01 00:00")


def test_a_moment_without_a_zone_is_refused() -> None:
    for schedule in (Every(timedelta(days=1)), cron("0 3 * * *")):
        for asked in (schedule.next_after, schedule.previous_before):
            with pytest.raises(ScheduleError, match="has no time zone"):
                asked(datetime(2026, 3, 1))  # noqa: DTZ001


def test_a_moment_in_another_zone_is_answered_in_utc() -> None:
    found = cron("30 12 * * *").next_after(NOON.astimezone(ZoneInfo("America/New_York")))

    assert found is not None
    assert found == moment("2026-03-01 12:30")
    assert found.tzinfo is UTC


def test_between_two_seconds_the_next_is_whole_and_the_previous_as_well() -> None:
    half = NOON + timedelta(microseconds=1)

    assert cron("0 12 * * *").previous_before(half) == NOON
    assert cron("0 12 * * *").previous_before(NOON) == NOON - timedelta(days=1)
    assert cron("* * * * * *").next_after(half) == NOON + timedelta(seconds=1)
    assert cron("0 12 * * *").next_after(NOON - timedelta(microseconds=1)) == NOON


def test_what_means_the_same_is_equal() -> None:
    assert Cron("0  3 * * mon ") == Cron("0 3 * * MON", "UTC", Dialect.UNIX)
    assert Cron("0 3 * * *", hash_key="anything") == Cron("0 3 * * *")
    assert Cron("H 3 * * THU", hash_key="a") != Cron("H 3 * * THU", hash_key="b")
    assert Cron("0 3 * * *") != Cron("0 3 * * *", "Asia/Riyadh")
    assert len({Cron("0 3 * * *"), Cron("0 3 * * *"), Every(timedelta(1)), Every(timedelta(1), fixed_rate=True)}) == 3


def test_a_schedule_survives_a_pickle_and_a_replacement() -> None:
    schedule = Cron("H 3 * * *", "Asia/Riyadh", hash_key="stock")

    assert pickle.loads(pickle.dumps(schedule)) == schedule
    assert replace(schedule, time_zone="UTC") == Cron("H 3 * * *", hash_key="stock")


@pytest.mark.parametrize(
    ("schedule", "text"),
    [
        (Cron("0 3 * * mon", "Asia/Riyadh"), "0 3 * * MON (Asia/Riyadh)"),
        (Cron("@DAILY"), "@daily (UTC)"),
        (Cron("0 0 3 ? * 2", dialect=Dialect.QUARTZ), "0 0 3 ? * 2 (quartz, UTC)"),
        (Every(timedelta(minutes=90)), "every 1h30m"),
        (Every(timedelta(days=1, seconds=2, microseconds=500), fixed_rate=True), "every 1d2.0005s at a fixed rate"),
    ],
)
def test_a_schedule_prints_as_it_is_written(schedule: Cron | Every, text: str) -> None:
    assert str(schedule) == text


def test_h_spreads_workers_and_stays_where_it_is() -> None:
    nightly = [Cron("H H(1-5) * * *", hash_key=f"worker {number}") for number in range(200)]
    first = [each.next_after(NOON) for each in nightly]
    times = {f"{each:%H:%M}" for each in first if each}

    assert len(times) > 100
    assert {each.hour for each in first if each} == {1, 2, 3, 4, 5}
    assert len({each.minute for each in first if each}) > 40
    assert Cron("H H * * *", hash_key="stock").next_after(NOON) == moment("2026-03-01 18:42"), "for ever"


def test_a_step_of_h_longer_than_its_range_stays_within_it() -> None:
    for number in range(20):
        found = Cron("H(10-12)/30 * * * *", hash_key=f"worker {number}").next_after(NOON)
        assert found is not None
        assert 10 <= found.minute <= 12


def test_without_a_cron_expression_nothing_of_cron_is_loaded() -> None:
    program = (
        "import sys; from datetime import timedelta as t\n"
        "from dawam.workers.schedules.given import schedule_of\n"
        "schedule_of('x', every=t(1), cron=None); print('zoneinfo' in sys.modules)\n"
        "schedule_of('x', every=None, cron='0 3 * * *'); print('zoneinfo' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["False", "True"]


def test_zeros_in_front_of_a_number_change_nothing() -> None:
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    plain, zeros = Cron("5 */6 L-3 * MON#2"), Cron("0000000005 */0000000006 L-0000000003 * MON#0000000002")

    assert zeros.next_after(begin) == plain.next_after(begin)
    assert zeros.explain() == plain.explain()
