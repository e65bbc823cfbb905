"""What a factory function provides: read from its return annotation."""

import inspect
from collections import abc
from collections.abc import Callable
from typing import Annotated, Any, get_args, get_origin

from dawam.errors import RegistrationError
from dawam.jobs.data_class import resolved_hints

_YIELDING = (abc.Iterator, abc.AsyncIterator, abc.Generator, abc.AsyncGenerator, abc.Iterable, abc.AsyncIterable)


def provided_type(factory: Callable[..., Any]) -> Any:
    """The type under which a factory's product is asked for. Raises `RegistrationError` where nothing says it."""
    if isinstance(factory, type):
        return factory
    name = getattr(factory, "__qualname__", repr(factory))
    provides = resolved_hints(factory, name).get("return") if callable(factory) else None
    if provides in (None, type(None), Any):
        raise RegistrationError(
            f"provide({name}): its return annotation has to say what it provides, as in def {name}() -> Mailer, or "
            f"-> AsyncIterator[Mailer] where it yields"
        )
    if inspect.isgeneratorfunction(factory) or inspect.isasyncgenfunction(factory):
        provides = _yielded(provides, name)
    return get_args(provides)[0] if get_origin(provides) is Annotated else provides


def _yielded(annotation: Any, name: str) -> Any:
    if get_origin(annotation) in _YIELDING and get_args(annotation):
        return get_args(annotation)[0]
    raise RegistrationError(
        f"provide({name}): it yields, so its return annotation should be Iterator[...] or AsyncIterator[...], "
        f"not {annotation!r}"
    )
