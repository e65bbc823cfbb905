"""One job as the application knows it: its names, how its args are stored, its options, and what runs it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dawam.jobs.codec import ArgsCodec, ResultCodec
from dawam.jobs.function import JobFunction
from dawam.jobs.generics import origin_of
from dawam.jobs.handlers import HandlerJob, JsonCodec
from dawam.jobs.job import AsyncBackgroundJob, BackgroundJob
from dawam.jobs.options import JobOptions
from dawam.jobs.tenancy import is_multi_tenant

Target = type[AsyncBackgroundJob[Any]] | type[BackgroundJob[Any]] | JobFunction[..., Any] | HandlerJob


@dataclass(frozen=True, slots=True, kw_only=True)
class JobDefinition:
    """One checked job: how its args are stored, and what runs them."""

    name: str
    aliases: tuple[str, ...]
    args_type: Any
    args_version: int
    codec: ArgsCodec[Any] | JsonCodec
    result_codec: ResultCodec
    options: JobOptions
    target: Target | None
    """None: only the args are known, so this process can enqueue the job but not run it."""
    is_async: bool
    can_run: bool = field(init=False)
    function: JobFunction[..., Any] | None = field(init=False)
    """The target, where it is a function job."""
    handler: HandlerJob | None = field(init=False)
    """The target, where it was given at run time."""
    injected: Mapping[str, Any] = field(init=False)
    """Of a function: parameter -> what to inject. A class says so in its constructor."""
    runs_in_thread: bool = field(init=False)
    """Whether it takes a thread of its host's."""
    is_multi_tenant: bool = field(init=False)
    """Whether its args say for which tenant it runs."""

    def __post_init__(self) -> None:
        """Works out once what is asked for every job."""
        function = self.target if isinstance(self.target, JobFunction) else None
        object.__setattr__(self, "can_run", self.target is not None)
        object.__setattr__(self, "function", function)
        object.__setattr__(self, "runs_in_thread", not self.is_async and self.options.runs_in == "host")
        object.__setattr__(self, "handler", self.target if isinstance(self.target, HandlerJob) else None)
        object.__setattr__(self, "injected", {} if function is None else function.signature.injected)
        marked = is_multi_tenant(origin_of(self.args_type)) or is_multi_tenant(function)
        object.__setattr__(self, "is_multi_tenant", marked)
