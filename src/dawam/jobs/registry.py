"""Which jobs this process knows: by the type of their args, by class, by function, by name."""

import difflib
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dawam.errors import RegistrationError, UnknownJobError
from dawam.jobs.args import args_name
from dawam.jobs.codec import ArgsCodec, ResultCodec
from dawam.jobs.data_class import is_database_row
from dawam.jobs.declaration import declared_args_type, declared_options, declared_result_type
from dawam.jobs.function import JobCall, JobFunction
from dawam.jobs.generics import origin_of
from dawam.jobs.handlers import HandlerJob, JsonCodec
from dawam.jobs.job import AsyncBackgroundJob, BackgroundJob
from dawam.jobs.options import JobOptions
from dawam.jobs.options_check import checked_options
from dawam.jobs.tenancy import is_multi_tenant

Target = type[AsyncBackgroundJob[Any]] | type[BackgroundJob[Any]] | JobFunction[..., Any] | HandlerJob


@dataclass(frozen=True, slots=True, kw_only=True)
class JobDefinition:
    """One checked job: how its args are stored, and what runs them."""

    name: str
    aliases: tuple[str, ...]
    args_type: Any
    args_version: int
    codec: ArgsCodec[Any] | JsonCodec
    result_codec: ResultCodec
    options: JobOptions
    target: Target | None
    """None: only the args are known, so this process can enqueue the job but not run it."""
    is_async: bool
    can_run: bool = field(init=False)
    function: JobFunction[..., Any] | None = field(init=False)
    """The target, where it is a function job."""
    handler: HandlerJob | None = field(init=False)
    """The target, where it was given at run time."""
    injected: Mapping[str, Any] = field(init=False)
    """Of a function: parameter -> what to inject. A class says so in its constructor."""
    is_multi_tenant: bool = field(init=False)
    """Whether its args say for which tenant it runs."""

    def __post_init__(self) -> None:
        """Works out once what is asked for every job."""
        function = self.target if isinstance(self.target, JobFunction) else None
        object.__setattr__(self, "can_run", self.target is not None)
        object.__setattr__(self, "function", function)
        object.__setattr__(self, "handler", self.target if isinstance(self.target, HandlerJob) else None)
        object.__setattr__(self, "injected", {} if function is None else function.signature.injected)
        marked = is_multi_tenant(origin_of(self.args_type)) or is_multi_tenant(function)
        object.__setattr__(self, "is_multi_tenant", marked)


class JobRegistry:
    """The jobs of one application. Wrong ones are refused when they are added, with the cure."""

    def __init__(self) -> None:
        self._by_args: dict[Any, JobDefinition] = {}
        self._by_name: dict[str, JobDefinition] = {}
        self._handlers: dict[str, JobDefinition] = {}
        self._watchers: tuple[Callable[[], object], ...] = ()
        self._door = threading.Lock()
        """Held while handlers change, which any thread may do; those who look find whole mappings, old or new."""

    # -- adding

    def add_class(self, job_class: type[AsyncBackgroundJob[Any]] | type[BackgroundJob[Any]]) -> JobDefinition:
        """Adds a job class; adding it again changes nothing. Raises `RegistrationError`."""
        args_type = declared_args_type(job_class)
        name = args_name(args_type)
        return self._add(
            JobDefinition(
                name=name.name,
                aliases=name.aliases,
                args_type=args_type,
                args_version=name.version,
                codec=ArgsCodec(args_type),
                result_codec=ResultCodec(declared_result_type(job_class), job_class.__qualname__),
                options=declared_options(job_class),
                target=job_class,
                is_async=issubclass(job_class, AsyncBackgroundJob),
            )
        )

    def add_function(self, job_function: JobFunction[..., Any]) -> JobDefinition:
        """Adds a function job; adding it again changes nothing. Raises `RegistrationError`."""
        signature = job_function.signature
        return self._add(
            JobDefinition(
                name=job_function.name,
                aliases=job_function.aliases,
                args_type=signature.args_type,
                args_version=1,
                codec=ArgsCodec(signature.args_type),
                result_codec=ResultCodec(signature.result_type, signature.name),
                options=checked_options(job_function.options, signature.name),
                target=job_function,
                is_async=signature.is_async,
            )
        )

    def add_args(self, args_type: Any) -> JobDefinition:
        """Adds args whose job runs elsewhere, so that they can be enqueued. Their job class may follow."""
        known = self._by_args.get(origin_of(args_type))
        if known is not None:
            return known
        codec: ArgsCodec[Any] = ArgsCodec(args_type)
        name = args_name(args_type)
        return self._add(
            JobDefinition(
                name=name.name,
                aliases=name.aliases,
                args_type=args_type,
                args_version=name.version,
                codec=codec,
                result_codec=ResultCodec(Any, name.name),
                options=JobOptions(),
                target=None,
                is_async=True,
            )
        )

    def _add(self, definition: JobDefinition) -> JobDefinition:
        args_class = origin_of(definition.args_type)
        known = self._by_args.get(args_class)
        if known is not None and known.target is not None:
            if known.target is definition.target:
                return known
            raise RegistrationError(
                f"{_called(known.target)} and {_called(definition.target)} take the same args, "
                f"{args_class.__qualname__}: one of them was expected; give the other args of its own"
            )
        names = (definition.name, *definition.aliases)
        for name in names:
            self._check_free(name, definition, replaced=known)
        self._by_args[args_class] = definition
        self._by_name.update(dict.fromkeys(names, definition))
        return definition

    def _check_free(self, name: str, definition: JobDefinition, *, replaced: JobDefinition | None) -> None:
        holder = self._by_name.get(name)
        if holder is not None and holder is not replaced:
            raise RegistrationError(
                f"the name {name!r} is used twice, by {_owner(holder)} and by {_owner(definition)}: give one of them "
                "another name (or alias)"
            )

    # -- handlers, which come and go while the application runs

    def set_handler(self, job: HandlerJob, options: JobOptions) -> None:
        """Has this handler run the jobs of its name, where no typed job has that name."""
        definition = JobDefinition(
            name=job.name,
            aliases=(),
            args_type=object,
            args_version=1,
            codec=JsonCodec(job.name),
            result_codec=ResultCodec(Any, job.name),
            options=options,
            target=job,
            is_async=job.is_async,
        )
        self._put_handlers({job.name: definition})

    def drop_handler(self, name: str) -> bool:
        """Takes a handler away, and says whether there was one."""
        with self._door:
            definition = self._handlers.pop(name, None)
            if definition is not None and self._by_name.get(name) is definition:
                self._by_name = {key: each for key, each in self._by_name.items() if key != name}
        return definition is not None

    def has_handler(self, name: str) -> bool:
        """Whether there is a handler of this name, even one above which a typed job stands."""
        return name in self._handlers

    def take_handlers(self, other: "JobRegistry") -> None:
        """Has the other registry's handlers run here as well."""
        with other._door:
            handlers = dict(other._handlers)
        self._put_handlers(handlers)

    def watch(self, on_new_name: Callable[[], object]) -> Callable[[], None]:
        """Calls back, in the thread of whoever did it, when a handler was set; answers with what ends that."""
        with self._door:
            self._watchers = (*self._watchers, on_new_name)

        def end() -> None:
            with self._door:
                self._watchers = tuple(each for each in self._watchers if each is not on_new_name)

        return end

    def _put_handlers(self, handlers: Mapping[str, JobDefinition]) -> None:
        with self._door:
            self._handlers.update(handlers)
            typed = {name for name, each in self._by_name.items() if each.handler is None}
            free = {name: each for name, each in handlers.items() if name not in typed}
            self._by_name = {**self._by_name, **free}
        for tell in self._watchers:
            tell()

    # -- finding

    def for_args(self, args_type: Any) -> JobDefinition:
        """The job that takes args of this type. Raises `UnknownJobError`."""
        definition = self._by_args.get(origin_of(args_type))
        if definition is not None:
            return definition
        raise UnknownJobError(self._no_job_for(args_type))

    def for_class(self, job_class: Any) -> JobDefinition:
        """The job of this class. Raises `UnknownJobError`."""
        for definition in self._by_args.values():
            if definition.target is job_class:
                return definition
        if isinstance(job_class, JobFunction):
            cure = f"enqueue({job_class.signature.name}.call(...))"
            raise UnknownJobError(f"{job_class.signature.name} is a function job, whose args go into its call: {cure}")
        name = getattr(job_class, "__qualname__", repr(job_class))
        raise UnknownJobError(
            f"{name} is no job of this application{_hint(self.nearest(name))}: add its module to the application, or "
            "the class with services.add_job"
        )

    def for_call(self, call: JobCall[Any]) -> JobDefinition:
        """The job of this call. Raises `UnknownJobError`."""
        definition = self._by_args.get(call.function.signature.args_type)
        if definition is not None:
            return definition
        raise UnknownJobError(
            f"the function job {call.job_name!r} belongs to another application{_hint(self.nearest(call.job_name))}: "
            "decorate it with this application's `job`, or with a module's that this application depends on"
        )

    def find(self, name: str) -> JobDefinition | None:
        """The job of this name or alias."""
        return self._by_name.get(name)

    def nearest(self, name: str) -> str | None:
        """The known name that is most like this one."""
        return next(iter(difflib.get_close_matches(name, self._by_name, n=1)), None)

    def known(self) -> Mapping[str, int]:
        """Every name and alias that can run here -> the version of its args."""
        return {name: each.args_version for name, each in self._by_name.items() if each.can_run}

    def definitions(self) -> Iterable[JobDefinition]:
        """Every job once, in the order in which they were added."""
        return tuple(self._by_args.values())

    def _no_job_for(self, args_type: Any) -> str:
        name = getattr(args_type, "__qualname__", repr(args_type))
        if is_database_row(args_type):
            return f"{name} is a database row (an ORM class) and no args: pass its id in an args class"
        classes = {origin_of(each.args_type).__qualname__: each for each in self._by_args.values()}
        nearest = next(iter(difflib.get_close_matches(name, classes, n=1)), None)
        return (
            f"no job takes args of the class {name}{_hint(nearest)}: register its job class, or the args alone "
            "where another process runs the job"
        )


def _hint(nearest: str | None) -> str:
    return f" (did you mean {nearest!r}?)" if nearest else ""


def _called(target: Target | None) -> str:
    return (
        target.signature.name if isinstance(target, JobFunction) else getattr(target, "__qualname__", "the args alone")
    )


def _owner(definition: JobDefinition) -> str:
    return _called(definition.target) if definition.can_run else origin_of(definition.args_type).__qualname__
