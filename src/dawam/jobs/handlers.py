"""Jobs whose code is given at run time, under a name: what a handler is, what it is given, how its args are stored."""

from collections.abc import Callable
from typing import Any

import msgspec

from dawam.errors import ArgsError, ArgsUnreadableError
from dawam.jobs.context import JobContext
from dawam.jobs.handler_check import checked_handler, is_async_handler, refuse_coroutine
from dawam.jobs.json_form import explain, plain_json
from dawam.jobs.names import checked_name
from dawam.jobs.read_back import first_unstorable
from dawam.jobs.run_services import AsyncServices, BlockingServices, RunServices

_CURE = "write `async def handler(context: DynamicJobContext)`, or a plain `def`, which runs in a thread"


class DynamicJobContext(RunServices):
    """What a handler is given: the JSON value that was enqueued, the attempt, and the services of its scope."""

    def __init__(
        self,
        job: JobContext,
        args: Any,
        *,
        services: AsyncServices | None = None,
        blocking_services: BlockingServices | None = None,
    ) -> None:
        super().__init__(f"job {job.name!r}", services, blocking_services)
        self.job = job
        """The attempt: its number, its headers, whether it should stop."""
        self.args = args
        """What was enqueued, as JSON has it: dicts, lists, texts, numbers, booleans and None."""

    @property
    def job_name(self) -> str:
        return self.job.name

    @property
    def text(self) -> str:
        """The args as the JSON text that is stored."""
        return self.job.args_text


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
