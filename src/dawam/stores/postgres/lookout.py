"""Looks for jobs that are late: they could be claimed, and sort before where the claims of this process begin."""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from dawam.errors import StoreError
from dawam.stores.postgres.arrays import Ids, Numbers
from dawam.stores.postgres.bounds import MOST_LATE, Bounds, Key
from dawam.stores.postgres.link import Link
from dawam.stores.postgres.statements import Statement


class Lookout:
    """Looks on the connection that claims as long as that is quick, and on one of its own, beside the claims, when not.

    Under an old snapshot a look walks over every job that has ended since, which takes longer and longer; claims, which
    begin behind all these, would have to wait for it.
    """

    def __init__(
        self, claiming: Link, beside: Link, statement: Statement, application: str, on_late: Callable[[str], None]
    ) -> None:
        """`on_late` is told the queue in which a look beside the claims has found something."""
        self._claiming, self._beside, self._statement = claiming, beside, statement
        self._application, self._on_late = application, on_late
        self._looks: set[asyncio.Task[None]] = set()

    async def look(self, queue: str, bounds: Bounds) -> None:
        """Tells the bounds of a queue what is late there: now, or later if that takes long."""
        if not bounds.is_slow_to_look:
            await self._look(self._claiming, queue, bounds)
            return
        look = asyncio.create_task(self._look_beside(queue, bounds), name=f"dawam look for late jobs of {queue}")
        self._looks.add(look)
        look.add_done_callback(self._looks.discard)

    async def close(self) -> None:
        """Ends the looks that are under way."""
        for look in self._looks:
            look.cancel()
        if self._looks:
            await asyncio.wait(self._looks)

    async def _look_beside(self, queue: str, bounds: Bounds) -> None:
        with suppress(StoreError):  # the server may be away, or need longer than it may: the next look is due later
            if await self._look(self._beside, queue, bounds):
                self._on_late(queue)

    async def _look(self, link: Link, queue: str, bounds: Bounds) -> bool:
        began, late = time.monotonic(), list[Key]()
        begins = bounds.look_begins()
        try:
            late = await link.fetch(self._statement, [self._application, queue, MOST_LATE, *_arrays(begins)])
            late.sort()
        finally:
            now = time.monotonic()
            bounds.look_ended(now, now - began, late)
        return bool(late)


def _arrays(begins: Sequence[Key]) -> tuple[Numbers, Numbers, Numbers, Ids]:
    ranks, attempts, moments, ids = zip(*begins, strict=True)
    return Numbers(ranks), Numbers(attempts), Numbers(moments), Ids(ids)
