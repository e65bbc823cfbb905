"""A C call that keeps the interpreter's lock stops its whole process, the heartbeat included: what holds then."""

import pytest

from tests.faults.crew import LEASE, crew
from tests.faults.ground import Ground
from tests.faults.history import DeclaredDead, Settled
from tests.faults.past import Past
from tests.faults.scenarios import right


@pytest.mark.fault("held interpreter")
async def test_its_job_begins_again_elsewhere_and_what_it_settles_then_is_rejected(ground: Ground) -> None:
    async with crew(ground) as there:
        await there.hosts(2)
        [job] = await there.enqueue(there.shift.hold_once.call(4 * LEASE.total_seconds()))
        await there.drained()
        await there.stop_all()
        book = there.close_the_book()
    right(book)
    past = Past(book)
    first, second = past.starts[job]
    print(f"began again {(second.at - first.at) / 1e9:.1f} s later, lease {LEASE.total_seconds():.0f} s")
    assert first.pid != second.pid
    assert [dead.pid for dead in past.of(DeclaredDead)] == [first.pid]
    late = [each for each in past.of(Settled) if each.fence == first.fence]
    assert [each.answer for each in late] in ([], ["lost"])  # it learns that it is dead before, or by that
