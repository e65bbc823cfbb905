"""The running application: what it is made of, how it opens, and how it closes in reverse order."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial
from typing import Any

from msgspec import Struct

from dawam.clock import Clock
from dawam.completion import JobCompletion
from dawam.desk import Desk
from dawam.dynamic_jobs import DynamicBackgroundJobManager
from dawam.dynamic_workers import DynamicBackgroundWorkerManager
from dawam.errors import NotRunningError, NotSupportedError
from dawam.events.lifecycle import DurabilityDoubted, ExecutionDisabled, LifecycleEvents
from dawam.executor import JobExecutor
from dawam.host.host import Host
from dawam.host.job_processes import JobProcesses
from dawam.host.last_resort import LastResort
from dawam.host.pacemaker import Pacemaker
from dawam.host.parts import HostParts
from dawam.host.patience import open_patiently
from dawam.host.signals import StopSignals
from dawam.host.ticker import TickerParts
from dawam.host.wear import EXIT_TOLD, EXIT_WORN
from dawam.host.worker_life import WorkerLife
from dawam.jobs.absent import ABSENT
from dawam.jobs.context import JobContext
from dawam.jobs.enqueued import EnqueuedJob
from dawam.jobs.function import JobCall, JobFunction
from dawam.jobs.record import ClaimedJob
from dawam.jobs.registry import JobRegistry
from dawam.manager import BackgroundJobManager
from dawam.modules.application_context import ApplicationContext
from dawam.modules.life import ModuleLife
from dawam.modules.scopes import Container
from dawam.monitoring.monitor import METRICS_OF_HOST, Monitor
from dawam.observability.counts import COUNTED, WAITING, spoken_count
from dawam.observability.schedules import spoken_schedule
from dawam.opening import load
from dawam.portal import HomeProcess, refuse_on_running_loop, run_on
from dawam.preparation import EnqueueOptions, JobPreparation
from dawam.recurring import RecurringJobManager
from dawam.runtime_options import RuntimeOptions
from dawam.settings import Settings
from dawam.stores.base import Capability, JobStore
from dawam.stores.keeper import DoubtfulPlace
from dawam.version import __version__
from dawam.workers.registry import WorkerDefinition, WorkerRegistry

_NOTHING = timedelta(0)
LAST_STEPS = timedelta(seconds=5)
"""What a process has beyond the grace of its jobs and workers."""
_AFTER_ALL = timedelta(seconds=2)
"""What is left to coroutines and threads when the application is closed."""


_SWITCH_INTERVAL = 0.00005
"""Seconds after which a thread that wants the interpreter takes it; Python's own are 0.005. The store's thread and the
loop hand it to each other all the time, and jobs wait for both: measured, a fifth more jobs per second, while threads
that only compute lose less than a tenth."""


class Assembly(Struct, frozen=True, kw_only=True):
    """Everything that composition put together and that nobody has started yet."""

    settings: Settings
    options: RuntimeOptions
    clock: Clock
    events: LifecycleEvents
    registry: JobRegistry
    workers: WorkerRegistry
    functions: tuple[JobFunction[..., Any], ...]
    life: ModuleLife
    container: Container
    store: JobStore
    preparation: JobPreparation
    manager: BackgroundJobManager
    completion: JobCompletion
    dynamic_jobs: DynamicBackgroundJobManager
    desk: Desk
    recurring_jobs: RecurringJobManager
    dynamic_workers: DynamicBackgroundWorkerManager
    executor: JobExecutor
    ticker: TickerParts
    pacemaker: Callable[[], Pacemaker]
    worker_life: WorkerLife
    threads: Executor
    processes: JobProcesses


class Runtime:
    """An application that can be started, once, and stopped."""

    def __init__(self, assembly: Assembly) -> None:
        self.parts = assembly
        self._context = ApplicationContext(assembly.container, assembly.worker_life.add)
        self._closing = AsyncExitStack()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._home = HomeProcess()
        self._hurrying: asyncio.Task[None] | None = None
        self._ending: asyncio.Task[None] | None = None
        self.job_context: Callable[[ClaimedJob], JobContext] = partial(
            JobContext,
            prepare=self._prepare_follow_up,
            enqueue_now=assembly.manager.add_prepared,
            completes=assembly.completion,
            kept_lines=assembly.options.log.kept_lines,
        )
        """Makes the context of one attempt, from which the job can enqueue follow-ups."""
        self.host = Host(
            HostParts(
                store=assembly.store,
                registry=assembly.registry,
                executor=assembly.executor,
                inspector=assembly.desk.inspector,
                clock=assembly.clock,
                events=assembly.events,
                options=assembly.options.host,
                job_options=assembly.options.jobs,
                retention=assembly.options.retention_of_history,
                log_options=assembly.options.log,
                make_context=self.job_context,
                version=__version__,
                ticker=assembly.ticker,
                pacemaker=assembly.pacemaker,
                runs_jobs=assembly.options.jobs.is_job_execution_enabled,
                runs_workers=assembly.options.workers.is_enabled,
            )
        )

        self.monitor: Monitor | None = None
        assembly.worker_life.declare_by(lambda: self.host.declarer)

    # -- its life

    async def start(self, *, run_host: bool, waits_until: asyncio.Event | None = None) -> None:
        """Opens the store, initializes the modules and, if wanted, starts workers and the host.

        When something fails on the way, what was opened is closed again. `waits_until`: a store that is away is waited
        for, until somebody sets this; then nothing is started.
        """
        self._loop, self._home = asyncio.get_running_loop(), HomeProcess()
        parts = self.parts
        try:
            self._closing.callback(parts.threads.shutdown, wait=False, cancel_futures=True)
            self._closing.push_async_callback(parts.store.close)
            if run_host:
                await self._start_monitor()
            if not await self._open_store(waits_until):
                return
            self._closing.push_async_callback(parts.container.close)
            await parts.container.start()
            self._bind_functions()
            self._closing.push_async_callback(parts.life.shutdown, self._context)
            await parts.life.initialize(self._context)
            if run_host:
                await self._start_running()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Closes everything in reverse order. Stopping twice, or what never started, is fine."""
        closing, self._closing = self._closing, AsyncExitStack()
        await closing.aclose()

    async def serve(self, last_resort: LastResort, *, has_parent: bool = False) -> None:
        """Runs jobs and workers until a signal: the first asks to stop, the second to hurry."""
        grace = self.parts.options.host.shutdown_grace

        def at_once(is_to_hurry: bool) -> None:
            self.host.excuse()
            last_resort.arm(LAST_STEPS if is_to_hurry else grace + LAST_STEPS)

        def hurry() -> None:
            self.host.hurry()
            self._hurrying = asyncio.create_task(self.parts.worker_life.stop(_NOTHING))

        def end(exit_code: int) -> None:
            last_resort.exit_code = exit_code
            at_once(is_to_hurry=False)
            signals.stopped.set()

        self.host.owns_process = True
        self.host.replace = partial(end, EXIT_WORN) if has_parent else None
        self.host.end = partial(end, EXIT_TOLD if has_parent else 0)
        sys.setswitchinterval(_SWITCH_INTERVAL)
        signals = StopSignals(hurry, at_once=at_once, has_parent=has_parent)
        signals.install()
        try:
            await self.start(run_host=True, waits_until=signals.stopped)
            await signals.stopped.wait()
            await self.stop()
            last_resort.arm(_AFTER_ALL)
        finally:
            await self.stop()
            signals.remove()

    async def _start_monitor(self) -> None:
        """Before all else, so that a process that waits for its store says so."""
        host = self.parts.options.host
        if host.monitor_port is None or not self.parts.options.runs_anything:
            return
        self.monitor = Monitor(self.host, host, partial(load, METRICS_OF_HOST))
        self._closing.push_async_callback(self.monitor.stop)
        await self.monitor.start()

    async def _open_store(self, waits_until: asyncio.Event | None) -> bool:
        opening = partial(self.parts.store.open, migrate=self.parts.options.store.migrate)
        if waits_until is not None:
            return await open_patiently(opening, self.parts.events, waits_until)
        await opening()
        return True

    async def _start_running(self) -> None:
        """Custom workers, in the order of adding, and then the host with its jobs and ticks."""
        parts = self.parts
        self._check_job_processes()
        self._closing.push_async_callback(parts.processes.close)
        self._closing.push_async_callback(self._stop_running)
        if not self.host.owns_process:
            self.host.end = self._end_running
        await parts.worker_life.start()
        await self._doubt_durability()
        if parts.options.runs_anything:
            await self.host.start(await self.banner())
        else:
            parts.events.emit(ExecutionDisabled(await self.banner(), runs_workers=False))

    def _end_running(self) -> None:
        """Somebody told the host to stop, in a process that has more to do: the application stays open."""
        self._ending = asyncio.create_task(self._stop_running(), name="dawam host ends")

    def _check_job_processes(self) -> None:
        """What no process of a job's own could do is said before the first of them is needed."""
        parts = self.parts
        if not any(job.can_run and job.options.runs_in == "process" for job in parts.registry.definitions()):
            return
        if Capability.SEVERAL_PROCESSES not in parts.store.capabilities:
            raise NotSupportedError(
                parts.store.description,
                Capability.SEVERAL_PROCESSES,
                'leave runs_in="process" out, or keep jobs in sqlite:///dawam.db',
            )
        parts.processes.check()

    async def _doubt_durability(self) -> None:
        store = self.parts.store
        if isinstance(store, DoubtfulPlace):
            for doubt in await store.durability_doubts():
                self.parts.events.emit(DurabilityDoubted(store.description, doubt.text, doubt.cure))

    async def _stop_running(self) -> None:
        """Both at once, because they share one grace; whoever comes second waits for the first."""
        if self._ending is not None and self._ending is not asyncio.current_task():
            await self._ending
            return
        grace = self.parts.options.host.shutdown_grace
        ends = await asyncio.gather(self.host.stop(), self.parts.worker_life.stop(grace), return_exceptions=True)
        for error in ends:
            if error is not None:
                raise error

    def _bind_functions(self) -> None:
        for function in self.parts.functions:
            function.bind(self)
            self._closing.callback(function.unbind, self)

    async def banner(self) -> tuple[str, ...]:
        """What a process says of itself when it starts."""
        parts, counts = self.parts, await self.parts.desk.inspector.counts(COUNTED)
        host = parts.options.host
        reasons = ", ".join(f"{spoken_count(counts, name, COUNTED)} {name}" for name in WAITING)
        names = sorted(parts.registry.known())
        runs_workers = parts.options.workers.is_enabled
        workers = [
            f"{each.name} ({'own loop' if each.options is None else spoken_schedule(each.ticks.schedule)})"
            for each in self.workers
        ]
        recurring = [
            f"{each.name} ({spoken_schedule(each.options.schedule)})" for each in parts.ticker.declarations.recurring
        ]
        return (
            f"store        {parts.store.description}",
            f"environment  {parts.settings.environment}",
            f"application  {parts.options.store.application}",
            f"queues       {', '.join(host.spoken_queues(self.host.queues)) or 'none'}",
            *([f"slots        {host.concurrency} {how}"] if (how := host.spoken_shares) else []),
            f"jobs         {', '.join(names) or 'none'}",
            f"workers      {', '.join(workers if runs_workers else ()) or 'none'}",
            *([f"recurring    {', '.join(recurring)}"] if recurring and runs_workers else []),
            f"waiting      {spoken_count(counts, 'waiting', COUNTED)} ({reasons})",
        )

    @property
    def workers(self) -> tuple[WorkerDefinition, ...]:
        """Every worker of this application, in the order of adding."""
        return tuple(self.parts.workers)

    # -- what running jobs need

    def _prepare_follow_up(self, job: Any) -> Any:
        return self.parts.preparation.prepare(job, ABSENT, EnqueueOptions()).job

    # -- what job functions need

    async def enqueue_call(self, call: JobCall[Any]) -> EnqueuedJob[Any]:
        return await self.parts.manager.enqueue_with(call, ABSENT, EnqueueOptions())

    def enqueue_call_sync(self, call: JobCall[Any]) -> EnqueuedJob[Any]:
        """For blocking code, such as a job that runs in a thread."""
        refuse_on_running_loop(f"{call.job_name}.enqueue_sync", f"await {call.job_name}.enqueue(...) there instead")
        enqueued: EnqueuedJob[Any] = self.run_blocking(lambda: self.enqueue_call(call))
        return enqueued

    def run_blocking(self, make: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        """Runs a coroutine on the application's loop for a caller in another thread."""
        if self._loop is None:
            raise NotRunningError("the application is not open: open it first (async with app)")
        self._home.refuse_elsewhere()
        return run_on(self._loop, make)
