"""Which jobs this process knows: by the type of their args, by class, by function, by name."""

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from dawam.errors import RegistrationError, UnknownJobError
from dawam.jobs.args import args_name
from dawam.jobs.codec import ArgsCodec, ResultCodec
from dawam.jobs.data_class import is_database_row
from dawam.jobs.declaration import declared_args_type, declared_options, declared_result_type
from dawam.jobs.definition import JobDefinition, Target
from dawam.jobs.function import JobCall, JobFunction
from dawam.jobs.generics import origin_of
from dawam.jobs.handler_registry import HandlerRegistry
from dawam.jobs.job import AsyncBackgroundJob, BackgroundJob
from dawam.jobs.options import DEFAULT_QUEUE, JobOptions
from dawam.jobs.options_check import checked_options


class JobRegistry:
    """The jobs of one application. Wrong ones are refused when they are added, with the cure."""

    def __init__(self) -> None:
        self._by_args: dict[Any, JobDefinition] = {}
        self._by_name: dict[str, JobDefinition] = {}
        self._queues = frozenset({DEFAULT_QUEUE})
        self.handlers = HandlerRegistry()
        """The jobs that come and go while the application runs. A typed job stands above a handler of its name."""

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
        if definition.options.abandon_thread and not definition.runs_in_thread:
            raise RegistrationError(
                f"{_owner(definition)}: abandon_thread=True is for a plain `def` in a thread of its host's: leave it "
                "out, because a coroutine is cancelled, and a process is killed"
            )
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
        if definition.can_run:
            self._queues |= {definition.options.queue}
        return definition

    def _check_free(self, name: str, definition: JobDefinition, *, replaced: JobDefinition | None) -> None:
        holder = self._by_name.get(name)
        if holder is not None and holder is not replaced:
            raise RegistrationError(
                f"the name {name!r} is used twice, by {_owner(holder)} and by {_owner(definition)}: give one of them "
                "another name (or alias)"
            )

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
        return self._by_name.get(name) or self.handlers.find(name)

    def nearest(self, name: str) -> str | None:
        """The known name that is most like this one."""
        names = (*self._by_name, *self.handlers.names)
        return next(iter(difflib.get_close_matches(name, names, n=1)), None)

    def known(self) -> Mapping[str, int]:
        """Every name and alias that can run here -> the version of its args."""
        handled = {name: 1 for name in self.handlers.names if name not in self._by_name}
        return {**handled, **{name: each.args_version for name, each in self._by_name.items() if each.can_run}}

    @property
    def queues(self) -> tuple[str, ...]:
        """The default queue, and every one that a job which can run here names."""
        return tuple(sorted(self._queues | self.handlers.queues))

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
