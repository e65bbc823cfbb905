"""Jobs whose code is given at run time, under a name: what a handler is, what it is given, how its args are stored."""

import inspect
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

import msgspec

from dawam.errors import ArgsError, ArgsUnreadableError, RegistrationError
from dawam.jobs.context import JobContext
from dawam.jobs.json_form import explain, plain_json
from dawam.jobs.names import checked_name
from dawam.jobs.read_back import first_unstorable

T = TypeVar("T")

_CURE = "write `async def handler(context: DynamicJobContext)`, or a plain `def`, which runs in a thread"


class AsyncServices(Protocol):
    """The services of one run, as coroutines see them."""

    async def get(self, wanted: Any, /) -> Any: ...


class BlockingServices(Protocol):
    """The services of one run, as threads see them."""

    def get(self, wanted: Any, /) -> Any: ...


class DynamicJobContext:
    """What a handler is given: the JSON value that was enqueued, the attempt, and the services of its scope."""

    def __init__(
        self,
        job: JobContext,
        args: Any,
        *,
        services: AsyncServices | None = None,
        blocking_services: BlockingServices | None = None,
    ) -> None:
        self.job = job
        """The attempt: its number, its headers, whether it should stop."""
        self.args = args
        """What was enqueued, as JSON has it: dicts, lists, texts, numbers, booleans and None."""
        self._services = services
        self._blocking_services = blocking_services

    @property
    def job_name(self) -> str:
        return self.job.name

    @property
    def text(self) -> str:
        """The args as the JSON text that is stored."""
        return self.job.args_text

    async def get(self, service: type[T]) -> T:
        """A service from the scope of this run, which is closed when the handler ends."""
        if self._services is None:
            raise RuntimeError(f"job {self.job_name!r} runs in a thread: use context.get_blocking({service.__name__})")
        found: T = await self._services.get(service)
        return found

    def get_blocking(self, service: type[T]) -> T:
        """The same for a handler that is a plain `def`, which runs in a thread."""
        if self._blocking_services is None:
            raise RuntimeError(f"job {self.job_name!r} runs on the loop: use await context.get({service.__name__})")
        found: T = self._blocking_services.get(service)
        return found


DynamicJobHandler = Callable[[DynamicJobContext], Any]
"""`async def handler(context)`, or a plain `def`, which runs in a thread. What it returns is the job's result."""


class HandlerJob:
    """A checked handler and the name of its jobs. Raises `RegistrationError` for what cannot be one."""

    def __init__(self, name: str, handler: DynamicJobHandler) -> None:
        owner = f"the handler {getattr(handler, '__qualname__', repr(handler))}"
        self.name = checked_name(name, owner)
        self.is_async = is_async_handler(checked_handler(handler, owner, _CURE))
        self._handler = handler
        self.__module__ = getattr(handler, "__module__", None) or __name__  # where its Logger is named for
        self.__qualname__ = getattr(handler, "__qualname__", type(handler).__qualname__)

    async def run(self, job: JobContext, args: Any, services: AsyncServices) -> Any:
        """Calls the handler, if it is a coroutine function."""
        return await self._handler(DynamicJobContext(job, args, services=services))

    def run_blocking(self, job: JobContext, args: Any, services: BlockingServices) -> Any:
        """Calls the handler in this thread, if it is a plain function."""
        answer = self._handler(DynamicJobContext(job, args, blocking_services=services))
        refuse_coroutine(answer, f"the handler of {self.name!r}", _CURE)
        return answer


class JsonCodec:
    """Writes and reads args that have no class: whatever has a JSON form is stored as that."""

    def __init__(self, name: str) -> None:
        self._owner = f"the args given for job {name!r}"

    def encode(self, args: Any) -> bytes:
        """The value as JSON. Raises `ArgsError` for what JSON, or a store, cannot hold."""
        try:
            data = plain_json(args)
            found = first_unstorable(args, "args")
        except RecursionError as error:
            raise ArgsError(f"{self._owner} hold themselves, or are nested too deeply to be stored") from error
        except Exception as error:
            raise ArgsError(f"{self._owner} cannot be stored: {explain(error, 'args')}") from error
        if found is not None:
            raise ArgsError(f"{self._owner} cannot be stored: {found}")
        return data

    def decode(self, data: bytes | str) -> Any:
        """The JSON value. Raises `ArgsUnreadableError`."""
        try:
            return msgspec.json.decode(data)
        except Exception as error:
            raise ArgsUnreadableError(f"stored args cannot be read: {explain(error, 'args')}") from error


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
