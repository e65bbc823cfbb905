"""What was measured, step by step and name by name."""

from datetime import timedelta

import pytest

from dawam.measures.compacting import FINEST, floor
from dawam.measures.record import Measure
from dawam.measures.series import by_name, series, step_for
from dawam.measures.spread import Spread
from dawam.testing.clock import ManualClock

NOW = ManualClock().now() + timedelta(minutes=34, seconds=56)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def measure(ago: timedelta, name: str = "ship", succeeded: int = 1, **more: int | str) -> Measure:
    waits, runs = Spread(), Spread()
    waits.add(timedelta(seconds=succeeded))
    fields = {"queue": "default", **more}
    return Measure(
        at=floor(NOW - ago, FINEST), span=FINEST, name=name, succeeded=succeeded, waits=waits, runs=runs, **fields,
    )  # type: ignore[arg-type]  # fmt: skip


@pytest.mark.parametrize(
    ("duration", "step"),
    [
        (MINUTE, MINUTE),
        (2 * HOUR, MINUTE),
        (2 * HOUR + MINUTE, 10 * MINUTE),
        (2 * DAY, 10 * MINUTE),
        (14 * DAY, HOUR),
        (15 * DAY, DAY),
        (4_000 * DAY, DAY),
    ],
)
def test_the_steps_are_the_finest_that_are_kept_for_so_long(duration: timedelta, step: timedelta) -> None:
    assert step_for(duration) == step


def test_there_is_a_step_for_every_moment_also_where_nothing_ended() -> None:
    found = series([measure(HOUR), measure(timedelta(0))], NOW - HOUR, NOW)
    assert found.step == MINUTE
    assert len(found.steps) == 61
    assert [each.count for each in found.steps] == [1, *[0] * 59, 1]
    assert (found.steps[0].at, found.steps[-1].at) == (floor(NOW - HOUR, MINUTE), floor(NOW, MINUTE))


def test_a_step_adds_up_what_ended_in_it() -> None:
    rows = [measure(MINUTE, succeeded=3, failed=1), measure(MINUTE, "bill", retried=2, cancelled=5)]
    [_, step, _] = series(rows, NOW - 2 * MINUTE, NOW).steps
    assert (step.succeeded, step.failed, step.retried, step.cancelled, step.count) == (4, 1, 2, 5, 12)
    assert step.waits.count == 2


def test_the_busiest_name_comes_first_and_each_queue_is_apart() -> None:
    rows = [measure(MINUTE), measure(HOUR), measure(MINUTE, "bill", 7), measure(MINUTE, queue="mail")]
    assert [(each.name, each.queue, each.count) for each in by_name(rows)] == [
        ("bill", "default", 7), ("ship", "default", 2), ("ship", "mail", 1),
    ]  # fmt: skip
