"""Which workers this application has: each is checked when it is added, and wrong ones are refused with the cure."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import Any, Unpack, cast

from msgspec import Struct

from dawam.errors import RegistrationError
from dawam.jobs.handler_check import checked_handler, is_async_handler
from dawam.jobs.names import checked_name, full_name
from dawam.workers.parameters import injected_parameters
from dawam.workers.tick_options import TickOptions, TickWords, refuse_unknown
from dawam.workers.worker import (
    AsyncPeriodicBackgroundWorker,
    BackgroundWorker,
    PeriodicBackgroundWorker,
    WorkerFunction,
)

HANDLER_CURE = "write `async def handler(context: PeriodicWorkerContext)`, or a plain `def`, which runs in a thread"


class WorkerKind(StrEnum):
    """What a worker is made of."""

    PERIODIC = "periodic"
    """A class; a fresh instance per tick."""
    FUNCTION = "function"
    """A function; its parameters are resolved per tick."""
    HANDLER = "dynamic"
    """A function that was added by name at run time; it is given the tick's context and nothing else."""
    CUSTOM = "custom"
    """A `BackgroundWorker`; one instance, started and stopped."""


class WorkerDefinition(Struct, frozen=True, kw_only=True):
    """One checked worker. `options` are None for custom workers only."""

    name: str
    kind: WorkerKind
    target: Callable[..., Any]
    """The class, or the function itself."""
    is_async: bool
    options: TickOptions | None = None
    parameters: Mapping[str, type[Any]] = {}
    """Of a function: what to resolve for each of its parameters."""

    @property
    def ticks(self) -> TickOptions:
        """`options`, of a worker that ticks."""
        if self.options is None:
            raise RegistrationError(f"worker {self.name!r} is a custom worker: it has a loop of its own and no plan")
        return self.options


class WorkerRegistry:
    """The workers of one application, by name, in the order in which they were added."""

    def __init__(self) -> None:
        self._definitions: dict[str, WorkerDefinition] = {}

    def add(self, target: object, **words: Unpack[TickWords]) -> WorkerDefinition:
        """Checks a worker class or function and adds it; the words win over what the worker itself says.

        Adding the same target again (found by discovery, then added by hand) only changes what the words say.
        Raises `RegistrationError`.
        """
        said = cast("TickWords", {word: value for word, value in words.items() if value is not None})
        definition = _define(target, said)
        known = self._definitions.get(definition.name)
        if known is not None and known.target is not definition.target:
            raise RegistrationError(
                f"two workers are named {definition.name!r}: {_called(known.target)} and "
                f"{_called(definition.target)}; give one of them another `name`"
            )
        if known is not None and not said:
            return known
        self._definitions[definition.name] = definition
        return definition

    def put(self, definition: WorkerDefinition) -> None:
        """Adds a worker that came at run time, or puts it in the place of an earlier one of its name.

        A worker of the code keeps its name: then `RegistrationError` is raised.
        """
        known = self._definitions.get(definition.name)
        if known is not None and known.kind is not WorkerKind.HANDLER:
            raise RegistrationError(
                f"the name {definition.name!r} belongs to {_called(known.target)}: give the dynamic worker another one"
            )
        self._definitions[definition.name] = definition

    def remove(self, name: str) -> bool:
        """Takes a worker away that came at run time; False where there is none of this name."""
        known = self._definitions.get(name)
        if known is None or known.kind is not WorkerKind.HANDLER:
            return False
        del self._definitions[name]
        return True

    def find(self, name: str) -> WorkerDefinition | None:
        return self._definitions.get(name)

    def __iter__(self) -> Iterator[WorkerDefinition]:
        return iter(tuple(self._definitions.values()))

    def __len__(self) -> int:
        return len(self._definitions)


def handler_definition(name: str, handler: Callable[..., Any], options: TickOptions) -> WorkerDefinition:
    """A worker that is added by name at run time: `handler(context)`, as a coroutine or in a thread."""
    checked_handler(handler, f"worker {name!r}: {getattr(handler, '__qualname__', repr(handler))}", HANDLER_CURE)
    return WorkerDefinition(
        name=name, kind=WorkerKind.HANDLER, target=handler, is_async=is_async_handler(handler), options=options
    )


def _define(target: object, words: TickWords) -> WorkerDefinition:
    refuse_unknown(words, TickWords.__annotations__, "a worker")
    if isinstance(target, WorkerFunction):
        return _define_function(target, words)
    if not isinstance(target, type):
        raise RegistrationError(
            f"{target!r} is not a worker: a worker class (not an instance of it) or a function decorated with "
            "@app.worker(every=...) was expected"
        )
    kind: type[Any] = target
    if issubclass(kind, BackgroundWorker):
        return _define_custom(kind, words)
    if issubclass(kind, AsyncPeriodicBackgroundWorker | PeriodicBackgroundWorker):
        return _define_periodic(kind, words)
    raise RegistrationError(
        f"{_called(kind)} is not a worker: it must inherit AsyncPeriodicBackgroundWorker, PeriodicBackgroundWorker "
        "(which blocks, in a thread) or BackgroundWorker (with start and stop)"
    )


def _define_function(worker: WorkerFunction, words: TickWords) -> WorkerDefinition:
    function = worker.function
    name = _name(worker.name, function)
    refuse_unknown(worker.words, TickWords.__annotations__, f"worker {name!r}")
    return WorkerDefinition(
        name=name,
        kind=WorkerKind.FUNCTION,
        target=function,
        is_async=inspect.iscoroutinefunction(function),
        options=TickOptions.of(name, _with(worker.words, words)),
        parameters=injected_parameters(function, name),
    )


def _define_custom(target: type[BackgroundWorker], words: TickWords) -> WorkerDefinition:
    _refuse_abstract(target)
    name = _name(target.name, target)
    if words:
        raise RegistrationError(
            f"worker {name!r} is a BackgroundWorker with a loop of its own, so `{min(words)}` means nothing to it: "
            "leave it out, or inherit AsyncPeriodicBackgroundWorker"
        )
    for method in ("start", "stop"):
        if not inspect.iscoroutinefunction(getattr(target, method)):
            raise RegistrationError(f"{_called(target)}.{method} must be a coroutine: async def {method}(self)")
    return WorkerDefinition(name=name, kind=WorkerKind.CUSTOM, target=target, is_async=True)


def _define_periodic(
    target: type[AsyncPeriodicBackgroundWorker] | type[PeriodicBackgroundWorker], words: TickWords
) -> WorkerDefinition:
    _refuse_abstract(target)
    name = _name(target.name, target)
    should_be_async = issubclass(target, AsyncPeriodicBackgroundWorker)
    if inspect.iscoroutinefunction(target.do_work) is not should_be_async:
        form, other = ("async def", "Periodic") if should_be_async else ("a plain def", "AsyncPeriodic")
        raise RegistrationError(
            f"{_called(target)}.do_work must be written with {form}, or its class must inherit {other}BackgroundWorker"
        )
    said = {word: getattr(target, word) for word in TickWords.__annotations__}
    return WorkerDefinition(
        name=name,
        kind=WorkerKind.PERIODIC,
        target=target,
        is_async=should_be_async,
        options=TickOptions.of(name, _with(said, words)),
    )


def _with(said: Mapping[str, Any], words: TickWords) -> Mapping[str, Any]:
    """What the worker says, and over it the words; a period takes the place of a calendar, and the other way round."""
    replaced = set[str]()
    if words.get("every") is not None:
        replaced = {"cron", "time_zone", "dialect"}
    elif words.get("cron") is not None:
        replaced = {"every", "fixed_rate"}
    return {**{word: value for word, value in said.items() if word not in replaced}, **words}


def _name(given: str | None, target: Callable[..., Any]) -> str:
    return full_name(target) if given is None else checked_name(given, f"worker {_called(target)}")


def _refuse_abstract(target: type[Any]) -> None:
    missing = sorted(getattr(target, "__abstractmethods__", ()))
    if missing:
        raise RegistrationError(f"worker {_called(target)} has no {' and no '.join(missing)}: define it in the class")


def _called(target: Callable[..., Any]) -> str:
    return f"{target.__module__}.{getattr(target, '__qualname__', target)}"
