"""A dashboard by itself, in a process of its own: `dawam dashboard`."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager, AsyncExitStack
from socket import socket
from types import FrameType

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from dawam.app import App
from dawam.dashboard.dashboard import Dashboard
from dawam.runtime import Runtime


class _Server(uvicorn.Server):
    """Ends the streams of open pages as soon as it is told to end, because it waits for them."""

    def __init__(self, config: uvicorn.Config, dashboard: Dashboard, tell: Callable[[str], None], prefix: str) -> None:
        super().__init__(config)
        self._dashboard, self._tell, self._prefix = dashboard, tell, prefix

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        for server in self.servers:
            for each in server.sockets:
                host, port = each.getsockname()[:2]
                self._tell(f"http://{f'[{host}]' if ':' in host else host}:{port}{self._prefix}/")

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._dashboard.hush()
        super().handle_exit(sig, frame)


def serve(
    app: App, runtime: Runtime, dashboard: Dashboard, *, host: str, port: int, prefix: str, tell: Callable[[str], None]
) -> None:
    """Serves it until SIGINT or SIGTERM. The store is opened as it is, and nothing of the application is started.

    Args:
        prefix: the path under which a proxy passes it on; empty, or with a slash at its beginning.
        tell: is told the address when it is served.
    """
    asyncio.run(_serve(app.opened_as, runtime, dashboard, host, port, prefix, tell))


async def _serve(
    opened_as: Callable[[Runtime], AbstractContextManager[None]],
    runtime: Runtime,
    dashboard: Dashboard,
    host: str,
    port: int,
    prefix: str,
    tell: Callable[[str], None],
) -> None:
    async with AsyncExitStack() as closing:
        await runtime.parts.store.open(migrate=False)
        closing.push_async_callback(runtime.parts.store.close)
        closing.enter_context(opened_as(runtime))
        closing.push_async_callback(dashboard.close)
        served = Starlette(routes=[Mount(prefix, dashboard)]) if prefix else dashboard
        config = uvicorn.Config(served, host=host, port=port, lifespan="off", log_level="warning", server_header=False)
        await _Server(config, dashboard, tell, prefix).serve()
