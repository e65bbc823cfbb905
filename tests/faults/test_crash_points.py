"""A process dies at each point of our own code at which one thing is done and another is not; nothing is lost."""

import pytest

from dawam.crash_points import CrashPoint
from tests.faults import scenarios
from tests.faults.beats import beats_beyond
from tests.faults.ground import Ground
from tests.faults.ledger import was_checked

OF_TICKS = {CrashPoint.TICK_CLAIMED, CrashPoint.TICK_ENDED, CrashPoint.TICK_SETTLED}
OF_JOBS = [point for point in CrashPoint if point not in OF_TICKS]


@pytest.mark.parametrize("point", OF_JOBS)
@pytest.mark.fault("kill -9 at a point")
async def test_a_host_that_dies_there_loses_nothing(ground: Ground, point: CrashPoint) -> None:
    await scenarios.dies_at(ground, point)


@pytest.mark.parametrize("point", sorted(OF_TICKS))
@pytest.mark.fault("kill -9 at a point")
async def test_a_host_that_dies_there_leaves_no_moment_out_and_runs_none_twice(
    ground: Ground, point: CrashPoint
) -> None:
    found = await beats_beyond(ground, point)

    was_checked(found.moments, len(found.violations))
    assert found.violations == ()
    assert found.outcomes["succeeded"] >= 2
