"""Finds out whether the transactions were committed in which jobs completed themselves.

A job that returned may have left its transaction open, or was interrupted in the middle of the commit. Nothing is
decided before the store says so, and no other job's end waits for that.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from dawam.errors import NotRunningError
from dawam.events.lifecycle import CompletionLeftOpen, LifecycleEvents, ServiceFailed
from dawam.jobs.record import ClaimedJob
from dawam.stores.base import JobClaimer
from dawam.stores.transaction import TransactionalCompleter
from dawam.stores.values import CompletionAnswer

_FIRST_WAIT, _LONGEST_WAIT = 0.02, 2.0
_WARN_AFTER = 5.0
"""Seconds for which a transaction may stay open after its job has ended, before people are told."""


class Completions:
    """Asks about each until it is known. The claim is held here until then."""

    def __init__(self, store: JobClaimer, events: LifecycleEvents) -> None:
        self._store, self._events = store, events
        self._asking: dict[asyncio.Task[None], ClaimedJob] = {}
        self._unanswered = set[UUID]()
        """Those about which the store did not answer when it was asked last."""

    @property
    def is_behind(self) -> bool:
        """Whether the store is away."""
        return bool(self._unanswered)

    def claims(self) -> set[tuple[UUID, int]]:
        """Every claim of which it is not known yet, as (id, fence)."""
        return {(job.id, job.fence) for job in self._asking.values()}

    def find_out(self, job: ClaimedJob, then: Callable[[bool], None]) -> None:
        """Calls `then` with whether it was committed, as soon as that is known."""
        task = asyncio.create_task(self._find_out(job, then), name="dawam completion")
        self._asking[task] = job
        task.add_done_callback(self._asking.pop)

    async def all_known(self) -> None:
        while self._asking:
            await asyncio.wait(list(self._asking))

    async def stop(self) -> None:
        """Forgets what is not known: it is the host's end, and the store will know."""
        for task in self._asking:
            task.cancel()
        await self.all_known()

    async def _find_out(self, job: ClaimedJob, then: Callable[[bool], None]) -> None:
        began, wait = _now(), _FIRST_WAIT
        failure_count, is_told = 0, False
        while True:
            try:
                answer = await self._answer(job)
            except Exception as error:  # noqa: BLE001  (whatever is wrong with the store, it will know one day)
                failure_count += 1
                self._unanswered.add(job.id)
                self._events.emit(ServiceFailed("settler", error, failure_count, timedelta(seconds=wait)))
            else:
                self._unanswered.discard(job.id)
                if answer is not CompletionAnswer.OPEN:
                    then(answer is CompletionAnswer.COMMITTED)
                    return
                if not is_told and _now() - began >= _WARN_AFTER:
                    is_told = True
                    self._events.emit(CompletionLeftOpen(job, timedelta(seconds=_now() - began)))
            await asyncio.sleep(wait)
            wait = min(wait * 2, _LONGEST_WAIT)

    async def _answer(self, job: ClaimedJob) -> CompletionAnswer:
        if not isinstance(self._store, TransactionalCompleter):
            raise NotRunningError(f"job {job.id} completed itself in a transaction of another store than its host's")
        return await self._store.completion_of(job.id, job.fence)


def _now() -> float:
    return asyncio.get_running_loop().time()
