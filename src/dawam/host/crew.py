"""What one life of a host is made of; when others took it for dead, the next life is made anew."""

from collections.abc import Callable

from dawam.doorbells.base import Bell, Topic
from dawam.host.auditor import Auditor
from dawam.host.commander import Commander
from dawam.host.declarer import Declarer
from dawam.host.heartbeat import Heartbeat
from dawam.host.intake import Intake
from dawam.host.lanes import Lanes
from dawam.host.last_writes import try_briefly
from dawam.host.log_keeper import LogKeeper
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
from dawam.host.supervisor import Supervisor
from dawam.host.ticker import Ticker
from dawam.host.wear import Wear
from dawam.host.witness import Witness
from dawam.ids import HostId
from dawam.stores.values import HostCommand


class Crew:
    """All that works for a host under one id. Making it starts nothing."""

    def __init__(
        self,
        parts: HostParts,
        host: HostId,
        *,
        owns_process: bool,
        replace: Callable[[], None] | None,
        on_declared_dead: Callable[[], None],
        on_command: Callable[[HostCommand], None],
    ) -> None:
        self._parts, self._host, self._replace = parts, host, replace
        self._store, self._events, self._options = parts.store, parts.events, parts.options
        lanes = Lanes(parts.options, lambda: parts.queues, lambda: (job.queue for job in self.runner.running()))
        self.marks = StartMarks(parts.store.marks_folder, host, parts.options.concurrency)
        self.promoter = self._make_promoter()
        self.settler = self._make_settler()
        self.meter = Meter(store=parts.store, clock=parts.clock, events=parts.events, host=host)
        self.log_keeper = self._make_log_keeper()
        self.runner = self._make_runner(lanes)
        self.ticker = Ticker(parts.ticker, host, on_ticks=lambda: self._slow_steps.arm())
        self._slow_steps = self._make_slow_steps()
        self.supervisor = self._make_supervisor()
        self._auditor = self._make_auditor()
        self.intake = self._make_intake(lanes)
        self.heartbeat = self._make_heartbeat(owns_process, on_declared_dead, on_command)
        self.declarer = Declarer(
            store=parts.store, host=host, events=parts.events, declarations=parts.ticker.declarations
        )
        self._services = self._in_order()

    async def start(self) -> None:
        """Starts everything, in order."""
        for service in self._services:
            await service.start()

    async def stop(self) -> None:
        """Stops everything in reverse order, whatever of it was started."""
        for service in reversed(self._services):
            await service.stop()

    def listen(self) -> list[Bell]:
        """From now on it is woken by others."""
        doorbell, bells = self._store.doorbell, list[Bell]()
        if self._parts.runs_workers:
            bells.append(doorbell.listen(Topic.WORKERS, self.ticker.look))
        if self._parts.runs_jobs:
            bells.append(doorbell.listen(Topic.SCHEDULED, self.promoter.look))
        return bells

    async def write_for_people(self) -> None:
        """Measures and logs that are not stored yet, as far as the store takes them soon."""
        await try_briefly(self.meter.flush())
        await try_briefly(self.log_keeper.flush())

    # -- making it

    def _make_promoter(self) -> Promoter:
        return Promoter(
            store=self._store,
            doorbell=self._store.doorbell,
            clock=self._parts.clock,
            events=self._events,
            poll=self._options.poll,
        )

    def _make_settler(self) -> Settler:
        return Settler(
            store=self._store,
            doorbell=self._store.doorbell,
            events=self._events,
            host=self._host,
            on_scheduled=self.promoter.scheduled,
            on_caught_up=lambda: self.intake.room_appeared(),
        )

    def _make_log_keeper(self) -> LogKeeper:
        return LogKeeper(
            store=self._store,
            running=lambda: self.runner.attempts(),
            events=self._events,
            host=self._host,
            options=self._parts.log_options,
            poll=self._options.poll,
            keeps_successes=self._parts.keeps_successes,
        )

    def _make_runner(self, lanes: Lanes) -> JobRunner:
        return JobRunner(
            executor=self._parts.executor,
            settler=self.settler,
            clock=self._parts.clock,
            events=self._events,
            host=self._host,
            marks=self.marks,
            options=self._options,
            lanes=lanes,
            meter=self.meter,
            log_keeper=self.log_keeper,
            make_context=self._parts.make_context,
            on_room=lambda: self.intake.room_appeared(),
            on_taken=lambda: self._slow_steps.arm(),
        )

    def _make_slow_steps(self) -> SlowSteps:
        return SlowSteps(
            threshold=self._options.slow_step_warning,
            clock=self._parts.clock,
            jobs=RunningWork(self.runner, self.ticker),
            events=self._events,
        )

    def _make_supervisor(self) -> Supervisor:
        return Supervisor(
            runner=self.runner,
            registry=self._parts.registry,
            options=self._parts.job_options,
            clock=self._parts.clock,
            events=self._events,
            host=self._host,
        )

    def _make_auditor(self) -> Auditor:
        return Auditor(
            store=self._store,
            doorbell=self._store.doorbell,
            clock=self._parts.clock,
            events=self._events,
            host=self._host,
            heartbeat=self._options.heartbeat,
            known=lambda: self.runner.claims() | self.settler.claims(),
        )

    def _make_intake(self, lanes: Lanes) -> Intake:
        return Intake(
            store=self._store,
            doorbell=self._store.doorbell,
            runner=self.runner,
            lanes=lanes,
            settler=self.settler,
            registry=self._parts.registry,
            events=self._events,
            host=self._host,
            poll=self._options.poll,
            on_failed_claim=self._auditor.look_soon,
        )

    def _make_heartbeat(
        self,
        owns_process: bool,
        on_declared_dead: Callable[[], None],
        on_command: Callable[[HostCommand], None],
    ) -> Heartbeat:
        return Heartbeat(
            self._store.heartbeat_link(self._host),
            lease=self._options.lease,
            interval=self._options.heartbeat,
            clock=self._parts.clock,
            events=self._events,
            watch=LoopWatch(
                clock=self._parts.clock,
                beat=self._options.heartbeat,
                warn_after=self._options.block_warning,
                end_after=self._options.max_block,
                jobs=self.runner,
                end_process=end_blocked_process if owns_process else None,
            ),
            pacemaker=self._parts.pacemaker(),
            on_declared_dead=on_declared_dead,
            on_command=on_command,
        )

    def _in_order(self) -> list[Service]:
        services: list[Service] = [
            self.marks,
            self.heartbeat,
            Rescuer(
                store=self._store,
                doorbell=self._store.doorbell,
                heartbeat=self.heartbeat,
                events=self._events,
                lease=self._options.lease,
            ),
            Witness(store=self._store, events=self._events),
            self._slow_steps,
        ]
        if self._parts.runs_workers:
            services += [self.declarer, self.ticker]
        if self._parts.runs_jobs:
            services += self._for_jobs()
        return services

    def _for_jobs(self) -> list[Service]:
        return [
            self.settler,
            self.promoter,
            self.meter,
            self.log_keeper,
            Pruner(store=self._store, retention=self._parts.retention, events=self._events),
            Commander(
                store=self._store,
                runner=self.runner,
                events=self._events,
                host=self._host,
                poll=self._options.poll,
                on_limits=self.intake.ring,
            ),
            self._auditor,
            self.supervisor,
            Wear(
                options=self._options,
                leaked_threads=lambda: self.supervisor.leaked_thread_count + self._parts.executor.abandoned_count,
                replace=self._replace,
                events=self._events,
                host=self._host,
            ),
            self.intake,
        ]
