"""An enqueue that is under way, and that complains when nobody awaits it."""

import logging
from collections.abc import Coroutine, Generator
from types import TracebackType
from typing import Any, TypeVar

T = TypeVar("T")

_logger = logging.getLogger("dawam.jobs")


class Enqueueing(Coroutine[Any, Any, T]):
    """A coroutine that stores a job. If it is dropped without having been awaited, an error log line names the job.

    Python's own warning for a forgotten await is shown late, once and without the job's name, and nothing was stored.
    """

    __slots__ = ("_coroutine", "_started", "_subject")

    def __init__(self, coroutine: Coroutine[Any, Any, T], subject: object) -> None:
        """`subject` is what was to be enqueued: a call, a job class, a name, or args."""
        self._coroutine = coroutine
        self._subject = subject
        self._started = False

    def __await__(self) -> Generator[Any, Any, T]:
        self._started = True
        return self._coroutine.__await__()

    def send(self, value: Any, /) -> Any:
        self._started = True
        return self._coroutine.send(value)

    def throw(self, typ: Any, val: BaseException | object = None, tb: TracebackType | None = None, /) -> Any:
        self._started = True
        return self._coroutine.throw(typ) if val is None and tb is None else self._coroutine.throw(typ, val, tb)

    def close(self) -> None:
        self._started = True  # whoever closes it knows that it does not run
        self._coroutine.close()

    def __del__(self) -> None:
        if getattr(self, "_started", True):
            return
        self._coroutine.close()  # else Python would warn of it as well
        _logger.error(
            "job %s was not enqueued: its enqueue was never awaited; write `await ...enqueue(...)`",
            _named(self._subject),
        )


def _named(subject: object) -> str:
    if isinstance(subject, str):
        return subject
    kind = subject if isinstance(subject, type) else type(subject)
    name: object = getattr(subject, "job_name", None)
    return name if isinstance(name, str) else kind.__qualname__
