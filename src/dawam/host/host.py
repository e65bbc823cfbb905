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
from dawam.host.auditor import Auditor
from dawam.host.commander import Commander
from dawam.host.declarer import Declarer
from dawam.host.grace import Grace
from dawam.host.heartbeat import Heartbeat
from dawam.host.intake import Intake
from dawam.host.lanes import Lanes
from dawam.host.last_writes import LAST_WRITE, try_briefly
from dawam.host.loop_watch import LoopWatch, end_blocked_process
from dawam.host.marks import StartMarks
from dawam.host.meter import Meter
from dawam.host.parts import HostParts
from dawam.host.promoter import Promoter
from dawam.host.pruner import Pruner
from dawam.host.rescuer import Rescuer
from dawam.host.runner import JobRunner
from dawam.host.service import Service
from dawam.host.settler import Settler
from dawam.host.slow_steps import RunningWork, SlowSteps
from dawam.host.standing import Standing, standing_of
from dawam.host.supervisor import Supervisor
from dawam.host.ticker import Ticker
from dawam.host.wear import Wear
from dawam.host.witness import Witness
from dawam.ids import HostId, new_host_id
from dawam.jobs.context import CLAIM_LOST
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
        self._services: list[Service] = []
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
        return self._runner.running_count if self._has_joined else 0

    @property
    def standing(self) -> Standing:
        """What it is about just now."""
        if self._rebirth is not None and not self._rebirth.done():
            return Standing.LATE
        if not self._is_running:
            return Standing.ENDED if self._has_left else Standing.ENDING if self._has_joined else Standing.STARTING
        return standing_of(self._heartbeat)

    def measured(self) -> list[Measure]:
        """What has ended since it began, or began anew, by job name and queue."""
        return self._meter.total() if self._has_joined else []

    @property
    def declarer(self) -> Declarer | None:
        """Says what workers come and go; None while nothing ticks here."""
        return self._declarer if self._is_running and self._parts.runs_workers else None

    async def start(self, banner: tuple[str, ...] = ()) -> None:
        """Registers this process and begins to claim."""
        self._grace.begin()
        self._has_left = self._has_joined = False
        await self._join()
        self._is_running = True
        if self._heartbeat.command is HostCommand.STOP:  # it was told so before it ran
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
        self._marks.excuse()  # the operator may lose patience before the grace is over
        self._parts.events.emit(HostStopping(self._id, self._runner.running_count))
        self._close_bells()
        try:
            await self._intake.stop()
            await try_briefly(self._parts.store.mark_stopping(self._id))
            self._runner.hand_back_ahead()
            grace = self._options.shutdown_grace
            await self._grace.give(self._runner.wait_until_idle(grace), self._ticker.end_ticks(grace))
        finally:  # whoever waits for the end and is cancelled ends the grace, and no more than that
            await self._leave()

    def excuse(self) -> None:
        """The process was told to end: if it has to be by force, no job is to be blamed. May be called at any time."""
        if self._is_running:
            self._marks.excuse()

    def hurry(self) -> None:
        """The second signal: end the grace now."""
        self._grace.end()

    # -- making it

    async def _join(self) -> None:
        """Becomes a host, under an id that nobody had before."""
        self._id = new_host_id(self._options.name)
        self._build()
        await self._parts.store.register(self._parts.info(self._id), self._options.lease)
        for service in self._services:
            await service.start()
        self._has_joined = True
        self._listen()

    def _build(self) -> None:
        parts, store, events = self._parts, self._parts.store, self._parts.events
        promoter = Promoter(
            store=store, doorbell=store.doorbell, clock=parts.clock, events=events, poll=self._options.poll
        )
        self._promoter = promoter
        self._settler = Settler(
            store=store,
            doorbell=store.doorbell,
            events=events,
            host=self._id,
            on_scheduled=promoter.scheduled,
            on_caught_up=lambda: self._intake.room_appeared(),
        )
        self._marks = StartMarks(store.marks_folder, self._id, self._options.concurrency)
        lanes = Lanes(self._options, lambda: self.queues)
        self._meter = Meter(store=store, clock=parts.clock, events=events, host=self._id)
        self._runner = JobRunner(
            executor=parts.executor,
            settler=self._settler,
            clock=parts.clock,
            events=events,
            host=self._id,
            marks=self._marks,
            options=self._options,
            lanes=lanes,
            meter=self._meter,
            make_context=parts.make_context,
            on_room=lambda: self._intake.room_appeared(),
            on_taken=lambda: self._slow_steps.arm(),
        )
        self._ticker = Ticker(parts.ticker, self._id, on_ticks=lambda: self._slow_steps.arm())
        self._slow_steps = SlowSteps(
            threshold=self._options.slow_step_warning,
            clock=parts.clock,
            jobs=RunningWork(self._runner, self._ticker),
            events=events,
        )
        self._supervisor = Supervisor(
            runner=self._runner,
            registry=parts.registry,
            options=parts.job_options,
            clock=parts.clock,
            events=events,
            host=self._id,
        )
        auditor = Auditor(
            store=store,
            doorbell=store.doorbell,
            clock=parts.clock,
            events=events,
            host=self._id,
            heartbeat=self._options.heartbeat,
            known=lambda: self._runner.claims() | self._settler.claims(),
        )
        self._intake = Intake(
            store=store,
            doorbell=store.doorbell,
            runner=self._runner,
            lanes=lanes,
            settler=self._settler,
            registry=parts.registry,
            events=events,
            host=self._id,
            poll=self._options.poll,
            on_failed_claim=auditor.look_soon,
        )
        self._heartbeat = heartbeat = Heartbeat(
            store.heartbeat_link(self._id),
            lease=self._options.lease,
            interval=self._options.heartbeat,
            clock=parts.clock,
            events=events,
            watch=LoopWatch(
                clock=parts.clock,
                beat=self._options.heartbeat,
                warn_after=self._options.block_warning,
                end_after=self._options.max_block,
                jobs=self._runner,
                end_process=end_blocked_process if self.owns_process else None,
            ),
            pacemaker=parts.pacemaker(),
            on_declared_dead=self._declared_dead,
            on_command=self._commanded,
        )
        self._declarer = Declarer(store=store, host=self._id, events=events, declarations=parts.ticker.declarations)
        self._services = [
            self._marks,
            heartbeat,
            Rescuer(
                store=store, doorbell=store.doorbell, heartbeat=heartbeat, events=events, lease=self._options.lease
            ),
            Witness(store=store, events=events),
            self._slow_steps,
        ]
        if parts.runs_workers:
            self._services += [self._declarer, self._ticker]
        if parts.runs_jobs:
            self._services += [
                self._settler,
                promoter,
                self._meter,
                Pruner(store=store, retention=parts.retention, events=events),
                Commander(store=store, runner=self._runner, events=events, host=self._id, poll=self._options.poll),
                auditor,
                self._supervisor,
                Wear(
                    options=self._options,
                    leaked_threads=lambda: self._supervisor.leaked_thread_count + parts.executor.abandoned_count,
                    replace=self.replace,
                    events=events,
                    host=self._id,
                ),
                self._intake,
            ]

    def _listen(self) -> None:
        doorbell, parts = self._parts.store.doorbell, self._parts
        if parts.runs_workers:
            self._bells.append(doorbell.listen(Topic.WORKERS, self._ticker.look))
        if parts.runs_jobs:
            self._bells.append(doorbell.listen(Topic.SCHEDULED, self._promoter.look))

    # -- ending it

    async def _leave(self) -> None:
        """The grace is over: stops what still runs, writes what is to be written, and gives up the lease."""
        self._runner.hand_back_ahead()
        self._runner.cancel_running()
        are_idle, _ = await asyncio.gather(self._runner.wait_until_idle(_LAST_WORDS), self._ticker.cancel_ticks())
        if not are_idle:
            self._supervisor.tell_of_those_left()
            self._runner.settle_left()
        await asyncio.gather(self._settler.flush(LAST_WRITE), self._ticker.flush(LAST_WRITE))
        await try_briefly(self._meter.flush())
        self._has_left = True
        reached(CrashPoint.HOST_LEAVES)
        given_up = await try_briefly(self._parts.store.give_up(self._id)) or Rescue()
        for service in reversed(self._services):
            await service.stop()
        if given_up.readied:
            self._parts.store.doorbell.ring(Topic.READY)
        if given_up.lost_ticks:
            self._parts.store.doorbell.ring(Topic.WORKERS)
            self._parts.events.emit(WorkerTicksLost(given_up.lost_ticks))
        self._parts.events.emit(HostStopped(self._id, self._runner.handed_back_count + given_up.count))

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
        self._runner.forget_all(CLAIM_LOST)
        if self._is_running:
            self._rebirth = asyncio.create_task(self._begin_anew(), name="dawam host begins anew")

    async def _begin_anew(self) -> None:
        self._close_bells()
        await asyncio.gather(self._runner.wait_until_idle(_LAST_WORDS), self._ticker.cancel_ticks())
        await self._settler.flush(LAST_WRITE)
        await try_briefly(self._meter.flush())
        for service in reversed(self._services):
            await service.stop()
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
