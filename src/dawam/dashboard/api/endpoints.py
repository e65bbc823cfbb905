"""The addresses of the API, each with what it takes and gives; and their description, made from this table."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import msgspec
from msgspec import Struct

from dawam.dashboard.access import Role
from dawam.dashboard.api import acting, reading
from dawam.dashboard.api.bodies import (
    ActionBody,
    BulkAnswer,
    BulkBody,
    ChangeBody,
    Done,
    Enqueued,
    ErrorBody,
    HostBody,
    HostVerbBody,
    JobPage,
    MarkBody,
    NewJobBody,
    Overview,
    QueueBody,
    QueueVerbBody,
    Refusal,
    WholeJob,
    WorkerBody,
    WorkerVerbBody,
)
from dawam.dashboard.api.reading import MOST, PAGE
from dawam.dashboard.spans import SPANS
from dawam.version import __version__

PREFIX = "/api/v1"
Handler = Callable[..., Awaitable[Any]]
_TEXT = {"type": "string"}


class Query(Struct, frozen=True):
    """A word of the address, behind the question mark."""

    name: str
    text: str
    schema: Mapping[str, Any] = MappingProxyType(_TEXT)


_Q = Query("q", "which jobs, as the search of the page takes it: state:failed queue:mail args:customer.id=12")
_AFTER = Query("after", "where to go on: what the page before named as `next_after`, or the id of its last one")
_AFTER_ACTION = Query("after", "the id of the last action of the page before")
_LIMIT = Query("limit", "how many", {"type": "integer", "minimum": 1, "maximum": MOST, "default": PAGE})
_SPAN = Query("span", "how far back", {"type": "string", "enum": [*SPANS]})


class Endpoint(Struct, frozen=True, kw_only=True):
    """One of them. Its handler's docstring says what it does."""

    path: str
    handler: Handler
    answer: Any
    method: str = "GET"
    role: Role = Role.VIEW
    body: Any = None
    query: Sequence[Query] = ()


ENDPOINTS = (
    Endpoint(path="/overview", handler=reading.overview, answer=Overview),
    Endpoint(path="/jobs", handler=reading.jobs, answer=JobPage, query=(_Q, _AFTER, _LIMIT)),
    Endpoint(path="/jobs/{id}", handler=reading.job, answer=WholeJob),
    Endpoint(path="/errors", handler=reading.errors, answer=list[ErrorBody], query=(_SPAN,)),
    Endpoint(path="/queues", handler=reading.queues, answer=list[QueueBody]),
    Endpoint(path="/hosts", handler=reading.hosts, answer=list[HostBody]),
    Endpoint(path="/workers", handler=reading.workers, answer=list[WorkerBody]),
    Endpoint(path="/actions", handler=reading.actions, answer=list[ActionBody], query=(_AFTER_ACTION, _LIMIT)),
    Endpoint(
        path="/jobs", handler=acting.enqueue, answer=Enqueued, method="POST", role=Role.OPERATE, body=NewJobBody
    ),
    Endpoint(
        path="/jobs/change", handler=acting.change_all, answer=BulkAnswer, method="POST", role=Role.OPERATE,
        body=BulkBody,
    ),
    Endpoint(
        path="/jobs/{id}", handler=acting.change, answer=Done, method="POST", role=Role.OPERATE, body=ChangeBody
    ),
    Endpoint(
        path="/queues/{name}", handler=acting.change_queue, answer=Done, method="POST", role=Role.OPERATE,
        body=QueueVerbBody,
    ),
    Endpoint(
        path="/hosts/{id}", handler=acting.command_host, answer=Done, method="POST", role=Role.OPERATE,
        body=HostVerbBody,
    ),
    Endpoint(
        path="/workers/{name}", handler=acting.change_worker, answer=Done, method="POST", role=Role.OPERATE,
        body=WorkerVerbBody,
    ),
    Endpoint(
        path="/errors/{fingerprint}", handler=acting.mark_error, answer=Done, method="POST", role=Role.OPERATE,
        body=MarkBody,
    ),
    Endpoint(path="/actions/{id}/stop", handler=acting.stop_action, answer=Done, method="POST", role=Role.OPERATE),
)  # fmt: skip
_REFUSALS = {
    "400": "what was asked for cannot be meant",
    "401": "nobody who is known asks",
    "403": "whoever asks may not do it",
    "404": "there is no such thing (any more)",
    "413": "the body is too large",
    "415": "the body is no JSON",
    "503": "the store is away, or the application is not open",
}


def description(server: str) -> dict[str, Any]:
    """OpenAPI 3.1. `server` is the path under which the API is."""
    types = [each for endpoint in ENDPOINTS for each in (endpoint.answer, endpoint.body) if each is not None]
    schemas, components = msgspec.json.schema_components([*types, Refusal], ref_template="#/components/schemas/{name}")
    known = dict(zip(map(repr, [*types, Refusal]), schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for each in ENDPOINTS:
        paths.setdefault(each.path, {})[each.method.lower()] = _operation(each, known)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Dawam", "version": __version__, "description": "Jobs, workers, hosts and errors."},
        "servers": [{"url": server}],
        "paths": paths,
        "components": {"schemas": components},
    }


def _operation(endpoint: Endpoint, known: dict[str, Any]) -> dict[str, Any]:
    names = [part[1:-1] for part in endpoint.path.split("/") if part.startswith("{")]
    parameters: list[Any] = [{"name": name, "in": "path", "required": True, "schema": _TEXT} for name in names]
    parameters += [
        {"name": each.name, "in": "query", "description": each.text, "schema": dict(each.schema)}
        for each in endpoint.query
    ]
    refusal = {"application/json": {"schema": known[repr(Refusal)]}}
    answers: dict[str, Any] = {code: {"description": said, "content": refusal} for code, said in _REFUSALS.items()}
    fine = {"application/json": {"schema": known[repr(endpoint.answer)]}}
    said: dict[str, Any] = {
        "operationId": endpoint.handler.__name__,
        "summary": (endpoint.handler.__doc__ or "").strip(),
        "description": f"Needs the role {endpoint.role.name.lower()}.",
        "parameters": parameters,
        "responses": {"200": {"description": "it is so", "content": fine}, **answers},
    }
    if endpoint.body is not None:
        schema = {"application/json": {"schema": known[repr(endpoint.body)]}}
        said["requestBody"] = {"required": True, "content": schema}
    return said
