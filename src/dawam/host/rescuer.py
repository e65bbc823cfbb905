"""Takes back the jobs of hosts that died, so that a dead process strands nothing for longer than its lease."""

from datetime import timedelta

from dawam.doorbells.base import Doorbell, Topic
from dawam.events.lifecycle import JobsRescued, LifecycleEvents, WorkerTicksLost
from dawam.host.heartbeat import Heartbeat
from dawam.host.service import Loop
from dawam.stores.base import HostRegistry
from dawam.stores.values import Rescue

_BATCH = 200
_AT_ONCE = timedelta(0)


class Rescuer:
    """Looks for lapsed leases a few times per lease."""

    def __init__(
        self,
        *,
        store: HostRegistry,
        doorbell: Doorbell,
        heartbeat: Heartbeat,
        events: LifecycleEvents,
        lease: timedelta,
    ) -> None:
        self._store, self._doorbell, self._heartbeat, self._events = store, doorbell, heartbeat, events
        self._loop = Loop("rescuer", self._rescue, interval=lease / 8, events=events)

    async def start(self) -> None:
        await self._loop.start()

    async def stop(self) -> None:
        await self._loop.stop()

    async def _rescue(self) -> timedelta | None:
        if not self._heartbeat.may_judge_others():
            return None
        rescue = await self._store.rescue(_BATCH, self._heartbeat.may_judge_others)
        if rescue == Rescue():
            return None
        if rescue.readied:
            self._doorbell.ring(Topic.READY)
        if rescue.lost_ticks:
            self._events.emit(WorkerTicksLost(rescue.lost_ticks))
            self._doorbell.ring(Topic.WORKERS)
        self._events.emit(JobsRescued(rescue.readied, rescue.failed, rescue.cancelled, rescue.dead_hosts))
        taken = len(rescue.readied) + len(rescue.failed) + len(rescue.cancelled)
        return _AT_ONCE if taken == _BATCH else None
