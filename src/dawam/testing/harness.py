"""An application under test: jobs in memory, a clock that only the test moves, and nothing that runs by itself."""

from collections.abc import Coroutine, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self, TypeVar, overload

from dawam.app import App
from dawam.clock import Clock
from dawam.errors import NotRunningError
from dawam.events.lifecycle import JobEnqueued
from dawam.inspector import JobInspector
from dawam.jobs.definition import JobDefinition
from dawam.jobs.function import JobFunction
from dawam.jobs.record import NewJob
from dawam.manager import BackgroundJobManager
from dawam.modules.scopes import Scope
from dawam.runtime import Runtime
from dawam.settings import SettingsSources
from dawam.stores.base import JobStore, StoreOptions
from dawam.stores.memory import MemoryStore
from dawam.stores.values import Retention
from dawam.testing.clock import ManualClock
from dawam.testing.stepper import Report, Stepper
from dawam.version import __version__

T = TypeVar("T")
_NO_REST = timedelta(0)


class AppHarness:
    """Opens an application for one test.

        async with AppHarness(app) as harness:
            await harness.get(LocalEventBus).publish(ProductStockChanged(...))
            assert (await harness.drain()).succeeded == 1

    No file and no environment variable is read: what the code says holds, and `settings` above it. Jobs run one
    after the other, only in `drain` and `advance`, so a test decides what has happened and what has not.

    Args:
        settings: values as an operator would set them, by name: `{"BackgroundJobs.StoreSuccessfulJobs": False}`.
        fakes: services to hand out instead of the registered ones, by type.
        start: the moment at which the clock stands.
    """

    def __init__(
        self,
        app: App,
        *,
        settings: Mapping[str, object] | None = None,
        fakes: Mapping[type[Any], object] | None = None,
        start: datetime | None = None,
    ) -> None:
        self._app = app
        self._settings = dict(settings or {})
        self._fakes = dict(fakes or {})
        self.clock = ManualClock(start)
        self._runtime: Runtime | None = None
        self._enqueued: list[NewJob] = []

    async def __aenter__(self) -> Self:
        sources = SettingsSources(overrides=self._settings, environment="Test")
        self._runtime = runtime = self._app.blueprint.build(
            sources, clock=self.clock, store=_in_memory, fakes=self._fakes
        )
        runtime.parts.events.subscribe(JobEnqueued, lambda event: self._enqueued.append(event.job))
        async with AsyncExitStack() as opening:
            opening.enter_context(self._app.opened_as(runtime))
            opening.push_async_callback(runtime.stop)
            await runtime.start(run_host=False)
            opening.push_async_callback(runtime.parts.worker_life.stop, _NO_REST)
            await runtime.parts.worker_life.start()
            self._stepper = Stepper(
                store=runtime.parts.store,
                executor=runtime.parts.executor,
                ticker=runtime.parts.ticker,
                clock=self.clock,
                events=runtime.parts.events,
                make_context=runtime.job_context,
                queues=lambda: runtime.host.queues,
            )
            runtime.parts.worker_life.declare_by(lambda: self._stepper.declarer)
            await self._stepper.start(tuple(runtime.parts.registry.known()), __version__)
            opening.push_async_callback(self._stepper.stop)
            self._closing = opening.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._opened()
        self._runtime = None
        await self._closing.aclose()

    # -- looking

    @property
    def jobs(self) -> BackgroundJobManager:
        return self._opened().parts.manager

    @property
    def inspector(self) -> JobInspector:
        return self._opened().parts.desk.inspector

    def get(self, wanted: type[T]) -> T:
        """A service that lives as long as the application, as the harness's own objects and singletons do."""
        found: T = _at_once(self._opened().parts.container.get(wanted), wanted)
        return found

    def scope(self) -> AbstractAsyncContextManager[Scope]:
        """A scope of its own, for services that live as long as one: `await scope.get(Products)`."""
        return self._opened().parts.container.open({})

    @overload
    def enqueued(self, what: type[T]) -> list[T]: ...
    @overload
    def enqueued(self, what: JobFunction[..., Any] | str) -> list[Any]: ...
    def enqueued(self, what: Any) -> list[Any]:
        """The args of every job that was enqueued so far, in order: by args type, job function or job name.

        Jobs inside a unit of work count from its commit.
        """
        definition = self._definition(what)
        return [definition.codec.decode(job.args) for job in self._enqueued if job.name == definition.name]

    def _definition(self, what: Any) -> JobDefinition:
        registry = self._opened().parts.registry
        if not isinstance(what, str):
            args_type: Any = what.signature.args_type if isinstance(what, JobFunction) else what
            return registry.for_args(args_type)
        definition = registry.find(what)
        if definition is None:
            raise LookupError(f"no job named {what!r} is registered; the nearest is {registry.nearest(what)!r}")
        return definition

    # -- running

    async def drain(self) -> Report:
        """Runs every job that is due, and what those enqueue, until nothing is due; time stands still."""
        return await self._stepper.run_due_jobs()

    async def advance(self, duration: timedelta) -> Report:
        """Lets time pass: runs every job and every tick of a worker at its moment, in order, up to the end."""
        end = self.clock.now() + duration
        report = await self._run_due()
        while (moment := await self._stepper.next_moment()) is not None and moment <= end:
            if moment > self.clock.now():
                self.clock.set(moment)
            report += await self._run_due()
        self.clock.set(end)
        return report + await self._run_due()

    async def _run_due(self) -> Report:
        ticks = await self._stepper.run_due_ticks()
        return ticks + await self._stepper.run_due_jobs()

    def _opened(self) -> Runtime:
        if self._runtime is None:
            raise NotRunningError("the harness is not open: use it inside `async with AppHarness(app) as harness:`")
        return self._runtime


def _in_memory(options: StoreOptions, clock: Clock, retention: Retention) -> JobStore:
    return MemoryStore(application=options.application, clock=clock, retention=retention)


def _at_once(resolving: Coroutine[Any, Any, Any], wanted: type[Any]) -> Any:
    """The answer of a coroutine that has nothing to wait for, as nearly every singleton's construction has not."""
    try:
        resolving.send(None)
    except StopIteration as answer:
        return answer.value
    resolving.close()
    raise LookupError(
        f"making {wanted.__qualname__} takes an await: use `async with harness.scope() as scope: await "
        f"scope.get({wanted.__qualname__})`"
    )
