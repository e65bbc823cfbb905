"""Once a second: what people want of the jobs of this host, and what these say of themselves."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from dawam.events.lifecycle import LifecycleEvents
from dawam.host.runner import JobRunner
from dawam.host.service import Loop
from dawam.ids import HostId
from dawam.jobs.context import CANCEL_REQUESTED
from dawam.stores.base import JobCaretaker
from dawam.stores.values import ProgressNote


class Commander:
    """Passes requests to cancel on to the running jobs, limits of queues to the runner, and progress to the store.

    Nothing is written while no job has said anything new.
    """

    def __init__(
        self,
        *,
        store: JobCaretaker,
        runner: JobRunner,
        events: LifecycleEvents,
        host: HostId,
        poll: timedelta,
        on_limits: Callable[[], object],
    ) -> None:
        """`on_limits` is called when other numbers of jobs are allowed than before."""
        self._store, self._runner, self._host = store, runner, host
        self._on_limits = on_limits
        self._noted: dict[tuple[UUID, int], str] = {}
        self._loop = Loop("commander", self._read, interval=poll, events=events)

    async def start(self) -> None:
        """Limits are known before anything is claimed; where the store does not answer, the loop tells of it."""
        with suppress(Exception):
            await self._read()
        await self._loop.start()

    async def stop(self) -> None:
        await self._loop.stop()

    async def _read(self) -> timedelta | None:
        orders = await self._store.orders(self._host)
        self._runner.stop_jobs(orders.cancel, CANCEL_REQUESTED)
        if self._runner.limit_queues(orders.queue_limits):
            self._on_limits()
        if self._runner.running_count:
            await self._note_progress()
        return None

    async def _note_progress(self) -> None:
        said = {
            (attempt.claimed.id, attempt.claimed.fence): text
            for attempt in self._runner.attempts()
            # who has completed itself holds the row, and its last word is written
            if attempt.context.completion is None and (text := attempt.context.said_progress) is not None
        }
        notes = [ProgressNote(*key, text) for key, text in said.items() if self._noted.get(key) != text]
        if notes:
            await self._store.note_progress(self._host, notes)
        self._noted = said
