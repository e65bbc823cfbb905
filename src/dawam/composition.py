"""Puts an application together: modules, declarations and settings go in, a `Runtime` that is not open comes out."""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from logging import getLogger
from typing import Any, cast

from dawam.clock import Clock, SystemClock
from dawam.completion import JobCompletion
from dawam.desk import Desk
from dawam.dynamic_jobs import DynamicBackgroundJobManager
from dawam.dynamic_workers import DynamicBackgroundWorkerManager
from dawam.errors import RegistrationError
from dawam.events.bus import LocalEventBus
from dawam.events.lifecycle import LifecycleEvents
from dawam.executor import JobExecutor
from dawam.host.channel import Origin
from dawam.host.declarer import WorkerDeclarations
from dawam.host.job_processes import JobProcesses
from dawam.host.options import HostOptions
from dawam.host.pacemaker import Pacemaker, ThreadPacemaker
from dawam.host.roots import root_of_job, root_of_worker
from dawam.host.threads import DaemonThreads
from dawam.host.ticker import TickerParts
from dawam.host.worker_life import WorkerLife
from dawam.jobs.context import JobContext
from dawam.jobs.current import CurrentContext
from dawam.jobs.function import JobFunction
from dawam.jobs.handler_registry import HandlerRegistry
from dawam.jobs.options import BackgroundJobOptions
from dawam.jobs.registry import JobRegistry
from dawam.manager import BackgroundJobManager
from dawam.modules.declarations import Declarations
from dawam.modules.graph import AnyModule, in_order
from dawam.modules.instances import InstanceContainer
from dawam.modules.life import ModuleLife
from dawam.modules.registration import InstanceRegistration, Root
from dawam.modules.scopes import Container
from dawam.modules.services import Services
from dawam.observability.logs import LogOptions, subscribe_logs
from dawam.opening import CONTAINER, ORIGIN, TRANSACTIONS, load, make_store
from dawam.preparation import JobPreparation
from dawam.recurring import RecurringJobManager, recurring_job
from dawam.results import JobResults
from dawam.runtime import Assembly, Runtime
from dawam.runtime_options import RuntimeOptions
from dawam.settings import Settings, SettingsSources
from dawam.stores.base import JobStore, StoreOptions
from dawam.stores.transaction import Transactions
from dawam.stores.values import Retention
from dawam.workers.declaring import RecurringJob
from dawam.workers.options import BackgroundWorkerOptions
from dawam.workers.registry import WorkerRegistry
from dawam.workers.worker import PeriodicWorkerContext

SECTIONS: tuple[tuple[str, type[Any]], ...] = (
    ("BackgroundJobs", BackgroundJobOptions),
    ("BackgroundWorkers", BackgroundWorkerOptions),
    ("Host", HostOptions),
    ("Store", StoreOptions),
    ("Log", LogOptions),
)
_settings_logger = getLogger("dawam.settings")
_CONTEXT_TYPES = (JobContext, PeriodicWorkerContext)

MakeStore = Callable[[StoreOptions, Clock, Retention], JobStore]


@dataclass(slots=True)
class Blueprint:
    """What the programmer said: modules, functions with decorators, and a few words given to `App`."""

    modules: tuple[AnyModule, ...]
    declarations: Declarations
    store: str | None = field(default=None, repr=False)
    application: str | None = None
    events: LifecycleEvents = field(default_factory=LifecycleEvents)
    whereabouts: Callable[[], tuple[str, str] | None] = lambda: None
    """Says in which module, and under which name there, another process finds the application."""
    dynamic_jobs: DynamicBackgroundJobManager = field(
        default_factory=lambda: DynamicBackgroundJobManager(HandlerRegistry())
    )
    """Keeps the handlers that were given before anything was opened."""

    def build(
        self,
        sources: SettingsSources,
        *,
        clock: Clock | None = None,
        store: MakeStore = make_store,
        fakes: Mapping[type[Any], object] | None = None,
        pacemaker: Callable[[], Pacemaker] = ThreadPacemaker,
    ) -> Runtime:
        """A runtime that is checked and not open. Raises `ConfigurationError`; touches no store.

        Args:
            sources: where settings come from.
            clock, store, fakes, pacemaker: what a test harness puts in place of the real ones.
        """
        services = Services()
        modules = in_order(self.modules)
        life = ModuleLife(modules)
        settings = Settings.load(sources)
        self._configure(services, life)
        options = _bind(settings, services)
        declared = (self.declarations, *(module.declarations for module in modules))
        handlers = self.dynamic_jobs.handlers
        origin = partial(self._origin, sources)
        made = store(options.store, clock or SystemClock(), options.retention)
        site = _Site(services, declared, handlers, options, settings, life, made.clock, self.events, origin)
        return site.build(made, fakes or {}, pacemaker)

    def _origin(self, sources: SettingsSources) -> Origin:
        place = self.whereabouts()
        if place is None:
            raise RegistrationError(
                'a job that runs_in="process" finds the application again by its name, and no global variable of any '
                "module holds it: keep it in one, as in app = App(...) at the top of a module"
            )
        origin: Origin = load(ORIGIN)(*place, dict(sources.command_line), sources.environment)
        return origin

    def _configure(self, services: Services, life: ModuleLife) -> None:
        """Collects what the code says; of all that, what was given to `App` itself comes last."""
        for _, options_class in SECTIONS:
            services.options(options_class)
        life.configure(services)
        if self.store is not None:
            services.options(StoreOptions).url = self.store
        if self.application is not None:
            services.options(StoreOptions).application = self.application


def _bind(settings: Settings, services: Services) -> RuntimeOptions:
    """Lays what the operator says over what the code says."""
    for section, options_class in (*SECTIONS, *services.sections):
        settings.apply(section, services.options(options_class))
    for doubt in settings.finish():
        _settings_logger.warning("%s", doubt)
    options = RuntimeOptions(
        jobs=services.options(BackgroundJobOptions),
        workers=services.options(BackgroundWorkerOptions),
        host=services.options(HostOptions),
        store=services.options(StoreOptions),
        log=services.options(LogOptions),
    )
    options.host.check()
    options.log.check()
    options.workers.check()
    return options


@dataclass(frozen=True, slots=True)
class _Site:
    """Where one runtime is built."""

    services: Services
    declared: tuple[Declarations, ...]
    handlers: HandlerRegistry
    options: RuntimeOptions
    settings: Settings
    life: ModuleLife
    clock: Clock
    events: LifecycleEvents
    origin: Callable[[], Origin]

    def build(self, store: JobStore, fakes: Mapping[type[Any], object], pacemaker: Callable[[], Pacemaker]) -> Runtime:
        events = self.events.copy()  # a runtime's own subscribers end with it
        subscribe_logs(events, self.options.log, self.clock)
        registry, workers, bus = self._jobs(), self._workers(), self._bus()
        self._check_queues(registry)
        preparation = JobPreparation(registry, self.options.jobs, self.clock, events)
        transactions = Transactions(TRANSACTIONS)
        manager = BackgroundJobManager(
            preparation=preparation,
            store=store,
            transactions=transactions,
            results=JobResults(store, store.doorbell, self.options.jobs),
            events=events,
        )
        dynamic_jobs = DynamicBackgroundJobManager(registry.handlers, manager)
        desk = Desk.of(store, registry.known, self.clock)
        recurring_jobs = RecurringJobManager(
            preparation=preparation,
            store=store,
            doorbell=store.doorbell,
            clock=self.clock,
            options=self.options.workers,
            events=events,
        )
        dynamic_workers = DynamicBackgroundWorkerManager(workers)
        for part in (
            manager,
            dynamic_jobs,
            *desk.parts,
            recurring_jobs,
            dynamic_workers,
            bus,
            events,
            CurrentContext(),
        ):
            self.services.add_instance(part)
        self.services.add_instance(self.clock, Clock)
        for each in self.declared:
            for factory in each.factories:
                self.services.provide(factory)
        for as_type, fake in fakes.items():  # last, because the last one wins
            self.services.add_instance(fake, as_type)
        container = self._container(registry, workers)
        bus.serve_from(container)
        threads = DaemonThreads(self.options.host.thread_count, "dawam job")
        host = self.options.host
        processes = JobProcesses(host.process_count or os.cpu_count() or 1, self.origin, host.process_memory_limit)
        executor = JobExecutor(
            registry=registry,
            scopes=container,
            threads=threads,
            processes=processes,
            clock=self.clock,
            options=self.options.jobs,
            events=events,
        )
        recurring = self._recurring(preparation, workers)
        declarations = WorkerDeclarations(workers, recurring, self.clock, self.options.workers)
        worker_life = WorkerLife(declarations=declarations, container=container, events=events, doorbell=store.doorbell)
        dynamic_workers.connect(worker_life)
        ticker = TickerParts(
            store=store,
            doorbell=store.doorbell,
            registry=workers,
            scopes=container,
            events=events,
            clock=self.clock,
            threads=threads,
            poll=self.options.host.poll,
            declarations=declarations,
        )
        return Runtime(
            Assembly(
                settings=self.settings,
                options=self.options,
                clock=self.clock,
                events=events,
                registry=registry,
                workers=workers,
                functions=self._functions,
                life=self.life,
                container=container,
                store=store,
                preparation=preparation,
                manager=manager,
                completion=JobCompletion(
                    registry=registry,
                    store=store,
                    transactions=transactions,
                    clock=self.clock,
                    options=self.options.jobs,
                ),
                dynamic_jobs=dynamic_jobs,
                desk=desk,
                recurring_jobs=recurring_jobs,
                dynamic_workers=dynamic_workers,
                executor=executor,
                ticker=ticker,
                pacemaker=pacemaker,
                worker_life=worker_life,
                threads=threads,
                processes=processes,
            )
        )

    @property
    def _functions(self) -> tuple[JobFunction[..., Any], ...]:
        return tuple(function for each in self.declared for function in each.functions)

    def _jobs(self) -> JobRegistry:
        registry = JobRegistry()
        for function in self._functions:
            registry.add_function(function)
        for job_class in self.services.jobs:
            registry.add_class(job_class)
        for args_type in self.services.args_types:
            registry.add_args(args_type)
        registry.handlers.take_from(self.handlers)
        return registry

    def _check_queues(self, registry: JobRegistry) -> None:
        """Known are also the queues that `Host.Queues` named before another source overruled it: `--queues` chooses
        some of those for one host, and the weights in the file are for all."""
        named = next(value for value in self.settings.report() if value.name == "Host.Queues")
        said = (named.value, *(value for _, value in named.shadowed))
        known = {queue for queues in said for queue in cast("Iterable[str]", queues)}
        if self.options.jobs.is_job_execution_enabled:
            self.options.host.check_queues(known.union(registry.queues))

    def _workers(self) -> WorkerRegistry:
        registry = WorkerRegistry()
        for each in self.declared:
            for function in each.workers:
                registry.add(function)
        for worker in self.services.workers:
            registry.add(worker)
        return registry

    def _recurring(self, preparation: JobPreparation, workers: WorkerRegistry) -> tuple[RecurringJob, ...]:
        declared = [each for declarations in self.declared for each in declarations.recurring]
        taken = {worker.name: "a worker" for worker in workers}
        for each in declared:
            if each.name in taken:
                raise RegistrationError(
                    f"the recurring job {each.name!r} has the name of {taken[each.name]}: give it another one"
                )
            taken[each.name] = "another recurring job"
        return tuple(recurring_job(preparation, each.name, each.job, each.args, each.words) for each in declared)

    def _bus(self) -> LocalEventBus:
        bus = LocalEventBus()
        for handler in self.services.event_handlers:
            bus.add_handler(handler)
        return bus

    def _container(self, registry: JobRegistry, workers: WorkerRegistry) -> Container:
        """The full container, or the small one where there is nothing to build."""
        roots = [root for definition in registry.definitions() if (root := root_of_job(definition))]
        roots += [root_of_worker(worker) for worker in workers]
        roots += [root_of_worker(WorkerRegistry().add(worker)) for worker in self.services.discovered_workers]
        roots += [Root(target=handler, kind="event handler") for handler in self.services.event_handlers]
        registrations = self.services.registrations
        instances = [each for each in registrations if isinstance(each, InstanceRegistration)]
        if len(instances) == len(registrations) and all(root.parameters == {} for root in roots):
            return InstanceContainer(instances)
        container: Container = load(CONTAINER)(registrations, roots, _CONTEXT_TYPES)
        return container
