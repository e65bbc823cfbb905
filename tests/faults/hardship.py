"""Hosts whose store is there and takes nothing for longer than their leases: they say so, wait, and go on."""

import asyncio
from collections.abc import Sequence
from contextlib import AbstractContextManager
from functools import partial

from tests.faults.checker import Past
from tests.faults.crew import LEASE, becomes, crew
from tests.faults.ground import Ground
from tests.faults.history import Kept, Started
from tests.faults.scenarios import Numbers, right

_JOBS = 1_000
_TAKES = 0.05


async def outlived(ground: Ground, hardship: AbstractContextManager[None], says: Sequence[str]) -> Numbers:
    """Two hosts in the middle of many jobs, while it lasts and after it. Every job runs once, and none is charged.

    `says` is what their log has to tell of it: the state, and its cure.
    """
    async with crew(ground) as there:
        hands = await there.hosts(2)
        await there.stock(_JOBS, _TAKES)

        async def all_work() -> bool:
            return all(Past(there.written_by(hand)).of(Started) for hand in hands)

        await becomes(all_work)
        assert await there.left() > _JOBS / 4, "hardly anything is left to be written while it lasts"
        with hardship:
            await becomes(partial(there.says, *says))
            await asyncio.sleep(2 * LEASE.total_seconds())
        await there.drained()
        assert all(hand.is_there for hand in hands), f"a host has ended: see {there.log}"
        await there.stop_all()
        book = there.close_the_book()
    numbers = right(book)
    assert numbers["attempts started"] == numbers["jobs succeeded"] == _JOBS
    charged = [kept for kept in Past(book).of(Kept) if kept.attempt_count or kept.crash_count or kept.lost_count]
    assert not charged, f"{len(charged)} jobs were charged, such as {charged[0]}"
    assert numbers["failures that hosts reported"] > 0
    return numbers
