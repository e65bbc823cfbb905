"""From what a caller passes to a `NewJob`: looked up, checked, encoded. Nothing is stored here."""

import inspect
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypedDict, TypeGuard, cast

from msgspec import Struct

from dawam.clock import Clock
from dawam.errors import ArgsError, ArgsTooLargeError, EnqueueOptionError, UnknownJobError
from dawam.events.lifecycle import ArgsLarge, LifecycleEvents
from dawam.ids import new_id
from dawam.jobs.absent import ABSENT
from dawam.jobs.current import carried_headers, current_job, with_tenant
from dawam.jobs.definition import JobDefinition
from dawam.jobs.function import JobCall, JobFunction
from dawam.jobs.handlers import JsonCodec
from dawam.jobs.options import BackgroundJobOptions
from dawam.jobs.options_check import QUEUE_NAME_RULE, is_queue_name
from dawam.jobs.priority import Priority
from dawam.jobs.read_back import first_unstorable
from dawam.jobs.record import NewJob
from dawam.jobs.registry import JobRegistry
from dawam.jobs.tenancy import tenant_of


class EnqueueWords(TypedDict, total=False):
    """What an enqueue can be told beside the job and its args; what is left out, or None, is as the job declares."""

    priority: Priority | None
    """Higher ones run first."""
    delay: timedelta | None
    """Not before that time has passed."""
    run_at: datetime | None
    """Not before that moment, which has a time zone; `delay` is the other way to say it."""
    queue: str | None
    headers: Mapping[str, str] | None
    """Texts that the running job finds in `JobContext.headers`, beside those of `carry`."""
    transaction: object
    """The connection or session of the caller's own transaction, on the job store's database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnqueueOptions:
    """`EnqueueWords` without the transaction, which is not the job's."""

    priority: Priority | None = None
    delay: timedelta | None = None
    run_at: datetime | None = None
    queue: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    @classmethod
    def of(cls, words: EnqueueWords) -> "EnqueueOptions":
        """Raises `TypeError` for a word that nobody knows, as a call does."""
        if not words:
            return _AS_DECLARED
        unknown = words.keys() - EnqueueWords.__annotations__.keys()
        if unknown:
            known = ", ".join(EnqueueWords.__annotations__)
            raise TypeError(f"enqueue got an unexpected keyword argument {min(unknown)!r}; it knows {known}")
        return cls(
            priority=words.get("priority"),
            delay=words.get("delay"),
            run_at=words.get("run_at"),
            queue=words.get("queue"),
            headers=words.get("headers") or {},
        )


_AS_DECLARED = EnqueueOptions()


class Prepared(Struct, frozen=True):
    """A job that is ready to be stored, and what it was made from."""

    job: NewJob
    definition: JobDefinition


class _Kind(Struct, frozen=True):
    """What jobs of one definition that are enqueued together have in common."""

    definition: JobDefinition
    queue: str
    priority: Priority

    @classmethod
    def of(cls, definition: JobDefinition, options: EnqueueOptions) -> "_Kind":
        queue = _checked_queue(options.queue) or definition.options.queue
        return cls(definition, queue, _checked_priority(options.priority) or definition.options.priority)


class JobPreparation:
    """Looks up, checks and encodes. Every refusal is an `EnqueueError`, and leaves nothing behind."""

    def __init__(
        self, registry: JobRegistry, options: BackgroundJobOptions, clock: Clock, events: LifecycleEvents
    ) -> None:
        self._registry, self._options, self._clock, self._events = registry, options, clock, events

    def prepare(self, job: Any, args: Any, options: EnqueueOptions) -> Prepared:
        """`job` is a `JobCall`, a job class (with `args`), a name (with a mapping as `args`), or args alone."""
        definition, value = self._resolve(job, args)
        return self._made(_Kind.of(definition, options), value, options)

    def prepare_many(self, jobs: Iterable[Any], options: EnqueueOptions) -> Iterator[Prepared]:
        """The same for calls and args; what those of one kind have in common is found out once."""
        kinds = dict[object, _Kind]()
        for job in jobs:
            what: object
            what, args = (job.function, job.args) if _is_call(job) else (cast("object", type(job)), job)
            kind = kinds.get(what)
            if kind is None:
                definition, _ = self._resolve(job, ABSENT)
                kind = kinds[what] = _Kind.of(definition, options)
            yield self._made(kind, args, options)

    def _made(self, kind: "_Kind", args: Any, options: EnqueueOptions) -> Prepared:
        definition, now = kind.definition, self._clock.now()
        data = definition.codec.encode(args)
        self._check_size(definition.name, len(data))
        parent = current_job.get()
        new_job = NewJob(
            id=new_id(),
            name=definition.name,
            args=data,
            args_version=definition.args_version,
            queue=kind.queue,
            priority=kind.priority,
            created_at=now,
            run_at=_run_at(options, now),
            headers=_headers(definition, args, options.headers),
            parent=parent.id if parent is not None else None,
        )
        return Prepared(new_job, definition)

    def _resolve(self, job: Any, args: Any) -> tuple[JobDefinition, Any]:
        if _is_call(job):
            if args is not ABSENT:
                raise ArgsError(f"enqueue({job.job_name}.call(...), ...) got args twice: they belong into the call")
            return self._registry.for_call(job), job.args
        if isinstance(job, str):
            return self._by_name(job, args)
        if isinstance(job, JobFunction) or inspect.iscoroutine(job):
            raise _no_call(job)
        if args is not ABSENT:
            return self._registry.for_class(job), args
        if isinstance(job, type):
            raise ArgsError(f"enqueue({job.__qualname__}) got a class and no args: enqueue({job.__qualname__}, args)")
        return self._registry.for_args(type(job)), job

    def _by_name(self, name: str, args: Any) -> tuple[JobDefinition, Any]:
        definition = self._registry.find(name)
        if definition is None:
            nearest = self._registry.nearest(name)
            hint = f"; did you mean {nearest!r}?" if nearest else ""
            raise UnknownJobError(f"no job is registered under the name {name!r}{hint}")
        if isinstance(definition.codec, JsonCodec):
            if args is ABSENT:
                raise ArgsError(f"enqueue({name!r}) got no args: a JSON value was expected, None where there are none")
            return definition, args
        if not isinstance(args, Mapping):
            raise ArgsError(
                f"enqueue({name!r}, ...) takes the args as a mapping of their fields, not {type(args).__name__}"
            )
        fields = cast("Mapping[str, Any]", args)
        return definition, definition.codec.of_fields(fields, f"the args given for job {name!r}")

    def _check_size(self, name: str, size: int) -> None:
        if size > self._options.args_size_limit:
            raise ArgsTooLargeError(name, size, self._options.args_size_limit)
        if size > self._options.args_size_warning:
            self._events.emit(ArgsLarge(name, size, self._options.args_size_warning))


def _no_call(job: Any) -> ArgsError:
    """For who passed a job function, or what calling it gave, in place of its call as a value."""
    if inspect.iscoroutine(job):
        job.close()  # else Python would warn that it was never awaited
        name = job.__name__
        return ArgsError(f"enqueue({name}(...)) got a coroutine, the work itself: enqueue({name}.call(...))")
    name = job.function.__name__
    return ArgsError(f"enqueue({name}, ...) got the function: enqueue({name}.call(...)), or {name}.enqueue(...)")


def _is_call(job: object) -> TypeGuard[JobCall[Any]]:
    return isinstance(job, JobCall)


def _run_at(options: EnqueueOptions, now: datetime) -> datetime:
    if options.delay is not None and options.run_at is not None:
        raise EnqueueOptionError("enqueue got both delay= and run_at=: one of them was expected")
    if options.delay is not None:
        return _after(options.delay, now)
    if options.run_at is None:
        return now
    if not isinstance(options.run_at, datetime):
        raise EnqueueOptionError(f"run_at={options.run_at!r}: an aware datetime was expected")
    if options.run_at.tzinfo is None:
        raise EnqueueOptionError(
            f"run_at={options.run_at!r} has no time zone, so nobody knows which moment it is: use "
            "datetime.now(UTC), or datetime(..., tzinfo=ZoneInfo(...))"
        )
    try:
        return options.run_at.astimezone(UTC)
    except OverflowError as error:
        raise EnqueueOptionError(f"run_at={options.run_at!r} lies beyond the years 1 to 9999 in UTC") from error


def _after(delay: timedelta, now: datetime) -> datetime:
    if not isinstance(delay, timedelta):
        raise EnqueueOptionError(f"delay={delay!r}: a timedelta was expected, as in timedelta(seconds=5)")
    if delay < timedelta(0):
        raise EnqueueOptionError(
            f"delay=timedelta(seconds={delay.total_seconds():g}) lies in the past: zero or more was expected"
        )
    try:
        return now + delay
    except OverflowError as error:
        raise EnqueueOptionError(f"delay={delay!r} reaches beyond the year 9999") from error


def _checked_queue(queue: str | None) -> str | None:
    if queue is not None and not is_queue_name(queue):
        raise EnqueueOptionError(f"queue={queue!r}: {QUEUE_NAME_RULE} was expected")
    return queue


def _checked_priority(priority: Priority | None) -> Priority | None:
    if priority is None:
        return None
    try:
        return Priority(priority)
    except ValueError:
        raise EnqueueOptionError(
            f"priority={priority!r}: one of {', '.join(Priority.__members__)} was expected"
        ) from None


def _headers(definition: JobDefinition, args: Any, given: Mapping[str, str]) -> Mapping[str, str]:
    """What is carried here (checked when it was said), what the call adds, and above both the tenant of the args."""
    headers = carried_headers()
    if given:
        headers = {**headers, **_checked_headers(given)}
    return with_tenant(headers, tenant_of(args)) if definition.is_multi_tenant else headers


def _checked_headers(headers: Mapping[str, str]) -> Mapping[str, str]:
    for key, value in headers.items():
        if not isinstance(key, str) or not isinstance(value, str):
            raise ArgsError(f"headers={{{key!r}: {value!r}}}: texts were expected on both sides")
        found = first_unstorable(key, "a header's name") or first_unstorable(value, f"the header {key!r}")
        if found is not None:
            raise ArgsError(f"the headers cannot be stored: {found}")
    return headers
