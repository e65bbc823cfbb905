"""Looks for jobs that are late: they could be claimed, and sort before where the claims of this process begin."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

from dawam.errors import StoreError
from dawam.stores.postgres.arrays import Ids, Numbers
from dawam.stores.postgres.bounds import MOST_LATE, Bounds, Key, Look
from dawam.stores.postgres.link import Link
from dawam.stores.postgres.statements import Statement


class Lookout:
    """Makes short looks on the connection that claims, and long ones on one of its own, beside the claims.

    Under an old snapshot a look at everything walks over each job that has ended since, which takes longer and longer;
    claims, which begin behind all these, would have to wait for it.
    """

    def __init__(
        self, claiming: Link, beside: Link, statement: Statement, application: str, on_late: Callable[[str], None]
    ) -> None:
        """`on_late` is told the queue in which a look beside the claims has found something."""
        self._claiming, self._beside, self._statement = claiming, beside, statement
        self._application, self._on_late = application, on_late
        self._looks: set[asyncio.Task[None]] = set()

    async def look(self, queue: str, bounds: Bounds) -> None:
        """Tells the bounds of a queue, if it is time, what is late there: now, or later if that takes long."""
        look = bounds.next_look(time.monotonic())
        if look is None:
            return
        if not look.is_beside:
            await self._look(self._claiming, queue, bounds, look)
            return
        beside = asyncio.create_task(
            self._look_beside(queue, bounds, look), name=f"dawam look for late jobs of {queue}"
        )
        self._looks.add(beside)
        beside.add_done_callback(self._looks.discard)

    async def close(self) -> None:
        """Ends the looks that are under way."""
        for look in self._looks:
            look.cancel()
        if self._looks:
            await asyncio.wait(self._looks)

    async def _look_beside(self, queue: str, bounds: Bounds, look: Look) -> None:
        with suppress(StoreError):  # the server may be away, or need longer than it may: the next look is due later
            if await self._look(self._beside, queue, bounds, look):
                self._on_late(queue)

    async def _look(self, link: Link, queue: str, bounds: Bounds, look: Look) -> bool:
        began, late = time.monotonic(), list[Key]()
        try:
            late = await link.fetch(self._statement, [self._application, queue, MOST_LATE, *look_arrays(look)])
            late.sort()
        finally:
            now = time.monotonic()
            bounds.look_ended(look, now, now - began, late)
        return bool(late)


def look_arrays(look: Look) -> tuple[Numbers, Numbers, Numbers, Numbers, Ids]:
    """The ranges of a look as the parameters of `late_jobs`."""
    ranks, attempts, moments, ids = zip(*(until for _, until in look.ranges), strict=True)
    first_moments = Numbers(begin[2] for begin, _ in look.ranges)
    return Numbers(ranks), Numbers(attempts), first_moments, Numbers(moments), Ids(ids)
