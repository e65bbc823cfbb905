"""The human hand: cancel, retry and delete jobs, one or all that are meant; pause and resume queues."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from msgspec import structs

from dawam.doorbells.base import Doorbell, Topic
from dawam.ids import job_id
from dawam.jobs.state import JobState
from dawam.stores.base import JobController, JobReader
from dawam.stores.values import CancelAnswer, JobFilter

_PAGE = 50_000
"""Ids that are looked up at a time: few looks, and a megabyte."""
_BATCH = 250
"""Jobs that are changed in one transaction, so that nobody waits long for it."""
BREATH = 0.005
"""Seconds between two batches, in which whoever waits for the store's lock gets it."""

CANCELLABLE = frozenset({JobState.WAITING, JobState.RUNNING})
SETTLED_OR_WAITING = frozenset(JobState) - {JobState.RUNNING}
"""What can be retried and deleted."""


class ControlledStore(JobController, JobReader, Protocol):
    """As much of a store as control needs: it looks for the jobs that are meant, and changes them."""


@dataclass(frozen=True, slots=True)
class BatchReport:
    """What one batch did: what became of each job that was still meant, and how many were not any more."""

    answers: Counter[CancelAnswer | bool]
    moved_on: int


class JobControl:
    """Changes jobs on a person's word, and rings where somebody waits for the change."""

    def __init__(self, store: ControlledStore, doorbell: Doorbell) -> None:
        self._store = store
        self._doorbell = doorbell

    async def cancel(self, id: UUID | str, reason: str = "") -> CancelAnswer:  # noqa: A002  (it is the id)
        """Cancels a waiting job at once; a running one is asked to stop, and hears it within about a second."""
        answer = await self._store.cancel(job_id(id), reason)
        if answer is CancelAnswer.CANCELLED:
            self._doorbell.ring(Topic.FINISHED)
        return answer

    async def retry(self, id: UUID | str) -> bool:  # noqa: A002
        """Makes a finished or waiting job ready now, under its id, with all its attempts before it again.

        False when it is running or unknown.
        """
        readied = await self._store.retry(job_id(id))
        if readied:
            self._doorbell.ring(Topic.READY)
        return readied

    async def delete(self, id: UUID | str) -> bool:  # noqa: A002
        """Deletes a waiting or finished job with all its records. False when it is running or unknown."""
        deleted = await self._store.delete(job_id(id))
        if deleted:
            self._doorbell.ring(Topic.FINISHED)
        return deleted

    def cancel_all(self, chosen: JobFilter, reason: str = "") -> AsyncGenerator[BatchReport, None]:
        """Cancels every waiting and running job that is meant, batch by batch; each batch is done when it is told.

        Jobs that come while it is under way may be met or not. Whoever stops listening stops it.
        """
        narrowed = narrowed_to(CANCELLABLE, chosen)

        async def change(ids: Sequence[UUID]) -> Sequence[CancelAnswer]:
            return await self._store.cancel_chosen(ids, narrowed, reason)

        return self._in_batches(narrowed, change, Topic.FINISHED)

    def retry_all(self, chosen: JobFilter) -> AsyncGenerator[BatchReport, None]:
        """The same for `retry`: every waiting and finished job that is meant is ready now."""
        narrowed = narrowed_to(SETTLED_OR_WAITING, chosen)

        async def change(ids: Sequence[UUID]) -> Sequence[bool]:
            return await self._store.retry_chosen(ids, narrowed)

        return self._in_batches(narrowed, change, Topic.READY)

    def delete_all(self, chosen: JobFilter) -> AsyncGenerator[BatchReport, None]:
        """The same for `delete`: every waiting and finished job that is meant is gone with its records."""
        narrowed = narrowed_to(SETTLED_OR_WAITING, chosen)

        async def change(ids: Sequence[UUID]) -> Sequence[bool]:
            return await self._store.delete_chosen(ids, narrowed)

        return self._in_batches(narrowed, change, Topic.FINISHED)

    async def pause_queue(self, queue: str) -> None:
        """Nothing more of this queue is claimed, by any host, until it is resumed; what runs goes on."""
        await self._store.pause_queue(queue)

    async def resume_queue(self, queue: str) -> None:
        """The queue is claimed again."""
        await self._store.resume_queue(queue)
        self._doorbell.ring(Topic.READY, (queue,))

    async def paused_queues(self) -> frozenset[str]:
        """The queues that are paused."""
        return await self._store.paused_queues()

    async def _in_batches(
        self,
        chosen: JobFilter,
        change: Callable[[Sequence[UUID]], Awaitable[Sequence[CancelAnswer | bool]]],
        topic: Topic,
    ) -> AsyncGenerator[BatchReport, None]:
        """Goes by id, which no change moves, so that each job is met once; a page that is not full is the last."""
        page: list[UUID] = []
        while not page or len(page) == _PAGE:
            page = await self._store.ids(chosen, _PAGE, page[-1] if page else None)
            for start in range(0, len(page), _BATCH):
                batch = page[start : start + _BATCH]
                answers = await change(batch)
                self._doorbell.ring(topic)
                yield BatchReport(Counter(answers), len(batch) - len(answers))
                await asyncio.sleep(BREATH)
            if not page:
                return


def narrowed_to(states: frozenset[JobState], chosen: JobFilter) -> JobFilter:
    """The filter, of these states only; `ValueError` when it asks for none of them."""
    left = states & chosen.states if chosen.states else states
    if not left:
        asked, known = ", ".join(sorted(chosen.states)), ", ".join(sorted(states))
        raise ValueError(f"{asked} jobs cannot be changed so: {known} ones were expected")
    return structs.replace(chosen, states=left)
