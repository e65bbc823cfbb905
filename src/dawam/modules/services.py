"""The vocabulary in which modules say what there is: services, jobs, args, workers, handlers, options.

Everything said here is kept as plain values. `container` makes something of the services when the application is built.
"""

from collections.abc import Callable
from types import ModuleType
from typing import Any, Literal, TypeVar

from dawam.errors import RegistrationError
from dawam.events.bus import LocalEventHandler
from dawam.modules.discovery import discover
from dawam.modules.provided import provided_type
from dawam.modules.registration import AnyRegistration, InstanceRegistration, Lifetime, Registration
from dawam.workers.worker import AnyWorker

OptionsT = TypeVar("OptionsT")
LifetimeName = Literal["transient", "scoped", "singleton"]


class Services:
    """What the modules of an application registered. For the same type the last one wins."""

    def __init__(self) -> None:
        self._registrations: dict[Any, AnyRegistration] = {}
        self._options: dict[type[Any], Any] = {}
        self._jobs: dict[type[Any], None] = {}
        self._args_types: dict[type[Any], None] = {}
        self._event_handlers: dict[type[LocalEventHandler[Any]], None] = {}
        self._workers: dict[AnyWorker, None] = {}
        self._discovered_workers: dict[type[Any], None] = {}
        self._sections: dict[type[Any], str] = {}

    # -- services

    def add_transient(self, cls: type[Any], implementation: Callable[..., Any] | None = None) -> None:
        """Has `cls` made anew for everyone who asks, by `implementation` (a subclass or a function) or by itself.

        A class that is a context manager, async or not, is entered when it is made and left when its scope ends.
        """
        self._add(cls, implementation, Lifetime.TRANSIENT)

    def add_scoped(self, cls: type[Any], implementation: Callable[..., Any] | None = None) -> None:
        """Has `cls` made once for each run of a job, tick of a worker or call of a handler."""
        self._add(cls, implementation, Lifetime.SCOPED)

    def add_singleton(self, cls: type[Any], implementation: Callable[..., Any] | None = None) -> None:
        """Has `cls` made once for the application, when it is first asked for."""
        self._add(cls, implementation, Lifetime.SINGLETON)

    def add_instance(self, value: object, as_type: Any = None) -> None:
        """Hands out this very object, under its own class or under `as_type`. Whoever made it ends it."""
        provides = as_type or type(value)
        if isinstance(as_type, type) and not _is_one(value, as_type):
            raise RegistrationError(f"add_instance: {value!r} is no {as_type.__qualname__}")
        self._registrations[provides] = InstanceRegistration(provides, value)

    def provide(self, factory: Callable[..., Any], *, scope: LifetimeName = "scoped") -> None:
        """Has a function make the type of its return annotation; its own parameters are injected.

        A generator function yields the service and cleans up afterwards, and is thrown what the run raised:

            async def get_session() -> AsyncIterator[AsyncSession]:
                async with make_session() as session:
                    yield session
        """
        provides = provided_type(factory)
        self._registrations[provides] = Registration(provides, factory, Lifetime(scope))

    def replace(self, cls: type[Any], implementation: Callable[..., Any]) -> None:
        """Has a registered `cls` made by `implementation` from now on, with the lifetime that it has."""
        known = self._registrations.get(cls)
        if known is None:
            raise RegistrationError(
                f"replace({_called(cls)}, ...): nobody has registered it yet. Use add_scoped, add_transient or "
                "add_singleton, or depend on the module that registers it"
            )
        self._add(cls, implementation, known.lifetime if isinstance(known, Registration) else Lifetime.SINGLETON)

    def options(self, options_class: type[OptionsT], *, section: str | None = None) -> OptionsT:
        """The one instance of an options class, made with its defaults; change it, the last module wins.

        Services get it injected. What the operator says in the settings wins over all modules.

        Args:
            section: the section of the settings from which these options are read, for options of your own.
        """
        if section is not None:
            self._sections[options_class] = section
        if options_class not in self._options:
            try:
                self._options[options_class] = options_class()
            except TypeError as error:
                raise RegistrationError(
                    f"options({_called(options_class)}): it cannot be made without arguments ({error}); give each of "
                    "its fields a default"
                ) from error
        found: OptionsT = self._options[options_class]
        return found

    # -- what Dawam runs

    def discover(self, package: ModuleType | str) -> None:
        """Adds every job, args type and event handler that is defined in a package and in its subpackages.

        Workers found there are made known, and start when a module adds them, as in ABP
        (`context.add_background_worker`).
        """
        found = discover(package)
        for job_class in found.jobs:
            self.add_job(job_class)
        for args_type in found.args_types:
            self.add_job_args(args_type)
        for handler_class in found.event_handlers:
            self.add_event_handler(handler_class)
        self._discovered_workers.update(dict.fromkeys(found.workers))

    def add_job(self, job_class: type[Any]) -> None:
        """Adds a job class: a subclass of `AsyncBackgroundJob` or `BackgroundJob`."""
        self._jobs[job_class] = None

    def add_job_args(self, args_type: type[Any]) -> None:
        """Adds an args type whose job is elsewhere: this process can enqueue it, and another one runs it."""
        self._args_types[args_type] = None

    def add_event_handler(self, handler_class: type[LocalEventHandler[Any]]) -> None:
        """Adds a handler of local events."""
        given: Any = handler_class
        if not isinstance(given, type) or not issubclass(given, LocalEventHandler):
            raise RegistrationError(
                f"add_event_handler({_called(handler_class)}): a subclass of LocalEventHandler[SomeEvent] was "
                "expected; a function is subscribed with LocalEventBus.subscribe"
            )
        if getattr(handler_class, "__abstractmethods__", None):
            raise RegistrationError(
                f"{handler_class.__qualname__} has no handle_event: write async def handle_event(self, event)"
            )
        self._event_handlers[handler_class] = None

    def add_worker(self, worker: AnyWorker) -> None:
        """Adds a worker class, which starts with the application."""
        self._workers[worker] = None

    # -- what was said

    @property
    def registrations(self) -> tuple[AnyRegistration, ...]:
        """The services, options included, each type once."""
        options = {cls: InstanceRegistration(cls, value) for cls, value in self._options.items()}
        return tuple({**self._registrations, **options}.values())

    @property
    def sections(self) -> tuple[tuple[str, type[Any]], ...]:
        """The sections that the application's own options are read from."""
        return tuple((section, options_class) for options_class, section in self._sections.items())

    @property
    def discovered_workers(self) -> tuple[type[Any], ...]:
        """Workers that were found and that nobody has added so far."""
        return tuple(each for each in self._discovered_workers if each not in self._workers)

    @property
    def jobs(self) -> tuple[type[Any], ...]:
        return tuple(self._jobs)

    @property
    def args_types(self) -> tuple[type[Any], ...]:
        return tuple(self._args_types)

    @property
    def event_handlers(self) -> tuple[type[LocalEventHandler[Any]], ...]:
        return tuple(self._event_handlers)

    @property
    def workers(self) -> tuple[AnyWorker, ...]:
        return tuple(self._workers)

    def _add(self, cls: Any, implementation: Callable[..., Any] | None, lifetime: Lifetime) -> None:
        source = cls if implementation is None else implementation
        _check_source(cls, source, f"add_{lifetime}")
        self._registrations[cls] = Registration(cls, source, lifetime)


def _check_source(cls: Any, source: Any, verb: str) -> None:
    if not callable(source):
        raise RegistrationError(
            f"{verb}({_called(cls)}, {source!r}): a class or a function was expected; for an object, add_instance"
        )
    if not isinstance(source, type):
        return
    missing = sorted(getattr(source, "__abstractmethods__", ()))
    if missing:
        raise RegistrationError(
            f"{verb}({_called(source)}): it is abstract (no {', no '.join(missing)}), so nobody can make it: name the "
            f"class that implements it, {verb}({_called(cls)}, Implementation)"
        )
    if isinstance(cls, type) and not _fits(source, cls):
        raise RegistrationError(
            f"{verb}({_called(cls)}, {_called(source)}): {_called(source)} is no subclass of {_called(cls)}"
        )


def _is_one(value: object, cls: type[Any]) -> bool:
    try:
        return isinstance(value, cls)  # not by its type: a fake made by create_autospec only claims to be one
    except TypeError:  # a protocol cannot be asked
        return True


def _fits(source: type[Any], cls: type[Any]) -> bool:
    try:
        return issubclass(source, cls)
    except TypeError:  # a protocol with fields cannot be asked
        return True


def _called(thing: Any) -> str:
    return str(getattr(thing, "__qualname__", thing))
