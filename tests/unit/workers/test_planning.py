"""What a host does about a row that is due: run it, run an earlier one, or plan on without it."""

from datetime import UTC, datetime, timedelta

import pytest

from dawam.workers.planning import ON_TIME, due, first_moment, move, next_moment
from dawam.workers.record import LOST_TICK_LIMIT, MOST_COUNTED, AfterCrash, DueTick, MissedTicks
from dawam.workers.schedules.schedule import Cron, Dialect, Every, Schedule
from dawam.workers.schedules.stored import to_text

MIDNIGHT = datetime(2026, 3, 1, tzinfo=UTC)
HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
HOURLY = Cron("0 * * * *")
EACH_SECOND = Cron("* * * * * *", dialect=Dialect.SECONDS)


def row(schedule: Schedule, next_at: datetime | None = MIDNIGHT, **changed: object) -> DueTick:
    values: dict[str, object] = {
        "name": "count",
        "place": "",
        "fence": 3,
        "revision": 5,
        "schedule": to_text(schedule),
        "next_at": next_at,
        "is_triggered": False,
        "lost_count": 0,
        "tick_count": 3,
        "catch_up": 1,
        "jitter": timedelta(0),
        "after_crash": AfterCrash.AGAIN,
        "job": None,
        **changed,
    }
    return DueTick(**values)  # type: ignore[arg-type]  # each value has the type of its field


# --------------------------------------------------------------------------------------------------- in good time


@pytest.mark.parametrize("catch_up", [0, 1, 5])
@pytest.mark.parametrize("schedule", [HOURLY, Every(HOUR), Every(HOUR, fixed_rate=True)], ids=str)
def test_a_moment_that_has_just_come_is_run(schedule: Schedule, catch_up: int) -> None:
    claim = move(row(schedule, catch_up=catch_up), schedule, MIDNIGHT + SECOND, luck=0.0)
    assert (claim.planned_at, claim.is_triggered, claim.missed) == (MIDNIGHT, False, None)


def test_the_claim_holds_only_for_the_row_that_was_read() -> None:
    claim = move(row(HOURLY, place="host-1"), HOURLY, MIDNIGHT, luck=0.0)
    assert (claim.name, claim.place, claim.fence, claim.revision) == ("count", "host-1", 3, 5)


# ------------------------------------------------------------------------------------------------------- too late


def test_of_all_that_was_missed_the_last_one_is_run_once() -> None:
    now = MIDNIGHT + 5 * HOUR + 20 * MINUTE
    claim = move(row(HOURLY), HOURLY, now, luck=0.0)
    assert claim.planned_at == MIDNIGHT + 5 * HOUR
    assert claim.missed == MissedTicks(MIDNIGHT, MIDNIGHT + 4 * HOUR, 5)


def test_as_many_of_the_last_ones_are_run_as_the_worker_wants() -> None:
    now = MIDNIGHT + 5 * HOUR + 20 * MINUTE
    claim = move(row(HOURLY, catch_up=3), HOURLY, now, luck=0.0)
    assert claim.planned_at == MIDNIGHT + 3 * HOUR
    assert claim.missed == MissedTicks(MIDNIGHT, MIDNIGHT + 2 * HOUR, 3)
    assert next_moment(HOURLY, MIDNIGHT + 3 * HOUR, ended_at=now) == MIDNIGHT + 4 * HOUR


def test_where_fewer_were_missed_than_may_be_run_none_is_left_out() -> None:
    claim = move(row(HOURLY, catch_up=100), HOURLY, MIDNIGHT + 2 * HOUR, luck=0.0)
    assert (claim.planned_at, claim.missed) == (MIDNIGHT, None)


def test_who_wants_none_of_them_goes_on_with_the_next_one() -> None:
    now = MIDNIGHT + 5 * HOUR + 20 * MINUTE
    claim = move(row(HOURLY, catch_up=0), HOURLY, now, luck=0.0)
    assert (claim.planned_at, claim.next_at, claim.due_at) == (None, MIDNIGHT + 6 * HOUR, MIDNIGHT + 6 * HOUR)
    assert claim.missed == MissedTicks(MIDNIGHT, MIDNIGHT + 5 * HOUR, 6)


def test_who_wants_none_still_runs_the_one_that_is_on_time() -> None:
    now = MIDNIGHT + 5 * HOUR + ON_TIME
    claim = move(row(HOURLY, catch_up=0), HOURLY, now, luck=0.0)
    assert claim.planned_at == MIDNIGHT + 5 * HOUR
    assert claim.missed == MissedTicks(MIDNIGHT, MIDNIGHT + 4 * HOUR, 5)


def test_every_second_a_tick_that_took_three_misses_two() -> None:
    next_at = next_moment(EACH_SECOND, MIDNIGHT, ended_at=MIDNIGHT + 3.2 * SECOND)
    assert next_at == MIDNIGHT + SECOND
    claim = move(row(EACH_SECOND, next_at), EACH_SECOND, MIDNIGHT + 3.2 * SECOND, luck=0.0)
    assert claim.planned_at == MIDNIGHT + 3 * SECOND
    assert claim.missed == MissedTicks(MIDNIGHT + SECOND, MIDNIGHT + 2 * SECOND, 2)


@pytest.mark.parametrize("schedule", [EACH_SECOND, Every(SECOND, fixed_rate=True)], ids=str)
def test_a_year_of_seconds_is_not_counted_to_its_end(schedule: Schedule) -> None:
    now = MIDNIGHT + timedelta(days=365)
    claim = move(row(schedule), schedule, now, luck=0.0)
    assert claim.planned_at == now
    assert claim.missed == MissedTicks(MIDNIGHT, now - SECOND, MOST_COUNTED)


def test_a_fixed_rate_stays_on_its_grid() -> None:
    rate = Every(timedelta(minutes=7), fixed_rate=True)
    claim = move(row(rate), rate, MIDNIGHT + 30 * MINUTE, luck=0.0)
    assert claim.planned_at == MIDNIGHT + 28 * MINUTE
    assert claim.missed == MissedTicks(MIDNIGHT, MIDNIGHT + 21 * MINUTE, 4)
    assert next_moment(rate, MIDNIGHT + 28 * MINUTE, ended_at=MIDNIGHT + 34 * MINUTE) == MIDNIGHT + 35 * MINUTE


def test_a_rest_knows_no_missed_moments_only_a_late_one() -> None:
    rest = Every(HOUR)
    claim = move(row(rest), rest, MIDNIGHT + timedelta(days=3), luck=0.0)
    assert (claim.planned_at, claim.missed) == (MIDNIGHT, None)


def test_a_late_rest_of_a_worker_that_wants_no_late_ones_begins_anew() -> None:
    rest, now = Every(HOUR), MIDNIGHT + timedelta(days=3)
    claim = move(row(rest, catch_up=0), rest, now, luck=0.0)
    assert (claim.planned_at, claim.next_at) == (None, now + HOUR)
    assert claim.missed == MissedTicks(MIDNIGHT, MIDNIGHT, 1)


def test_a_clock_that_was_set_back_runs_what_is_due_and_nothing_else() -> None:
    claim = move(row(HOURLY), HOURLY, MIDNIGHT - HOUR, luck=0.0)
    assert (claim.planned_at, claim.missed) == (MIDNIGHT, None)


# ----------------------------------------------------------------------------------------------- lost with a host


def test_a_lost_tick_is_run_again_for_the_same_moment() -> None:
    claim = move(row(HOURLY, lost_count=1), HOURLY, MIDNIGHT + 2 * HOUR, luck=0.0)
    assert (claim.planned_at, claim.missed) == (MIDNIGHT, None)


def test_a_lost_tick_may_be_skipped() -> None:
    tick = row(HOURLY, lost_count=1, after_crash=AfterCrash.SKIP)
    claim = move(tick, HOURLY, MIDNIGHT + MINUTE, luck=0.0)
    assert (claim.planned_at, claim.next_at, claim.missed) == (None, MIDNIGHT + HOUR, None)


def test_behind_a_skipped_one_the_next_may_have_come_already() -> None:
    tick = row(HOURLY, lost_count=1, after_crash=AfterCrash.SKIP)
    claim = move(tick, HOURLY, MIDNIGHT + 3 * HOUR, luck=0.0)
    assert claim.planned_at == MIDNIGHT + 3 * HOUR
    assert claim.missed == MissedTicks(MIDNIGHT + HOUR, MIDNIGHT + 2 * HOUR, 2)


def test_a_tick_that_is_lost_again_and_again_is_given_up() -> None:
    tick = row(HOURLY, lost_count=LOST_TICK_LIMIT)
    claim = move(tick, HOURLY, MIDNIGHT + MINUTE, luck=0.0)
    assert (claim.planned_at, claim.next_at) == (None, MIDNIGHT + HOUR)


def test_a_skipped_rest_begins_anew() -> None:
    rest, now = Every(HOUR), MIDNIGHT + 10 * MINUTE
    claim = move(row(rest, lost_count=1, after_crash=AfterCrash.SKIP), rest, now, luck=0.0)
    assert (claim.planned_at, claim.next_at) == (None, now + HOUR)


# ------------------------------------------------------------------------------------------------- asked for, and last


def test_a_tick_that_was_asked_for_is_run_now_beside_the_plan() -> None:
    claim = move(row(HOURLY, MIDNIGHT + HOUR, is_triggered=True), HOURLY, MIDNIGHT + MINUTE, luck=0.0)
    assert (claim.planned_at, claim.is_triggered) == (MIDNIGHT + MINUTE, True)


def test_a_worker_that_is_never_planned_again_can_be_asked_for() -> None:
    claim = move(row(HOURLY, None, is_triggered=True), HOURLY, MIDNIGHT, luck=0.0)
    assert (claim.planned_at, claim.is_triggered) == (MIDNIGHT, True)


def test_the_last_year_of_a_calendar_has_nothing_after_it() -> None:
    last_year = Cron("0 0 0 1 3 ? 2026", dialect=Dialect.QUARTZ)
    assert next_moment(last_year, MIDNIGHT, ended_at=MIDNIGHT) is None
    assert due(None, HOUR, luck=0.5) is None


@pytest.mark.abp("ticks never overlap")
@pytest.mark.guide(7)
def test_a_rest_counts_from_the_end_and_everything_else_from_the_plan() -> None:
    ended_at = MIDNIGHT + 10 * MINUTE
    assert next_moment(Every(HOUR), MIDNIGHT, ended_at=ended_at) == ended_at + HOUR
    assert next_moment(Every(HOUR, fixed_rate=True), MIDNIGHT, ended_at=ended_at) == MIDNIGHT + HOUR
    assert next_moment(HOURLY, MIDNIGHT, ended_at=ended_at) == MIDNIGHT + HOUR


@pytest.mark.guide(7)
def test_the_first_tick_comes_after_one_period_or_at_the_next_moment_of_the_calendar() -> None:
    assert first_moment(Every(HOUR), MIDNIGHT + MINUTE) == MIDNIGHT + HOUR + MINUTE
    assert first_moment(HOURLY, MIDNIGHT + MINUTE) == MIDNIGHT + HOUR


@pytest.mark.parametrize("luck", [0.0, 0.5, 0.999])
def test_jitter_makes_a_tick_later_and_leaves_its_moment(luck: float) -> None:
    tick = row(HOURLY, catch_up=0, jitter=10 * MINUTE)
    claim = move(tick, HOURLY, MIDNIGHT + 30 * MINUTE, luck=luck)
    assert claim.next_at == MIDNIGHT + HOUR
    assert claim.due_at == MIDNIGHT + HOUR + 10 * MINUTE * luck
