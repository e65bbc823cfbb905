"""Hosts whose store is there and takes nothing for longer than their leases: they say so, wait, and go on."""

import asyncio
from collections.abc import Sequence
from contextlib import AbstractContextManager
from functools import partial

from dawam.errors import StoreUnavailableError
from tests.faults.crew import LEASE, SHORT_LEASE, Crew, becomes, crew
from tests.faults.ground import Ground
from tests.faults.history import Kept, Started
from tests.faults.past import Past
from tests.faults.scenarios import Numbers, right

_JOBS, _LATER = 1_000, 100
_TAKES = 0.05
_FEW_SLOTS = {**SHORT_LEASE, "DAWAM__HOST__CONCURRENCY": "10"}
"""So that the work outlasts the moments until the hardship is felt by all."""


async def outlived(ground: Ground, hardship: AbstractContextManager[None], says: Sequence[str]) -> Numbers:
    """Two hosts in the middle of many jobs, while it lasts and after it. Every job runs once, and none is charged.

    `says` is what their log has to tell of it: the state, and its cure.
    """
    async with crew(ground, _FEW_SLOTS) as there:
        hands = await there.hosts(2)
        await there.stock(_JOBS, _TAKES)

        async def all_work() -> bool:
            return all(Past(there.written_by(hand)).of(Started) for hand in hands)

        await becomes(all_work)
        assert await there.left() > _JOBS / 4, "hardly anything is left to be written while it lasts"
        with hardship:
            await becomes(partial(there.says, *says))
            await asyncio.sleep(2 * LEASE.total_seconds())
        assert await there.left() > 0, "all was done before it was felt"
        await becomes(partial(_takes_more, there))
        await there.drained()
        assert all(hand.is_there for hand in hands), f"a host has ended: see {there.log}"
        await there.stop_all()
        book = there.close_the_book()
    numbers = right(book)
    assert numbers["attempts started"] == numbers["jobs succeeded"] == _JOBS + _LATER
    charged = [kept for kept in Past(book).of(Kept) if kept.attempt_count or kept.crash_count or kept.lost_count]
    assert not charged, f"{len(charged)} jobs were charged, such as {charged[0]}"
    assert numbers["failures that hosts reported"] > 0
    return numbers


async def _takes_more(there: Crew) -> bool:
    """Enqueues, as soon as whoever does that finds the store well again."""
    try:
        await there.stock(_LATER)
    except StoreUnavailableError:
        return False
    return True
