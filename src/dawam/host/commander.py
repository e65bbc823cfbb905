"""Reads once a second what people want of the jobs that run here."""

from datetime import timedelta

from dawam.events.lifecycle import LifecycleEvents
from dawam.host.runner import JobRunner
from dawam.host.service import Loop
from dawam.ids import HostId
from dawam.jobs.context import CANCEL_REQUESTED
from dawam.stores.base import JobCaretaker


class Commander:
    """Passes requests to cancel on to the running jobs. A read only: reads are not writes."""

    def __init__(
        self, *, store: JobCaretaker, runner: JobRunner, events: LifecycleEvents, host: HostId, poll: timedelta
    ) -> None:
        self._store, self._runner, self._host = store, runner, host
        self._loop = Loop("commander", self._read, interval=poll, events=events)

    async def start(self) -> None:
        await self._loop.start()

    async def stop(self) -> None:
        await self._loop.stop()

    async def _read(self) -> timedelta | None:
        if self._runner.running_count:
            orders = await self._store.orders(self._host)
            self._runner.stop_jobs(orders.cancel, CANCEL_REQUESTED)
        return None
