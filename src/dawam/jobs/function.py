"""Function jobs: a plain function with its real signature, that can be enqueued."""

import functools
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Generic, ParamSpec, Protocol, TypeVar

from dawam.errors import NotRunningError, RegistrationError
from dawam.jobs.args import checked_aliases
from dawam.jobs.awaited import Enqueueing
from dawam.jobs.enqueued import EnqueuedJob
from dawam.jobs.names import checked_name, importable_module
from dawam.jobs.options import JobOptions
from dawam.jobs.signature import FunctionSignature

P = ParamSpec("P")
R_co = TypeVar("R_co", covariant=True)


class Enqueuer(Protocol):
    """Whoever stores the calls of function jobs: a running application, or a test harness."""

    async def enqueue_call(self, call: "JobCall[Any]") -> EnqueuedJob[Any]: ...

    def enqueue_call_sync(self, call: "JobCall[Any]") -> EnqueuedJob[Any]: ...


@dataclass(frozen=True, slots=True)
class JobCall(Generic[R_co]):
    """A call of a function job that has not happened: the function, and the args to store."""

    function: "JobFunction[..., R_co]"
    args: Any

    @property
    def job_name(self) -> str:
        return self.function.name


class JobFunction(Generic[P, R_co]):
    """A function that is a job. Calling it runs the plain function, as a unit test does.

    `greet.enqueue("Amal")` stores a call of it; `greet.call("Amal")` is the same as a value, for
    `jobs.enqueue(greet.call("Amal"), delay=...)`.
    """

    def __init__(
        self,
        function: Callable[P, Any],
        *,
        name: str | None = None,
        aliases: tuple[str, ...] = (),
        options: JobOptions | None = None,
    ) -> None:
        """`name` is what is stored; left out, it is the function's module and name."""
        owner = f"the job function {_checked_function(function).__qualname__}"
        functools.update_wrapper(self, function)
        self.signature = FunctionSignature(function)
        self.name = checked_name(f"{importable_module(function)}.{function.__name__}" if name is None else name, owner)
        self.aliases = checked_aliases(aliases, owner)
        self.options = options or JobOptions()
        self.function = _by_keyword(function, self.signature.positional_only)
        """Takes every parameter by keyword, whatever the plain function asks for: the host calls it so."""
        self._plain = function
        self._enqueuers: list[Enqueuer] = []

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Any:
        """Runs the plain function here and now."""
        return self._plain(*args, **kwargs)

    def call(self, *args: P.args, **kwargs: P.kwargs) -> JobCall[R_co]:
        """The call as a value, to be enqueued. Raises `ArgsError` when the function could not be called so."""
        return JobCall(self, self.signature.bind(*args, **kwargs))

    def enqueue(self, *args: P.args, **kwargs: P.kwargs) -> Coroutine[Any, Any, EnqueuedJob[R_co]]:
        """Enqueues a call of this function; await it."""
        call = self.call(*args, **kwargs)
        return Enqueueing(self._enqueuer().enqueue_call(call), call)

    def enqueue_sync(self, *args: P.args, **kwargs: P.kwargs) -> EnqueuedJob[R_co]:
        """Enqueues a call of this function from code that is not async."""
        return self._enqueuer().enqueue_call_sync(self.call(*args, **kwargs))

    def bind(self, enqueuer: Enqueuer) -> None:
        """From now on `enqueue` goes to this enqueuer; the one before takes over again at its `unbind`."""
        self._enqueuers.append(enqueuer)

    def unbind(self, enqueuer: Enqueuer) -> None:
        """Takes an enqueuer away, wherever it stands; one that is not bound is no error."""
        for index in reversed(range(len(self._enqueuers))):
            if self._enqueuers[index] is enqueuer:
                del self._enqueuers[index]
                return

    def _enqueuer(self) -> Enqueuer:
        if not self._enqueuers:
            raise NotRunningError(
                f"job {self.name!r} cannot be enqueued, because its application is not open: open it with "
                "`async with app:` around this call"
            )
        return self._enqueuers[-1]

    def __repr__(self) -> str:
        return f"<job function {self.name}>"


def _checked_function(function: Any) -> Callable[..., Any]:
    if not callable(function) or isinstance(function, type) or not hasattr(function, "__qualname__"):
        raise RegistrationError(f"{function!r} is no function: a `def` or an `async def` was expected")
    checked: Callable[..., Any] = function
    return checked


def _by_keyword(function: Callable[..., Any], positional_only: tuple[str, ...]) -> Callable[..., Any]:
    if not positional_only:
        return function

    @functools.wraps(function)
    def by_keyword(**arguments: Any) -> Any:
        first = [arguments.pop(name) for name in positional_only]
        return function(*first, **arguments)

    return by_keyword
