"""Whether something can be a handler, of a job or of a tick: it is called with a context alone."""

import inspect
from typing import Any

from dawam.errors import RegistrationError


def is_async_handler(handler: Any) -> bool:
    """Whether calling it makes a coroutine; also for an object that is called, and for a `functools.partial`."""
    call = getattr(handler, "__call__", None)  # noqa: B004  (whether it may be called is not the question)
    return inspect.iscoroutinefunction(handler) or inspect.iscoroutinefunction(call)


def checked_handler(handler: Any, owner: str, cure: str) -> Any:
    """The handler, if it can be called with a context alone, of a job or of a tick; else `RegistrationError`."""
    if not callable(handler) or isinstance(handler, type):
        raise RegistrationError(f"{owner} is no function: {cure}")
    if inspect.isasyncgenfunction(handler) or inspect.isgeneratorfunction(handler):
        raise RegistrationError(f"{owner} is a generator: it is called once, and returns: {cure}")
    try:
        inspect.signature(handler).bind(None)
    except TypeError as error:
        raise RegistrationError(f"{owner} cannot be called with the context alone ({error}): {cure}") from error
    except ValueError:  # a built-in without a signature: the call will tell
        return handler
    return handler


def refuse_coroutine(answer: object, owner: str, cure: str) -> None:
    """Raises `TypeError` where a plain function answered with a coroutine: its work would be left undone in silence."""
    if inspect.iscoroutine(answer):
        answer.close()  # else Python would warn that it was never awaited
        raise TypeError(f"{owner} answered with a coroutine, which nobody runs: {cure}")
