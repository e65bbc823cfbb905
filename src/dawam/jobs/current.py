"""Which attempt the present code runs in, whom and what it works for, and what it sends along with what it enqueues.

All of that is one mapping of texts: the headers of a job. Where nobody said anything else it is the running job's own.
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import Context, ContextVar, copy_context
from typing import Any

from dawam.errors import ArgsError, NotRunningError
from dawam.jobs.context import JobContext
from dawam.jobs.read_back import first_unstorable

current_job: ContextVar[JobContext | None] = ContextVar("dawam_current_job", default=None)
"""The context of the attempt that is running here; None outside of a job."""

_carried: ContextVar[Mapping[str, str] | None] = ContextVar("dawam_carried_headers", default=None)
"""None where nobody has said anything: it is as the running job has it."""

_NOTHING: Mapping[str, str] = {}
_CORRELATION = "correlation_id"
KNOWN_HEADERS = ("tenant", "user", _CORRELATION, "traceparent", "culture")
"""What `carry` and `CurrentContext` have a name for."""


class _Same:
    def __repr__(self) -> str:
        return "SAME"


_SAME: Any = _Same()
"""Stands for what is left as it is, because None takes it away."""


@contextmanager
def carry(
    *,
    tenant: str | None = _SAME,
    user: str | None = _SAME,
    correlation_id: str | None = _SAME,
    traceparent: str | None = _SAME,
    culture: str | None = _SAME,
    **headers: str | None,
) -> Generator[None]:
    """Says whom and what the code in the block works for, here and in every job that it enqueues.

    `with carry(tenant="acme", user="lina"):` stores both with each job. While the job runs they are current again, for
    its threads, its event handlers and what it enqueues itself; `CurrentContext` reads them. What is left out stays as
    it is, and None takes it away.

    Args:
        tenant: on whose behalf the work is done; without one it is the host's own.
        user: who caused it.
        correlation_id: one id for all that came of one request. A job without one has its own id for it.
        traceparent: the trace it belongs to, as W3C Trace Context writes it.
        culture: the language of those who will read the outcome, as a tag: `ar`, `en-GB`.
        headers: texts of your own, which are found in `CurrentContext.headers` and `JobContext.headers`.

    Raises `ArgsError` for what is no text that every store can keep.
    """
    known = {"tenant": tenant, "user": user, _CORRELATION: correlation_id, "traceparent": traceparent}
    token = _carried.set(_changed(carried_headers(), {**known, "culture": culture, **headers}))
    try:
        yield
    finally:
        try:
            _carried.reset(token)
        except ValueError:
            raise NotRunningError(
                "carry(...) ended in another context than the one in which it began, so the code in between did not "
                "see it: a generator that carries must be an `async def`, as a dependency of FastAPI's"
            ) from None


def carried_headers() -> Mapping[str, str]:
    """What an enqueue here sends along: the running job's headers, or what `carry` made of them."""
    carried = _carried.get()
    if carried is not None:
        return carried
    job = current_job.get()
    return _NOTHING if job is None else correlated(job)


def correlated(job: JobContext) -> Mapping[str, str]:
    """A job's headers, with a correlation id in any case."""
    headers = job.headers
    return headers if _CORRELATION in headers else {**headers, _CORRELATION: str(job.id)}


def with_tenant(headers: Mapping[str, str], tenant: str | None) -> Mapping[str, str]:
    """The same headers for this tenant, or for none."""
    return _changed(headers, {"tenant": tenant})


def work_for(tenant: str | None) -> None:
    """From now on, and until the present task ends, the tenant is this one. For the executor."""
    _carried.set(with_tenant(carried_headers(), tenant))


def fresh_context() -> Context:
    """A copy of the present context in which nobody carries anything: what a host's jobs and ticks begin with.

    Whoever started the host may have worked for somebody, which says nothing about the jobs.
    """
    context = copy_context()
    context.run(_forget)
    return context


def _forget() -> None:
    _carried.set(None)
    current_job.set(None)


def _changed(headers: Mapping[str, str], changes: Mapping[str, str | None]) -> Mapping[str, str]:
    changed = dict(headers)
    for name, value in changes.items():
        if value is None:
            changed.pop(name, None)
        elif value is not _SAME:
            changed[name] = _checked(name, value)
    return changed


def _checked(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise ArgsError(f"carry({name}={value!r}): a text was expected, as in str(...), or None to take it away")
    found = first_unstorable(name, "a header's name") or first_unstorable(value, f"carry({name}=...)")
    if found is not None:
        raise ArgsError(f"it cannot be carried: {found}")
    return value


class CurrentContext:
    """Whom and what the present code works for. Inject it: `def __init__(self, current: CurrentContext)`.

    It holds nothing itself: each property answers for the moment in which it is read, so that singletons may keep it.
    Where nothing is injected, `CurrentContext().tenant` says the same. `carry` changes what it answers.
    """

    @property
    def tenant(self) -> str | None:
        """On whose behalf this is done; None for the host's own work."""
        return carried_headers().get("tenant")

    @property
    def user(self) -> str | None:
        """Who caused it."""
        return carried_headers().get("user")

    @property
    def correlation_id(self) -> str | None:
        """One id for all that came of one request; in a job never None."""
        return carried_headers().get(_CORRELATION)

    @property
    def traceparent(self) -> str | None:
        """The trace it belongs to, as W3C Trace Context writes it."""
        return carried_headers().get("traceparent")

    @property
    def culture(self) -> str | None:
        """The language of those who will read the outcome, as a tag: `ar`, `en-GB`."""
        return carried_headers().get("culture")

    @property
    def headers(self) -> Mapping[str, str]:
        """All of it, with the texts of your own."""
        return dict(carried_headers())
