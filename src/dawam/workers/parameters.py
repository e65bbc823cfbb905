"""The parameters of a worker function: nobody passes it arguments, so each must be one that can be injected."""

import inspect
from collections.abc import Callable
from typing import Any

from dawam.errors import RegistrationError
from dawam.jobs.data_class import resolved_hints
from dawam.jobs.signature import injected
from dawam.workers.worker import PeriodicWorkerContext


def injected_parameters(function: Callable[..., Any], name: str) -> dict[str, type[Any]]:
    """What to resolve for each parameter; `name` is the worker's, for the messages of `RegistrationError`."""
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise RegistrationError(f"worker {name!r} is a generator: a tick runs once, so it must not `yield`")
    hints = resolved_hints(function, name)
    return {
        parameter.name: _kind(parameter, hints, name) for parameter in inspect.signature(function).parameters.values()
    }


def _kind(parameter: inspect.Parameter, hints: dict[str, Any], name: str) -> type[Any]:
    if parameter.kind not in (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY):
        raise RegistrationError(f"worker {name!r}: parameter {str(parameter)!r} can be given no value; leave it out")
    kind = hints.get(parameter.name)
    if kind is PeriodicWorkerContext:
        return PeriodicWorkerContext
    if parameter.default is not injected:
        raise RegistrationError(
            f"worker {name!r}: nobody passes {parameter.name!r}; mark it as injected, as in "
            f"`{parameter.name}: {getattr(kind, '__name__', 'Service')} = injected`, or leave it out"
        )
    if kind is None:
        raise RegistrationError(f"worker {name!r}: {parameter.name!r} is injected but has no type; annotate it")
    injected_kind: type[Any] = kind
    return injected_kind
