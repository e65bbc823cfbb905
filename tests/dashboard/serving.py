"""A shop that a browser can visit: a real server in a thread of its own, and Debian's Chromium."""

import asyncio
import os
import shutil
import threading
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, TypeVar

import pytest
import uvicorn
from playwright.sync_api import Browser, sync_playwright

from dawam.dashboard import Colour, Dashboard, DashboardOptions
from tests.dashboard.shop import ADMIN, Shop

T = TypeVar("T")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
_FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run", "--disable-quic", "--disable-dev-shm-usage",
)  # fmt: skip


class ServedShop:
    """The address, and a way to change what is in the shop meanwhile."""

    def __init__(self, shop: Shop, url: str, loop: asyncio.AbstractEventLoop) -> None:
        self.shop, self.url, self._loop = shop, url, loop

    def do(self, make: Callable[[Shop], Awaitable[T]]) -> T:
        """Does something to the shop, on its own loop."""

        async def work() -> T:
            return await make(self.shop)

        return asyncio.run_coroutine_threadsafe(work(), self._loop).result(10)


@contextmanager
def served() -> Iterator[ServedShop]:
    """A stocked shop, until the block is left."""
    ready: Future[ServedShop] = Future()
    stop: list[Callable[[], Any]] = []

    async def serve() -> None:
        async with Shop().open() as shop:
            await shop.stock()
            options = DashboardOptions(name="test", colour=Colour.GREEN)
            dashboard = Dashboard(shop.app, authenticate=ADMIN, options=options)
            config = uvicorn.Config(dashboard, port=0, log_level="error", lifespan="off")
            server = uvicorn.Server(config)
            serving = asyncio.create_task(server.serve())
            while not server.started and not serving.done():  # noqa: ASYNC110  (it tells nobody)
                await asyncio.sleep(0.01)
            port = server.servers[0].sockets[0].getsockname()[1]
            loop = asyncio.get_running_loop()

            async def end() -> None:
                await dashboard.close()
                server.should_exit = True

            stop.append(lambda: asyncio.run_coroutine_threadsafe(end(), loop).result(10))
            ready.set_result(ServedShop(shop, f"http://127.0.0.1:{port}", loop))
            await serving

    def run() -> None:
        try:
            asyncio.run(serve())
        except BaseException as error:
            if not ready.done():
                ready.set_exception(error)
            raise

    thread = threading.Thread(target=run, name="served shop")
    thread.start()
    try:
        yield ready.result(20)
    finally:
        for each in stop:
            each()
        thread.join(20)


@contextmanager
def browser() -> Iterator[Browser]:
    """Skips where there is none; in CI there has to be one."""
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("Chromium is not installed (apt-get install chromium)")
        pytest.skip("Chromium is not installed (apt-get install chromium)")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=_FLAGS)
        try:
            yield chromium
        finally:
            chromium.close()
