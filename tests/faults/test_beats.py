"""A worker that ticks every second while its processes are killed and frozen: each moment once, or accounted for."""

import random
from datetime import UTC, datetime

import pytest

from dawam import AfterCrash
from dawam.workers.record import MOST_COUNTED, TickOutcome, TickRecord
from tests.faults.beats import SECOND, Note, beats, read
from tests.faults.ground import Ground
from tests.faults.ledger import was_checked

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.guide(16)
@pytest.mark.parametrize(
    ("ground", "processes", "seconds", "after_crash"),
    [("sqlite", 2, 10, AfterCrash.AGAIN), ("sqlite", 4, 10, AfterCrash.SKIP), ("postgres", 3, 7, AfterCrash.AGAIN)],
    indirect=["ground"],
)
@pytest.mark.fault("kill -9 in a tick")
async def test_each_second_is_run_once_or_accounted_for(
    ground: Ground, luck: random.Random, processes: int, seconds: int, after_crash: AfterCrash
) -> None:
    found = await beats(ground, luck, processes=processes, seconds=seconds, after_crash=after_crash)
    print(found)
    was_checked(found.moments, len(found.violations))
    assert found.violations == ()
    assert found.moments >= seconds
    assert found.outcomes["succeeded"] >= 3
    if after_crash is AfterCrash.SKIP:
        assert found.second_runs == 0


# -------------------------------------------------------------------------------------------- the checker can fail


def record(second: int, outcome: TickOutcome, fence: int = 0, count: int = 1) -> TickRecord:
    moment = NOON + second * SECOND
    return TickRecord(
        worker="beat", place="", outcome=outcome, planned_at=moment, count=count, fence=fence, ended_at=NOON
    )


def notes(second: int, fence: int, began: float, ended: float | None) -> list[Note]:
    moment = (NOON + second * SECOND).isoformat()
    begin = Note(False, moment, fence, 1, began)
    return [begin] if ended is None else [begin, Note(True, moment, fence, 1, ended)]


def test_all_that_is_accounted_for_is_no_violation() -> None:
    records = [
        record(0, TickOutcome.SUCCEEDED, 1),
        record(1, TickOutcome.MISSED, count=3),
        record(4, TickOutcome.LOST, 2),
        record(4, TickOutcome.SUCCEEDED, 3),
    ]
    found = read(records, [*notes(0, 1, 0.0, 0.5), *notes(4, 2, 4.0, None), *notes(4, 3, 6.0, 6.1)])
    assert (found.violations, found.moments, found.second_runs) == ((), 5, 1)


def test_a_moment_that_nobody_recorded_is_found() -> None:
    found = read([record(0, TickOutcome.SUCCEEDED, 1), record(2, TickOutcome.SUCCEEDED, 2)], [])
    assert found.violations == (f"{NOON + SECOND} is not recorded at all",)


def test_behind_so_many_that_no_more_are_counted_nothing_is_missing() -> None:
    later = [record(20_000, TickOutcome.SUCCEEDED, 1), record(20_002, TickOutcome.SUCCEEDED, 2)]
    found = read([record(0, TickOutcome.MISSED, count=MOST_COUNTED), *later], [])
    assert found.violations == (f"{NOON + 20_001 * SECOND} is not recorded at all",)


def test_nothing_at_all_is_found() -> None:
    assert read([], []).violations == ("nothing was recorded at all",)


def test_a_moment_that_ran_twice_is_found() -> None:
    found = read([record(0, TickOutcome.SUCCEEDED, 1), record(0, TickOutcome.FAILED, 2)], [])
    assert "ran twice, under the fences [1, 2]" in found.violations[0]


def test_a_moment_that_ran_and_was_missed_is_found() -> None:
    found = read([record(0, TickOutcome.SUCCEEDED, 1), record(0, TickOutcome.MISSED)], [])
    assert "ran, and is recorded as missed" in found.violations[0]


def test_a_second_run_without_a_loss_is_found() -> None:
    found = read([record(0, TickOutcome.SUCCEEDED, 2)], [*notes(0, 1, 0.0, 0.1), *notes(0, 2, 1.0, 1.1)])
    assert "was begun again after fence 1, which ended as None" in found.violations[0]


def test_two_valid_runs_side_by_side_are_found() -> None:
    records = [record(0, TickOutcome.SUCCEEDED, 1), record(1, TickOutcome.SUCCEEDED, 2)]
    found = read(records, [*notes(0, 1, 0.0, 2.0), *notes(1, 2, 1.0, 1.5)])
    assert found.violations == ("fences 1 and 2 ran side by side",)


def test_a_frozen_run_that_was_lost_may_lie_beside_a_valid_one() -> None:
    records = [record(0, TickOutcome.LOST, 1), record(0, TickOutcome.SUCCEEDED, 2)]
    assert read(records, [*notes(0, 1, 0.0, 5.0), *notes(0, 2, 2.0, 2.5)]).violations == ()
