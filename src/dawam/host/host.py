"""One running process that runs jobs and workers: owns the loops, starts them in order, and stops them in phases.

Stopping: claim nothing more and hand back what has not started; let the running jobs end, within the grace;
cancel the rest; write every outcome; as the last statement hand back what still runs and give up the lease.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta

from dawam.crash_points import CrashPoint, reached
from dawam.doorbells.base import Bell, Topic
from dawam.events.lifecycle import (
    ExecutionDisabled,
    HostCommanded,
    HostDeclaredDead,
    HostStarted,
    HostStopped,
    HostStopping,
    ServiceFailed,
    WorkerTicksLost,
)
from dawam.host.crew import Crew
from dawam.host.declarer import Declarer
from dawam.host.grace import Grace
from dawam.host.last_writes import LAST_WRITE, try_briefly
from dawam.host.parts import HostParts
from dawam.host.standing import Standing, standing_of
from dawam.ids import HostId, new_host_id
from dawam.jobs.context import CLAIM_LOST, HOST_STOPPING
from dawam.measures.record import Measure
from dawam.stores.values import HostCommand, Rescue

_LAST_WORDS = timedelta(seconds=2)
"""How long cancelled jobs may take."""
_BACK_OFF = timedelta(seconds=1)


class Host:
    """Claims, runs and settles jobs, and ticks workers, from `start` to `stop`; stopping twice, or early, is fine."""

    def __init__(self, parts: HostParts) -> None:
        self._parts = parts
        self._options = parts.options
        self._bells: list[Bell] = []
        self._grace = Grace()
        self._has_joined = False
        self._is_running = False
        self._has_left = False
        self._rebirth: asyncio.Task[None] | None = None
        self.owns_process = False
        """Whether nothing else lives in this process, so that it may be ended by force. To be said before the start."""
        self.replace: Callable[[], None] | None = None
        """Ends this process in good order, where somebody starts another one then. To be said before the start."""
        self.end: Callable[[], None] = lambda: None
        """Ends in good order what this host is a part of, because somebody wants it. To be said before the start."""

    @property
    def id(self) -> HostId:
        return self._id

    @property
    def queues(self) -> tuple[str, ...]:
        """Whose jobs it runs; none, where it only ticks."""
        return self._parts.queues

    @property
    def running_count(self) -> int:
        return self._crew.runner.running_count if self._has_joined else 0

    @property
    def standing(self) -> Standing:
        """What it is about just now."""
        if self._rebirth is not None and not self._rebirth.done():
            return Standing.LATE
        if not self._is_running:
            return Standing.ENDED if self._has_left else Standing.ENDING if self._has_joined else Standing.STARTING
        return standing_of(self._crew.heartbeat)

    def measured(self) -> list[Measure]:
        """What has ended since it began, or began anew, by job name and queue."""
        return self._crew.meter.total() if self._has_joined else []

    @property
    def declarer(self) -> Declarer | None:
        """Says what workers come and go; None while nothing ticks here."""
        return self._crew.declarer if self._is_running and self._parts.runs_workers else None

    async def start(self, banner: tuple[str, ...] = ()) -> None:
        """Registers this process and begins to claim."""
        self._grace.begin()
        self._has_left = self._has_joined = False
        await self._join()
        self._is_running = True
        if self._crew.heartbeat.command is HostCommand.STOP:  # it was told so before it ran
            self.end()
        if not self._parts.runs_jobs:
            self._parts.events.emit(ExecutionDisabled(banner, runs_workers=True))
            return
        self._parts.events.emit(HostStarted(self._id, banner))
        for unknown in await self._parts.inspector.unknown_waiting():  # so that a renamed job is not a silent one
            self._parts.events.emit(unknown)

    async def stop(self) -> None:
        """Ends in phases, within `shutdown_grace` and a few seconds; `hurry` skips the rest of the grace."""
        if not self._is_running:
            return
        self._is_running = False
        if self._rebirth is not None:  # whatever it is doing: all services that it started are stopped below
            self._rebirth.cancel()
            await asyncio.wait([self._rebirth])
        self._crew.marks.excuse()  # the operator may lose patience before the grace is over
        self._parts.events.emit(HostStopping(self._id, self._crew.runner.running_count))
        self._close_bells()
        try:
            await self._crew.intake.stop()
            await try_briefly(self._parts.store.mark_stopping(self._id))
            self._crew.runner.hand_back_ahead()
            grace = self._options.shutdown_grace
            await self._grace.give(self._crew.runner.wait_until_idle(grace), self._crew.ticker.end_ticks(grace))
        finally:  # whoever waits for the end and is cancelled ends the grace, and no more than that
            await self._leave()

    def excuse(self) -> None:
        """The process was told to end: if it has to be by force, no job is to be blamed. May be called at any time."""
        if self._is_running:
            self._crew.marks.excuse()

    def hurry(self) -> None:
        """The second signal: end the grace now."""
        self._grace.end()

    # -- making it

    async def _join(self) -> None:
        """Becomes a host, under an id that nobody had before."""
        self._id = new_host_id(self._options.name)
        self._crew = Crew(
            self._parts,
            self._id,
            owns_process=self.owns_process,
            replace=self.replace,
            on_declared_dead=self._declared_dead,
            on_command=self._commanded,
        )
        await self._parts.store.register(self._parts.info(self._id), self._options.lease)
        try:
            await self._crew.start()
        except BaseException:
            await self._crew.stop()
            raise
        self._has_joined = True
        self._bells = self._crew.listen()

    # -- ending it

    async def _leave(self) -> None:
        """The grace is over: stops what still runs, writes what is to be written, and gives up the lease."""
        self._crew.runner.hand_back_ahead()
        self._crew.runner.stop_all(HOST_STOPPING)
        are_idle, _ = await asyncio.gather(
            self._crew.runner.wait_until_idle(_LAST_WORDS), self._crew.ticker.cancel_ticks()
        )
        if not are_idle:
            self._crew.supervisor.tell_of_those_left()
            self._crew.runner.settle_left()
        await asyncio.gather(self._crew.settler.flush(LAST_WRITE), self._crew.ticker.flush(LAST_WRITE))
        await self._crew.write_for_people()
        self._has_left = True
        reached(CrashPoint.HOST_LEAVES)
        given_up = await try_briefly(self._parts.store.give_up(self._id)) or Rescue()
        await self._crew.stop()
        if given_up.readied:
            self._parts.store.doorbell.ring(Topic.READY)
        if given_up.lost_ticks:
            self._parts.store.doorbell.ring(Topic.WORKERS)
            self._parts.events.emit(WorkerTicksLost(given_up.lost_ticks))
        self._parts.events.emit(HostStopped(self._id, self._crew.runner.handed_back_count + given_up.count))

    def _commanded(self, command: HostCommand) -> None:
        """Somebody wants something of this host; that a quiet one claims nothing, the store sees to."""
        if not self._is_running:
            return
        self._parts.events.emit(HostCommanded(self._id, command.value))
        if command is HostCommand.STOP:
            self.end()

    def _declared_dead(self) -> None:
        """Others took our jobs: what runs here must stop, and we begin anew under another id."""
        if self._has_left:  # a last heartbeat came after the lease had been given up in good order
            return
        self._parts.events.emit(HostDeclaredDead(self._id))
        self._crew.runner.stop_all(CLAIM_LOST)
        if self._is_running:
            self._rebirth = asyncio.create_task(self._begin_anew(), name="dawam host begins anew")

    async def _begin_anew(self) -> None:
        self._close_bells()
        await asyncio.gather(self._crew.runner.wait_until_idle(_LAST_WORDS), self._crew.ticker.cancel_ticks())
        await self._crew.settler.flush(LAST_WRITE)
        await self._crew.write_for_people()
        await self._crew.stop()
        failure_count = 0
        while True:
            try:
                await self._join()
            except Exception as error:  # noqa: BLE001  (the store may be away; a host that gave up would run nothing again)
                failure_count += 1
                self._parts.events.emit(ServiceFailed("host", error, failure_count, _BACK_OFF))
                await asyncio.sleep(_BACK_OFF.total_seconds())
            else:
                self._parts.events.emit(HostStarted(self._id, ()))
                return

    def _close_bells(self) -> None:
        for bell in self._bells:
            bell.close()
        self._bells = []
