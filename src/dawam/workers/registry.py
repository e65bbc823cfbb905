"""Which workers this application has: each is checked when it is added, and wrong ones are refused with the cure."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

from dawam.errors import RegistrationError
from dawam.jobs.names import checked_name, full_name
from dawam.workers.parameters import injected_parameters
from dawam.workers.worker import (
    AsyncPeriodicBackgroundWorker,
    BackgroundWorker,
    PeriodicBackgroundWorker,
    WorkerFunction,
)


class WorkerKind(StrEnum):
    """What a worker is made of."""

    PERIODIC = "periodic"
    """A class; a fresh instance per tick."""
    FUNCTION = "function"
    """A function; its parameters are resolved per tick."""
    CUSTOM = "custom"
    """A `BackgroundWorker`; one instance, started and stopped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerDefinition:
    """One checked worker. `every` is None for custom workers only."""

    name: str
    kind: WorkerKind
    target: Callable[..., Any]
    """The class, or the function itself."""
    is_async: bool
    every: timedelta | None = None
    run_on_start: bool = False
    parameters: Mapping[str, type[Any]] = field(default_factory=dict[str, type[Any]])
    """Of a function: what to resolve for each of its parameters."""

    @property
    def period(self) -> timedelta:
        """`every`, of a worker that ticks."""
        if self.every is None:
            raise RegistrationError(f"worker {self.name!r} is a custom worker: it has a loop of its own and no period")
        return self.every


class WorkerRegistry:
    """The workers of one application, by name, in the order in which they were added."""

    def __init__(self) -> None:
        self._definitions: dict[str, WorkerDefinition] = {}

    def add(self, target: object, *, every: timedelta | None = None) -> WorkerDefinition:
        """Checks a worker class or function and adds it; `every` wins over what the worker itself says.

        Adding the same target again (found by discovery, then added by hand) only changes its period.
        Raises `RegistrationError`.
        """
        definition = _define(target, every)
        known = self._definitions.get(definition.name)
        if known is not None and known.target is not definition.target:
            raise RegistrationError(
                f"two workers are named {definition.name!r}: {_called(known.target)} and "
                f"{_called(definition.target)}; give one of them another `name`"
            )
        if known is not None and every is None:
            return known
        self._definitions[definition.name] = definition
        return definition

    def __iter__(self) -> Iterator[WorkerDefinition]:
        return iter(self._definitions.values())

    def __len__(self) -> int:
        return len(self._definitions)


def _define(target: object, every: timedelta | None) -> WorkerDefinition:
    if isinstance(target, WorkerFunction):
        return _define_function(target, every)
    if not isinstance(target, type):
        raise RegistrationError(
            f"{target!r} is not a worker: a worker class (not an instance of it) or a function decorated with "
            "@app.worker(every=...) was expected"
        )
    kind: type[Any] = target
    if issubclass(kind, BackgroundWorker):
        return _define_custom(kind, every)
    if issubclass(kind, AsyncPeriodicBackgroundWorker | PeriodicBackgroundWorker):
        return _define_periodic(kind, every)
    raise RegistrationError(
        f"{_called(kind)} is not a worker: it must inherit AsyncPeriodicBackgroundWorker, PeriodicBackgroundWorker "
        "(which blocks, in a thread) or BackgroundWorker (with start and stop)"
    )


def _define_function(worker: WorkerFunction, every: timedelta | None) -> WorkerDefinition:
    function = worker.function
    name = _name(worker.name, function)
    return WorkerDefinition(
        name=name,
        kind=WorkerKind.FUNCTION,
        target=function,
        is_async=inspect.iscoroutinefunction(function),
        every=_checked_period(every if every is not None else worker.every, name),
        run_on_start=worker.run_on_start,
        parameters=injected_parameters(function, name),
    )


def _define_custom(target: type[BackgroundWorker], every: timedelta | None) -> WorkerDefinition:
    _refuse_abstract(target)
    name = _name(target.name, target)
    if every is not None:
        raise RegistrationError(
            f"worker {name!r} is a BackgroundWorker with a loop of its own, so `every` means nothing to it: leave it "
            "out, or inherit AsyncPeriodicBackgroundWorker"
        )
    for method in ("start", "stop"):
        if not inspect.iscoroutinefunction(getattr(target, method)):
            raise RegistrationError(f"{_called(target)}.{method} must be a coroutine: async def {method}(self)")
    return WorkerDefinition(name=name, kind=WorkerKind.CUSTOM, target=target, is_async=True)


def _define_periodic(
    target: type[AsyncPeriodicBackgroundWorker] | type[PeriodicBackgroundWorker], every: timedelta | None
) -> WorkerDefinition:
    _refuse_abstract(target)
    name = _name(target.name, target)
    should_be_async = issubclass(target, AsyncPeriodicBackgroundWorker)
    if inspect.iscoroutinefunction(target.do_work) is not should_be_async:
        form, other = ("async def", "Periodic") if should_be_async else ("a plain def", "AsyncPeriodic")
        raise RegistrationError(
            f"{_called(target)}.do_work must be written with {form}, or its class must inherit {other}BackgroundWorker"
        )
    return WorkerDefinition(
        name=name,
        kind=WorkerKind.PERIODIC,
        target=target,
        is_async=should_be_async,
        every=_checked_period(every if every is not None else target.every, name),
        run_on_start=target.run_on_start,
    )


def _name(given: str | None, target: Callable[..., Any]) -> str:
    return full_name(target) if given is None else checked_name(given, f"worker {_called(target)}")


def _refuse_abstract(target: type[Any]) -> None:
    missing = sorted(getattr(target, "__abstractmethods__", ()))
    if missing:
        raise RegistrationError(f"worker {_called(target)} has no {' and no '.join(missing)}: define it in the class")


def _checked_period(every: object, name: str) -> timedelta:
    if every is None:
        raise RegistrationError(f"worker {name!r} has no period: write `every = timedelta(minutes=5)` in its class")
    if not isinstance(every, timedelta):
        raise RegistrationError(
            f"worker {name!r}: every={every!r} has no unit; a timedelta was expected, as in timedelta(minutes=5)"
        )
    if every <= timedelta(0):
        raise RegistrationError(f"worker {name!r}: every={every} was given, but a period must be longer than zero")
    return every


def _called(target: Callable[..., Any]) -> str:
    return f"{target.__module__}.{getattr(target, '__qualname__', target)}"
