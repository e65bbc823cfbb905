"""When the ticks come: pure arithmetic, stepped by hand."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dawam.workers.registry import WorkerDefinition, WorkerKind
from dawam.workers.schedule import TickPlan

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
FIVE = timedelta(minutes=5)


def worker(name: str = "stock", every: timedelta = FIVE, run_on_start: bool = False) -> WorkerDefinition:
    return WorkerDefinition(
        name=name, kind=WorkerKind.FUNCTION, target=print, is_async=False, every=every, run_on_start=run_on_start
    )


def minutes(count: float) -> datetime:
    return NOON + timedelta(minutes=count)


def plan_of(*workers: WorkerDefinition) -> TickPlan:
    plan = TickPlan()
    for each in workers:
        plan.add(each, NOON)
    return plan


def names(plan: TickPlan, now: datetime) -> list[str]:
    return [tick.definition.name for tick in plan.take_due(now)]


@pytest.mark.guide(7)
def test_the_first_tick_comes_one_period_after_the_start() -> None:
    plan = plan_of(worker())
    assert plan.next_at() == minutes(5)
    assert names(plan, minutes(4.99)) == []
    assert names(plan, minutes(5)) == ["stock"]


@pytest.mark.guide(7)
def test_a_worker_that_runs_on_start_ticks_at_once() -> None:
    assert names(plan_of(worker(run_on_start=True)), NOON) == ["stock"]


@pytest.mark.guide(7)
def test_the_next_tick_comes_one_period_after_the_end_of_the_last() -> None:
    plan = plan_of(worker())
    plan.take_due(minutes(5))
    plan.ticked("stock", minutes(8))
    assert plan.next_at() == minutes(13)


@pytest.mark.guide(7)
@pytest.mark.abp("ticks never overlap")
def test_a_tick_that_is_under_way_is_not_handed_out_again() -> None:
    plan = plan_of(worker())
    assert names(plan, minutes(5)) == ["stock"]
    assert names(plan, minutes(60)) == []
    assert plan.next_at() is None


def test_what_was_missed_is_not_caught_up() -> None:
    plan = plan_of(worker())
    assert names(plan, minutes(60)) == ["stock"]
    plan.ticked("stock", minutes(60))
    assert plan.next_at() == minutes(65)


def test_due_ticks_are_handed_out_earliest_first() -> None:
    plan = plan_of(worker("late", timedelta(minutes=3)), worker("early", timedelta(minutes=1)))
    assert names(plan, minutes(5)) == ["early", "late"]


def test_ticks_are_numbered_and_know_their_planned_moment() -> None:
    plan = plan_of(worker())
    (first,) = plan.take_due(minutes(6))
    plan.ticked("stock", minutes(6))
    (second,) = plan.take_due(minutes(30))
    assert [(first.number, first.planned_at), (second.number, second.planned_at)] == [(1, minutes(5)), (2, minutes(11))]


def test_adding_a_worker_again_gives_it_its_new_period() -> None:
    plan = plan_of(worker())
    plan.add(worker(every=timedelta(minutes=1)), minutes(2))
    assert plan.next_at() == minutes(3)


def test_a_tick_that_is_under_way_keeps_its_place_when_the_period_changes() -> None:
    plan = plan_of(worker())
    plan.take_due(minutes(5))
    plan.add(worker(every=timedelta(minutes=1)), minutes(6))
    assert plan.next_at() is None
    plan.ticked("stock", minutes(7))
    assert plan.next_at() == minutes(8)


@given(
    work=st.lists(st.integers(0, 600), min_size=1, max_size=30),
    lateness=st.integers(0, 120),
    every=st.integers(1, 600),
)
@pytest.mark.abp("ticks never overlap")
def test_between_two_ticks_lies_at_least_one_period(work: list[int], lateness: int, every: int) -> None:
    plan = plan_of(worker(every=timedelta(seconds=every)))
    ended_at = NOON
    for seconds in work:
        due_at = plan.next_at()
        assert due_at is not None
        assert due_at - ended_at == timedelta(seconds=every)
        started_at = due_at + timedelta(seconds=lateness)
        assert names(plan, started_at) == ["stock"]
        ended_at = started_at + timedelta(seconds=seconds)
        plan.ticked("stock", ended_at)
