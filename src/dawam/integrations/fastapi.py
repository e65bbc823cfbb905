"""FastAPI: open the application with the web server, and ask for its job manager in a route.

api = FastAPI(lifespan=lifespan(app))

@api.post("/orders/{order_id}/pay")
async def pay(order_id: int, jobs: Jobs) -> dict[str, str]:
    job = await jobs.enqueue(send_receipt.call(order_id))
    return {"job": str(job.id)}
"""

import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Annotated, Any
from uuid import uuid4

from fastapi import Depends, FastAPI, Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dawam.app import App
from dawam.errors import NotRunningError
from dawam.inspector import JobInspector
from dawam.jobs.current import carry
from dawam.manager import BackgroundJobManager

_STATE = "dawam"
_CORRELATION = "x-correlation-id"
_ID = re.compile(r"[!-~]{1,128}")
_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_LANGUAGE = re.compile(r"\s*([A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*)\s*(?:;\s*q=([01](?:\.\d{0,3})?)\s*)?")


def lifespan(app: App, *, run_host: bool = False) -> Callable[[FastAPI], AbstractAsyncContextManager[dict[str, Any]]]:
    """What `FastAPI(lifespan=...)` takes: opens the application before the first request, closes it after the last.

    By default this process only enqueues and `dawam run` executes in another; `run_host=True` runs jobs and workers
    here too. Signals stay the web server's business.
    """

    @asynccontextmanager
    async def opened(api: FastAPI) -> AsyncGenerator[dict[str, Any]]:
        async with app.open(run_host=run_host):
            setattr(api.state, _STATE, app)  # for those who call this inside a lifespan of their own
            yield {_STATE: app}

    return opened


def get_app(request: Request) -> App:
    """The application that `lifespan` opened."""
    app = getattr(request.state, _STATE, None) or getattr(request.app.state, _STATE, None)
    if not isinstance(app, App):
        raise NotRunningError(
            "no Dawam application is open here: FastAPI(lifespan=dawam.integrations.fastapi.lifespan(app))"
        )
    return app


def get_jobs(request: Request) -> BackgroundJobManager:
    return get_app(request).jobs


def get_inspector(request: Request) -> JobInspector:
    return get_app(request).inspector


Jobs = Annotated[BackgroundJobManager, Depends(get_jobs)]
"""The job manager, as a parameter of a route."""
Inspector = Annotated[JobInspector, Depends(get_inspector)]
"""The read side, as a parameter of a route."""


def from_scope(wanted: type[Any]) -> Callable[[Request], AsyncIterator[Any]]:
    """A dependency that resolves `wanted` in a scope of its own for the request: `Depends(from_scope(Products))`."""

    async def resolve(request: Request) -> AsyncIterator[Any]:
        async with get_app(request).scope() as scope:
            yield await scope.get(wanted)

    return resolve


class ContextMiddleware:
    """Carries what a request says of itself into the jobs that it enqueues: `api.add_middleware(ContextMiddleware)`.

    Read are `traceparent`, `x-correlation-id` (or else `x-request-id`) and `accept-language`; what does not look like
    one is left out. A request without an id gets a new one, and the answer says it in `x-correlation-id`. Tenant and
    user are for your own code to `carry`, once it knows who asks.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        asked = _matching(_ID, headers.get(_CORRELATION)) or _matching(_ID, headers.get("x-request-id"))
        correlation_id = asked or uuid4().hex

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                message.setdefault("headers", [])  # which a mounted application may leave out
                MutableHeaders(scope=message).setdefault(_CORRELATION, correlation_id)
            await send(message)

        traceparent = _matching(_TRACEPARENT, headers.get("traceparent"))
        culture = _preferred_language(headers.get("accept-language", ""))
        with carry(correlation_id=correlation_id, traceparent=traceparent, culture=culture):
            await self._app(scope, receive, answer)


def _matching(form: re.Pattern[str], text: str | None) -> str | None:
    return text if text is not None and form.fullmatch(text) else None


def _preferred_language(accepted: str) -> str | None:
    """The tag with the greatest weight, the first one of several; None where none is wanted."""
    found = [match for part in accepted.split(",") if (match := _LANGUAGE.fullmatch(part))]
    best = max(found, key=_weight, default=None)
    return best[1] if best is not None and _weight(best) > 0 else None


def _weight(language: re.Match[str]) -> float:
    return float(language[2] or 1)
