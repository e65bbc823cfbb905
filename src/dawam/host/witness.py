"""Sees the processes of this machine die, and gives them up at once: nobody has to wait for their leases."""

from contextlib import closing
from datetime import timedelta
from uuid import UUID

from dawam.doorbells.base import Topic
from dawam.events.lifecycle import HostCrashed, LifecycleEvents, WorkerTicksLost
from dawam.host.deaths import Death, deaths
from dawam.host.service import Loop
from dawam.stores.base import JobStore
from dawam.stores.values import Rescue

_EVERY = timedelta(seconds=1)


class Witness:
    """Looks through the start marks about once a second. A lock that can be had is proof: no lease is judged here."""

    def __init__(self, *, store: JobStore, events: LifecycleEvents) -> None:
        self._store, self._events = store, events
        self._loop = Loop("witness", self._step, interval=_EVERY, events=events)

    async def start(self) -> None:
        await self._loop.start()

    async def stop(self) -> None:
        await self._loop.stop()

    async def look(self) -> None:
        """Gives up every host whose process died; those jobs are charged that had started in it.

        Several may look at once: the lock of the marks lets one of them see a death, and who sees it again, because
        the first one died as well, finds nothing left to charge.
        """
        with closing(deaths(self._store.marks_folder)) as found:
            for death in found:
                if death.is_of_this_boot:
                    await self._give_up(death)
                death.bury()

    async def _step(self) -> timedelta | None:
        await self.look()
        return None

    async def _give_up(self, death: Death) -> None:
        rescue = await self._store.give_up(death.host, frozenset[UUID]() if death.is_excused else death.started)
        if rescue == Rescue():  # it had left in good order, or its lease was over before
            return
        if rescue.lost_ticks:
            self._store.doorbell.ring(Topic.WORKERS)
            self._events.emit(WorkerTicksLost(rescue.lost_ticks))
        if rescue.readied:
            self._store.doorbell.ring(Topic.READY)
        if rescue.failed or rescue.cancelled:
            self._store.doorbell.ring(Topic.FINISHED)
        self._events.emit(
            HostCrashed(
                death.host,
                death.process_id,
                rescue.readied,
                rescue.failed,
                rescue.cancelled,
                tuple([(job_id, await self._name(job_id)) for job_id in rescue.crashed]),
                death.is_excused,
            )
        )

    async def _name(self, job_id: UUID) -> str:
        job = await self._store.get(job_id)
        return "a job that is not kept" if job is None else job.name
