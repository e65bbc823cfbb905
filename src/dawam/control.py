"""The human hand: cancel, retry, change and delete jobs, one or all that are meant; pause, resume and limit queues."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from msgspec import structs

from dawam.action_log import ActionLog, Actor
from dawam.clock import Clock
from dawam.doorbells.base import Doorbell, Topic
from dawam.ids import job_id
from dawam.jobs.state import JobState
from dawam.stores.actions import ActionStore
from dawam.stores.looks import Bookmark
from dawam.stores.people import JobController, JobReader, QueueController
from dawam.stores.values import CancelAnswer, EditedArgs, JobChange, JobFilter

_PAGE, _LOOKED_AT = 50_000, 200_000
"""Ids that are looked up at a time, a megabyte of them, and jobs that are looked at for them: a second or so."""
_BATCH = 250
"""Jobs that are changed in one transaction, so that nobody waits long for it."""
BREATH = 0.005
"""Seconds between two batches, in which whoever waits for the store's lock gets it."""

CANCELLABLE = frozenset({JobState.WAITING, JobState.RUNNING})
WAITING = frozenset({JobState.WAITING})
SETTLED_OR_WAITING = frozenset(JobState) - {JobState.RUNNING}
"""What can be retried and deleted."""
MOST_AT_ONCE = 1_000_000
"""What a limit of a queue may be, at most."""


class ControlledStore(JobController, QueueController, JobReader, ActionStore, Protocol):
    """As much of a store as control needs: it looks for the jobs that are meant, changes them, and notes who did."""

    @property
    def clock(self) -> Clock: ...


@dataclass(frozen=True, slots=True)
class BatchReport:
    """What one batch did: what became of each job that was still meant, and how many were not any more."""

    answers: Counter[CancelAnswer | bool]
    moved_on: int

    @property
    def count(self) -> int:
        return self.answers.total() + self.moved_on

    @property
    def changed(self) -> int:
        return self.answers[True] + self.answers[CancelAnswer.CANCELLED] + self.answers[CancelAnswer.REQUESTED]


class JobControl:
    """Changes jobs on a person's word, and rings where somebody waits for the change.

    What is done `by` somebody is written down: who, what, when, why, and how it went.
    """

    def __init__(self, store: ControlledStore, doorbell: Doorbell, actor: Actor | None = None) -> None:
        self._store = store
        self._doorbell = doorbell
        self._log = ActionLog(store, store.clock, actor)

    def by(self, by: str, *, via: str = "code", reason: str = "") -> "JobControl":
        """The same, on the word of this person: `app.control.by("amal", reason="ticket 12").retry(id)`."""
        return JobControl(self._store, self._doorbell, Actor(by=by, via=via, reason=reason))

    async def cancel(self, id: UUID | str, reason: str = "") -> CancelAnswer:  # noqa: A002  (it is the id)
        """Cancels a waiting job at once; a running one is asked to stop, and hears it within about a second."""
        async with self._log.noting("cancel", _job(id)) as note:
            answer = await self._store.cancel(job_id(id), reason)
            note.outcome = answer.value
        if answer is CancelAnswer.CANCELLED:
            self._doorbell.ring(Topic.FINISHED)
        return answer

    async def retry(self, id: UUID | str, args: EditedArgs | None = None) -> bool:  # noqa: A002
        """Makes a finished or waiting job ready now, under its id, with all its attempts before it again.

        With `args` it has those from now on. False when it is running or unknown.
        """
        verb = "retry" if args is None else "edit and retry"
        async with self._log.noting(verb, _job(id)) as note:
            readied = note.of(await self._store.retry(job_id(id), args))
        if readied:
            self._doorbell.ring(Topic.READY)
        return readied

    async def change(self, id: UUID | str, change: JobChange) -> bool:  # noqa: A002
        """Another moment, queue or priority for a job that waits. False when it does not wait, or is unknown."""
        async with self._log.noting(_change_words(change), _job(id)) as note:
            changed = note.of(await self._store.change(job_id(id), change))
        if changed:
            for topic in _CHANGED:
                self._doorbell.ring(topic)
        return changed

    async def delete(self, id: UUID | str) -> bool:  # noqa: A002
        """Deletes a waiting or finished job with all its records. False when it is running or unknown."""
        async with self._log.noting("delete", _job(id)) as note:
            deleted = note.of(await self._store.delete(job_id(id)))
        if deleted:
            self._doorbell.ring(Topic.FINISHED)
        return deleted

    def cancel_all(
        self, chosen: JobFilter, reason: str = "", *, total: int | None = None
    ) -> AsyncGenerator[BatchReport, None]:
        """Cancels every waiting and running job that is meant, batch by batch; each batch is done when it is told.

        Jobs that come while it is under way may be met or not. Whoever stops listening stops it; so does
        `ActionHistory.stop`, where it is done by somebody. `total`: about how many are meant, for those who look at it.
        """
        narrowed = narrowed_to(CANCELLABLE, chosen)

        async def change(ids: Sequence[UUID]) -> Sequence[CancelAnswer]:
            return await self._store.cancel_chosen(ids, narrowed, reason)

        return self._in_batches("cancel", narrowed, change, (Topic.FINISHED,), total)

    def retry_all(self, chosen: JobFilter, *, total: int | None = None) -> AsyncGenerator[BatchReport, None]:
        """The same for `retry`: every waiting and finished job that is meant is ready now."""
        narrowed = narrowed_to(SETTLED_OR_WAITING, chosen)

        async def change(ids: Sequence[UUID]) -> Sequence[bool]:
            return await self._store.retry_chosen(ids, narrowed)

        return self._in_batches("retry", narrowed, change, (Topic.READY,), total)

    def change_all(
        self, chosen: JobFilter, change: JobChange, *, total: int | None = None
    ) -> AsyncGenerator[BatchReport, None]:
        """The same for `change`: every waiting job that is meant is changed."""
        narrowed = narrowed_to(WAITING, chosen)

        async def change_batch(ids: Sequence[UUID]) -> Sequence[bool]:
            return await self._store.change_chosen(ids, narrowed, change)

        return self._in_batches(_change_words(change), narrowed, change_batch, _CHANGED, total)

    def delete_all(self, chosen: JobFilter, *, total: int | None = None) -> AsyncGenerator[BatchReport, None]:
        """The same for `delete`: every waiting and finished job that is meant is gone with its records."""
        narrowed = narrowed_to(SETTLED_OR_WAITING, chosen)

        async def change(ids: Sequence[UUID]) -> Sequence[bool]:
            return await self._store.delete_chosen(ids, narrowed)

        return self._in_batches("delete", narrowed, change, (Topic.FINISHED,), total)

    async def pause_queue(self, queue: str) -> None:
        """Nothing more of this queue is claimed, by any host, until it is resumed; what runs goes on."""
        async with self._log.noting("pause", f"queue {queue}"):
            await self._store.pause_queue(queue)

    async def resume_queue(self, queue: str) -> None:
        """The queue is claimed again."""
        async with self._log.noting("resume", f"queue {queue}"):
            await self._store.resume_queue(queue)
        self._doorbell.ring(Topic.READY, (queue,))

    async def limit_queue(self, queue: str, limit: int | None) -> None:
        """Each host has no more jobs of this queue at once, running or claimed ahead; it hears of it within about a
        second, and what runs goes on.

        It takes the place of `Host.QueueLimits` until it is lifted with None. `ValueError` for less than 1.
        """
        if limit is not None and not 1 <= limit <= MOST_AT_ONCE:
            raise ValueError(
                f"limit_queue({queue!r}, {limit}): 1 to {MOST_AT_ONCE:,} was expected; pause it, where none may run"
            )
        verb = "lift the limit of" if limit is None else f"limit to {limit}"
        async with self._log.noting(verb, f"queue {queue}"):
            await self._store.limit_queue(queue, limit)

    async def _in_batches(
        self,
        verb: str,
        chosen: JobFilter,
        change: Callable[[Sequence[UUID]], Awaitable[Sequence[CancelAnswer | bool]]],
        topics: tuple[Topic, ...],
        total: int | None,
    ) -> AsyncGenerator[BatchReport, None]:
        done = changed = 0
        async with self._log.noting(verb, "", chosen=chosen, total=total) as note:
            note.outcome = "left before the end"
            async for report in self._through_batches(chosen, change):
                for topic in topics:
                    self._doorbell.ring(topic)
                done += report.count
                changed += report.changed
                goes_on = await note.goes_on(done, changed)
                yield report
                if not goes_on:
                    note.outcome = "stopped"
                    return
            note.outcome = "done"

    async def _through_batches(
        self, chosen: JobFilter, change: Callable[[Sequence[UUID]], Awaitable[Sequence[CancelAnswer | bool]]]
    ) -> AsyncGenerator[BatchReport, None]:
        """A pass through the jobs that are meant: each is met once at most, whatever is done to it."""
        bookmark: Bookmark | None = None
        while True:
            look = await self._store.ids(chosen, _PAGE, bookmark, _LOOKED_AT)
            for start in range(0, len(look.ids), _BATCH):
                batch = look.ids[start : start + _BATCH]
                answers = await change(batch)
                yield BatchReport(Counter(answers), len(batch) - len(answers))
                await asyncio.sleep(BREATH)
            bookmark = look.bookmark
            if bookmark is None:
                return
            if not look.ids:  # nothing was found yet: whoever watches sees that it lives, and may stop it
                yield BatchReport(Counter(), 0)


_CHANGED = (Topic.READY, Topic.SCHEDULED)
"""A job that is changed may be due now, or earlier than all others that are not."""


def _job(id: UUID | str) -> str:  # noqa: A002
    return f"job {job_id(id)}"


def _change_words(change: JobChange) -> str:
    said = [
        None if change.run_at is None else f"reschedule to {change.run_at.isoformat(timespec='seconds')}",
        None if change.queue is None else f"move to queue {change.queue}",
        None if change.priority is None else f"set priority {change.priority.name.lower()}",
    ]
    return ", ".join(filter(None, said)) or "change nothing of"


def narrowed_to(states: frozenset[JobState], chosen: JobFilter) -> JobFilter:
    """The filter, of these states only; `ValueError` when it asks for none of them."""
    left = states & chosen.states if chosen.states else states
    if not left:
        asked, known = ", ".join(sorted(chosen.states)), ", ".join(sorted(states))
        raise ValueError(f"{asked} jobs cannot be changed so: {known} ones were expected")
    return structs.replace(chosen, states=left)
