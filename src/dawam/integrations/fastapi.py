"""FastAPI: open the application with the web server, and ask for its job manager in a route.

api = FastAPI(lifespan=lifespan(app))

@api.post("/orders/{order_id}/pay")
async def pay(order_id: int, jobs: Jobs) -> dict[str, str]:
    job = await jobs.enqueue(send_receipt.call(order_id))
    return {"job": str(job.id)}
"""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request

from dawam.app import App
from dawam.errors import NotRunningError
from dawam.inspector import JobInspector
from dawam.manager import BackgroundJobManager

_STATE = "dawam"


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
