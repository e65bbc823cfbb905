"""From a function's signature to the args that are stored for it."""

import copy
import inspect
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from dawam.errors import ArgsError, RegistrationError
from dawam.jobs.data_class import is_database_row, pass_its_id, resolved_hints


class _Injected:
    """The type of `injected`."""

    def __repr__(self) -> str:
        return "injected"


injected: Any = _Injected()
"""The default of a parameter that is filled by dependency injection when the job runs, and never stored:
`async def send(order_id: int, session: AsyncSession = injected)`."""


_OPTIONS_OF_AN_ENQUEUE = frozenset({"priority", "delay", "run_at", "queue", "headers", "transaction"})


class FunctionSignature:
    """What a function takes and gives: args that are stored, dependencies that are injected, a result.

    Making one raises `RegistrationError` for a signature from which no args class can be derived.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.name: str = function.__qualname__
        _refuse_generators(function)
        parameters = inspect.signature(function).parameters.values()
        hints = resolved_hints(function, self.name)
        for parameter in parameters:
            _check(parameter, hints, self.name)
        stored = [each for each in parameters if each.default is not injected]
        self.is_async = inspect.iscoroutinefunction(function)
        self.result_type: Any = hints.get("return", Any)
        self.injected: Mapping[str, Any] = {
            each.name: hints[each.name] for each in parameters if each.default is injected
        }
        self.positional_only = tuple(each.name for each in parameters if each.kind is each.POSITIONAL_ONLY)
        self.args_type: type[Any] = _args_type(function, stored, hints)
        self._positional = tuple(each.name for each in stored if each.kind is each.POSITIONAL_OR_KEYWORD)
        self._signature = inspect.Signature([each.replace(annotation=Any) for each in _in_order(stored)])

    def bind(self, *args: Any, **kwargs: Any) -> Any:
        """The args of a call, as an instance of `args_type`. Raises `ArgsError` naming the parameter that is wrong."""
        if self.positional_only or len(args) > len(self._positional):
            return self._bind_by_the_rules(args, kwargs)
        try:
            return self.args_type(**dict(zip(self._positional, args, strict=False)), **kwargs)
        except TypeError:
            return self._bind_by_the_rules(args, kwargs)  # which says what is wrong

    def _bind_by_the_rules(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Four times as slow as a plain call of the class, and complete."""
        try:
            return self.args_type(**self._signature.bind(*args, **kwargs).arguments)
        except TypeError as error:
            given = next((name for name in kwargs if name in self.injected), None)
            hint = f": {given!r} is injected when the job runs, leave it out" if given else ""
            option = next((name for name in kwargs if name in _OPTIONS_OF_AN_ENQUEUE), None)
            if option is not None:
                hint = f": {option}= is for the enqueue, not the job: app.jobs.enqueue(job.call(...), {option}=...)"
            raise ArgsError(f"{self.name}() cannot be called so: {error}{hint}") from error

    def call_arguments(self, args: Any) -> dict[str, Any]:
        """Parameter -> value, for every parameter that is not injected."""
        return msgspec.structs.asdict(args)


def _args_type(
    function: Callable[..., Any], stored: list[inspect.Parameter], hints: Mapping[str, Any]
) -> type[Any]:  # fmt: skip
    fields = [(each.name, hints[each.name], _default(each)) for each in stored]
    return msgspec.defstruct(function.__name__, fields, module=function.__module__, frozen=True, kw_only=True, gc=True)


def _default(parameter: inspect.Parameter) -> Any:
    default: Any = parameter.default
    if default is parameter.empty:
        return msgspec.NODEFAULT
    if default.__hash__ is not None:
        return default
    # a fresh copy per call: a list that one job changes must not be the next one's default
    return msgspec.field(default_factory=lambda: copy.deepcopy(default))


def _in_order(stored: list[inspect.Parameter]) -> list[inspect.Parameter]:
    """Parameters as a signature takes them, when those between them were injected and are gone."""
    return sorted(stored, key=lambda each: each.kind)


def _check(parameter: inspect.Parameter, hints: Mapping[str, Any], owner: str) -> None:
    where = f"{owner}({parameter.name})"
    if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
        raise RegistrationError(
            f"{owner}({parameter}): what is stored needs a name and a type for each value: name the parameters, or "
            "take one list or dict"
        )
    if parameter.name not in hints:
        kind = "to know what to inject" if parameter.default is injected else "to store and read its value"
        raise RegistrationError(f"{where} has no annotation: give it a type, {kind}, as in {parameter.name}: int")
    if parameter.default is not injected and is_database_row(hints[parameter.name]):
        raise pass_its_id(where, hints[parameter.name])


def _refuse_generators(function: Callable[..., Any]) -> None:
    if inspect.isasyncgenfunction(function) or inspect.isgeneratorfunction(function):
        raise RegistrationError(
            f"{function.__qualname__} is a generator: a job runs once and returns its result, so use `return` instead "
            "of `yield`"
        )
