"""Looks for jobs among very many, for people who wait for the answer: it comes soon, with what was found so far."""

import asyncio
from datetime import timedelta
from uuid import UUID

from msgspec import Struct

from dawam.stores.looks import Bookmark, JobLook
from dawam.stores.people import JobReader
from dawam.stores.values import JobFilter

LOOKED_AT = 10_000
"""Jobs that are looked at in vain, at most, before the answer comes."""
_STRETCH = 50_000
"""Jobs that are looked at in one read, to be counted."""


class PartialCount(Struct, frozen=True):
    """How many jobs are meant, of those that were looked at."""

    count: int
    is_whole: bool
    """Whether all were looked at."""


class JobSearch:
    """Answers in a moment, whatever is asked for and however many jobs there are. Inject it beside `JobInspector`."""

    def __init__(self, store: JobReader) -> None:
        self._store = store

    async def find(
        self,
        chosen: JobFilter,
        *,
        max_result_count: int = 100,
        within: int = LOOKED_AT,
        after: Bookmark | UUID | None = None,
    ) -> JobLook:
        """Up to `max_result_count` jobs, ordered as `JobInspector.get_jobs` does; a bookmark where there may be more.

        No more than `within` jobs are looked at in vain, or a few more, so there may be none and yet more. `after`: the
        bookmark of the page before, or the id of its last job. `ValueError` for a bookmark that no list has made.
        """
        return await self._store.look(chosen, max(max_result_count, 0), after, within)

    async def count(self, chosen: JobFilter, patience: timedelta | None = None) -> PartialCount:
        """How many jobs the filter means, counted for `patience` at most, or a little more; None: all of them."""
        loop = asyncio.get_running_loop()
        until = None if patience is None else loop.time() + patience.total_seconds()
        count, look = 0, await self._store.count(chosen, None, _STRETCH)
        while look.bookmark is not None and (until is None or loop.time() < until):
            count += look.count
            look = await self._store.count(chosen, look.bookmark, _STRETCH)
        return PartialCount(count + look.count, is_whole=look.bookmark is None)
