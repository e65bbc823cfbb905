"""How one thing is made: read from the signature of its class or factory, without making it."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from logging import Logger
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from dawam.errors import RegistrationError
from dawam.jobs.data_class import resolved_hints
from dawam.jobs.generics import bindings, origin_of, substituted
from dawam.jobs.signature import injected
from dawam.modules.registration import AnyRegistration, InstanceRegistration, Lifetime, Root
from dawam.modules.scopes import logger_for


class SourceKind(Enum):
    """What has to be done with a source, and with what it answers."""

    VALUE = "is there"
    CALL = "called"
    COROUTINE = "awaited"
    GENERATOR = "run to its yield, and to its end when the scope ends"
    ASYNC_GENERATOR = "awaited to its yield, and to its end when the scope ends"
    CONTEXT_MANAGER = "made and entered, and left when the scope ends"
    ASYNC_CONTEXT_MANAGER = "made and awaited to be entered, and left when the scope ends"

    @property
    def needs_loop(self) -> bool:
        return self in (SourceKind.COROUTINE, SourceKind.ASYNC_GENERATOR, SourceKind.ASYNC_CONTEXT_MANAGER)

    @property
    def has_end(self) -> bool:
        return self not in (SourceKind.VALUE, SourceKind.CALL, SourceKind.COROUTINE)


@dataclass(frozen=True, slots=True)
class Need:
    """One parameter, and the type that is asked for in it."""

    parameter: str
    wanted: Any
    is_optional: bool = False
    """It has a default, which stands where nobody provides the type."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one type is made. `constants` are known beforehand: the logger that is named for the source."""

    provides: Any
    source: Any
    lifetime: Lifetime
    kind: SourceKind
    needs: tuple[Need, ...] = ()
    constants: Mapping[str, Any] = field(default_factory=dict[str, Any])


def recipe_of(registration: AnyRegistration) -> Recipe:
    """The recipe of a registered service."""
    if isinstance(registration, InstanceRegistration):
        return Recipe(registration.provides, registration.value, Lifetime.SINGLETON, SourceKind.VALUE)
    return _recipe(registration.provides, registration.source, registration.lifetime)


def recipe_of_root(root: Root) -> Recipe:
    """The recipe of something that Dawam builds, or of a function whose parameters it fills."""
    lifetime = Lifetime.SINGLETON if root.is_singleton else Lifetime.TRANSIENT
    if root.parameters is None:
        return _recipe(root.target, root.target, lifetime)
    needs = tuple(Need(name, without_extras(hint)) for name, hint in root.parameters.items())
    return Recipe(root.target, root.target, lifetime, SourceKind.CALL, needs)


def without_extras(hint: Any) -> Any:
    """The type that is asked for: `Annotated` is taken off, and the None of an optional one."""
    if get_origin(hint) is Annotated:
        return without_extras(get_args(hint)[0])
    if get_origin(hint) in (Union, UnionType):
        members = [each for each in get_args(hint) if each is not NoneType]
        if len(members) == 1:
            return without_extras(members[0])
    return hint


def _recipe(provides: Any, source: Any, lifetime: Lifetime) -> Recipe:
    needs: list[Need] = []
    constants: dict[str, Any] = {}
    for need in _needs(source):
        if need.wanted is Logger:
            constants[need.parameter] = logger_for(origin_of(source))
        else:
            needs.append(need)
    return Recipe(_key(provides), source, lifetime, _kind(source), tuple(needs), constants)


def _key(provides: Any) -> Any:
    """An open generic class is registered for all that it may stand for: `Repository` as `Repository[T]`."""
    parameters: tuple[Any, ...] = getattr(provides, "__parameters__", ())
    return provides[parameters] if parameters else provides


def _needs(source: Any) -> list[Need]:
    name = getattr(source, "__qualname__", repr(source))
    hints = _hints(source, name)
    return [
        _need(parameter, hints, name)
        for parameter in _parameters(source)
        if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        and (parameter.name in hints or parameter.default in (parameter.empty, injected))
    ]


def _need(parameter: inspect.Parameter, hints: Mapping[str, Any], name: str) -> Need:
    if parameter.kind is parameter.POSITIONAL_ONLY:
        raise RegistrationError(
            f"{name}: {parameter.name!r} is positional only, but what is injected is passed by name: drop the '/'"
        )
    if parameter.name not in hints:
        raise RegistrationError(
            f"{name}: parameter {parameter.name!r} has no annotation, so nobody knows what to inject: give it a type, "
            f"as in {parameter.name}: Mailer"
        )
    is_optional = parameter.default is not parameter.empty and parameter.default is not injected
    return Need(parameter.name, without_extras(hints[parameter.name]), is_optional)


def _parameters(source: Any) -> list[inspect.Parameter]:
    if _initializer(origin_of(source)) is object.__init__:
        return []
    try:
        return list(inspect.signature(source).parameters.values())
    except (TypeError, ValueError) as error:
        raise RegistrationError(
            f"{source!r} does not say what it needs ({error}): provide it with a function"
        ) from error


def _initializer(cls: Any) -> Any:
    return cls.__init__ if isinstance(cls, type) else None  # type: ignore[misc]


def _hints(source: Any, name: str) -> dict[str, Any]:
    """The annotations of the constructor, the type variables of generic parents replaced, or those of the function."""
    cls = origin_of(source)
    if not isinstance(cls, type):
        annotated = source if hasattr(source, "__annotations__") or inspect.ismethod(source) else type(source).__call__
        return resolved_hints(annotated, name)
    owner = next(each for each in cls.__mro__ if "__init__" in vars(each))
    if owner is object:
        return {}
    hints = resolved_hints(_initializer(cls), name)
    variables = bindings(source).get(owner, {})
    return {parameter: substituted(hint, variables) for parameter, hint in hints.items()}


def _kind(source: Callable[..., Any]) -> SourceKind:
    if inspect.isasyncgenfunction(source):
        return SourceKind.ASYNC_GENERATOR
    if inspect.isgeneratorfunction(source):
        return SourceKind.GENERATOR
    if inspect.iscoroutinefunction(source):
        return SourceKind.COROUTINE
    if isinstance(source, type) and hasattr(source, "__aenter__") and hasattr(source, "__aexit__"):
        return SourceKind.ASYNC_CONTEXT_MANAGER
    if isinstance(source, type) and hasattr(source, "__enter__") and hasattr(source, "__exit__"):
        return SourceKind.CONTEXT_MANAGER
    return SourceKind.CALL
