"""The application: what users declare jobs on, open and run."""

import asyncio
import atexit
import threading
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from dawam.action_history import ActionHistory
from dawam.composition import Blueprint
from dawam.control import JobControl
from dawam.dynamic_jobs import DynamicBackgroundJobManager
from dawam.dynamic_workers import DynamicBackgroundWorkerManager
from dawam.errors import NotRunningError
from dawam.events.lifecycle import LifecycleEvents
from dawam.host.last_resort import LastResort
from dawam.host_control import HostControl
from dawam.inspector import JobInspector
from dawam.job_errors import JobErrors
from dawam.job_measures import JobMeasures
from dawam.manager import BackgroundJobManager
from dawam.modules.declarations import Declaring
from dawam.modules.module import Module
from dawam.modules.scopes import Scope
from dawam.opening import VARIABLE_OF, load
from dawam.portal import HomeProcess, LoopThread, refuse_on_running_loop, run_on
from dawam.recurring import RecurringJobManager
from dawam.runtime import Runtime
from dawam.settings import ENVIRONMENT_VARIABLE, SettingsSources, process_environment
from dawam.sync import SyncBackgroundJobManager
from dawam.worker_control import WorkerControl


class App(Declaring):
    """An application of background jobs and workers.

    Made anywhere, at import even: it touches no file, no clock and no environment before it is opened. `async with
    app:` opens the store and runs a host in this process; `app.open(run_host=False)` only enqueues; `app.run()`, or
    `dawam run`, is a process that does nothing else.

    Args:
        modules: the root modules, as classes or objects; what they depend on comes along.
        store: where jobs are kept, as a URL; `Store.Url` of the settings wins. Default: sqlite:///dawam.db.
        application: part of every key, so that several applications can share a store.
        settings: a settings file; without one, `appsettings.json` or `dawam.toml` in the working folder, if there.
    """

    def __init__(
        self,
        *modules: Module | type[Module],
        store: str | None = None,
        application: str | None = None,
        settings: str | Path | None = None,
    ) -> None:
        super().__init__()
        self._blueprint = Blueprint(modules, self.declarations, store=store, application=application)
        self._blueprint.whereabouts = self._whereabouts
        self._settings = settings
        self._made_by: tuple[str, str] | None = None
        self._runtime: Runtime | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._own_loop: LoopThread | None = None
        self._home: HomeProcess | None = None
        self._opening = threading.Lock()
        self._opened: list[AbstractAsyncContextManager[Self]] = []

    # -- its parts

    @property
    def jobs(self) -> BackgroundJobManager:
        """Enqueues jobs; open the application first."""
        return self.runtime.parts.manager

    @property
    def dynamic_jobs(self) -> DynamicBackgroundJobManager:
        """Enqueues jobs by name, and takes handlers for names.

        What is registered before the application is opened holds for every time it will be; while it is open, until it
        is closed.
        """
        return self._blueprint.dynamic_jobs if self._runtime is None else self._runtime.parts.dynamic_jobs

    @property
    def sync(self) -> SyncBackgroundJobManager:
        """Enqueues jobs from blocking code; opens the application, without a host, where that was not done."""
        return SyncBackgroundJobManager(self._manager_for_blocking_code, self._run_for_blocking_code)

    @property
    def inspector(self) -> JobInspector:
        """Reads jobs, for people."""
        return self.runtime.parts.desk.inspector

    @property
    def measures(self) -> JobMeasures:
        """Reads how many jobs ended lately, how, and how long they had waited and ran."""
        return self.runtime.parts.desk.measures

    @property
    def errors(self) -> JobErrors:
        """Reads the errors by which jobs failed, all occurrences of one together."""
        return self.runtime.parts.desk.errors

    @property
    def actions(self) -> ActionHistory:
        """Reads what people did by hand."""
        return self.runtime.parts.desk.actions

    @property
    def control(self) -> JobControl:
        """Cancels, retries and deletes jobs; pauses queues."""
        return self.runtime.parts.desk.control

    @property
    def hosts(self) -> HostControl:
        """Tells hosts to be quiet, to go on, and to stop."""
        return self.runtime.parts.desk.hosts

    @property
    def workers(self) -> WorkerControl:
        """Lists, pauses, triggers and reschedules workers and recurring jobs."""
        return self.runtime.parts.desk.workers

    @property
    def recurring_jobs(self) -> RecurringJobManager:
        """Recurring jobs that come and go at run time."""
        return self.runtime.parts.recurring_jobs

    @property
    def dynamic_workers(self) -> DynamicBackgroundWorkerManager:
        """Workers that come and go at run time, by name."""
        return self.runtime.parts.dynamic_workers

    @property
    def events(self) -> LifecycleEvents:
        """Subscribe here to what happens to jobs, hosts and workers.

        Before the application is opened: for every time it will be; while it is open: until it is closed.
        """
        return self._blueprint.events if self._runtime is None else self._runtime.parts.events

    def scope(self) -> AbstractAsyncContextManager[Scope]:
        """A scope of its own to resolve services from: `async with app.scope() as scope: await scope.get(X)`."""
        return self.runtime.parts.container.open({})

    @property
    def runtime(self) -> Runtime:
        """The opened application. Raises `NotRunningError` before it is opened."""
        if self._runtime is None:
            raise NotRunningError(
                "the application is not open: use it inside `async with app:` (or app.sync in blocking code)"
            )
        return self._runtime

    @property
    def is_open(self) -> bool:
        return self._runtime is not None

    # -- its life

    @asynccontextmanager
    async def open(self, *, run_host: bool = True) -> AsyncGenerator[Self, None]:
        """Opens the store and the modules; with `run_host`, runs jobs and workers in this process too.

        Where settings switch execution off, no job is run whatever `run_host` says.
        """
        runtime = self.build()
        with self.opened_as(runtime):
            try:
                await runtime.start(run_host=run_host)
                yield self
            finally:
                await runtime.stop()

    async def __aenter__(self) -> Self:
        opened = self.open()
        self._opened.append(opened)
        return await opened.__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._opened.pop().__aexit__(kind, error, traceback)

    def run(self) -> None:
        """Runs jobs and workers until SIGINT or SIGTERM, as `dawam run` does.

        The process ends within `Host.ShutdownGrace` and five seconds of the signal, whatever still runs in it.
        """
        refuse_on_running_loop("app.run()", "use `async with app:` there")
        self.serve(self.build())

    def serve(self, runtime: Runtime, *, has_parent: bool = False) -> None:
        """Runs jobs and workers of what `build` made, until a signal; the application is open meanwhile.

        `has_parent`: this is one of the processes of `dawam run --processes`.
        """
        last_resort = LastResort()
        try:
            asyncio.run(self._serve(runtime, last_resort, has_parent=has_parent))
        finally:
            last_resort.disarm()
        if last_resort.exit_code:
            raise SystemExit(last_resort.exit_code)

    async def _serve(self, runtime: Runtime, last_resort: LastResort, *, has_parent: bool) -> None:
        with self.opened_as(runtime):
            await runtime.serve(last_resort, has_parent=has_parent)

    def build(self, *, command_line: Mapping[str, str] | None = None, environment: str | None = None) -> Runtime:
        """Puts everything together and checks it; touches no store yet. Raises `ConfigurationError`.

        Args:
            command_line: settings such as `{"Store.Url": ...}` that win over files and variables.
            environment: in place of the one that the variables name.
        """
        variables = process_environment()
        if environment is not None:
            variables = {**variables, ENVIRONMENT_VARIABLE: environment}
        sources = SettingsSources.discover(
            self._settings, folder=Path.cwd(), environ=variables, command_line=command_line
        )
        return self._blueprint.build(sources)

    @contextmanager
    def opened_as(self, runtime: Runtime) -> Generator[None, None, None]:
        """While the block runs, `app.jobs` and all the rest are this runtime's; a test harness uses it too.

        What runs to its end while the application stops may still enqueue.
        """
        if self._runtime is not None and (self._home is None or self._home.is_here):
            raise NotRunningError("the application is open already: open it once per process")
        self._runtime, self._loop, self._home = runtime, asyncio.get_running_loop(), HomeProcess()
        try:
            yield
        finally:
            self._runtime = self._loop = self._home = None

    @property
    def blueprint(self) -> Blueprint:
        """What a test harness builds its own runtime from."""
        return self._blueprint

    def made_by(self, module: str, factory: str) -> None:
        """It was made by a function of a module, which makes it in other processes as well."""
        self._made_by = module, factory

    def _whereabouts(self) -> tuple[str, str] | None:
        found: tuple[str, str] | None = self._made_by or load(VARIABLE_OF)(self)
        return found

    # -- for blocking code

    def _manager_for_blocking_code(self) -> BackgroundJobManager:
        self._open_for_blocking_code()
        return self.jobs

    def _run_for_blocking_code(self, make: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        return run_on(self._open_for_blocking_code(), make)

    def _open_for_blocking_code(self) -> asyncio.AbstractEventLoop:
        if self._home is not None:  # asked before the lock is touched, which a fork may have copied while it was held
            self._home.refuse_elsewhere()
        with self._opening:  # several threads may come first
            if self._loop is None:
                own_loop = LoopThread("dawam application")
                loop = own_loop.start()
                try:
                    run_on(loop, lambda: self._enter(self.open(run_host=False)))
                except BaseException:
                    own_loop.stop()
                    raise
                self._own_loop = own_loop
                atexit.register(self.close)
                return loop
            return self._loop

    async def _enter(self, opened: AbstractAsyncContextManager[Self]) -> None:
        await opened.__aenter__()
        self._opened.append(opened)

    def close(self) -> None:
        """Closes what blocking code opened; at the end of the process this happens by itself."""
        own_loop, self._own_loop = self._own_loop, None
        if own_loop is None or self._loop is None:
            return
        if self._home is not None and not self._home.is_here:
            return  # the child of a fork ends: what is open is the parent's
        run_on(self._loop, lambda: self.__aexit__(None, None, None))
        own_loop.stop()
        atexit.unregister(self.close)
