"""`make screenshots`: pictures of the dashboard for the documentation, of a shop that really runs."""

import asyncio
import logging
import random
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import uvicorn
from playwright.sync_api import Browser
from starlette.applications import Starlette
from starlette.routing import Mount

from dawam import App, Retry
from dawam.dashboard import Colour, Dashboard, DashboardOptions
from tests.dashboard.serving import browser

FOLDER = Path(__file__).parents[2] / "docs" / "howto" / "pictures" / "dashboard"
PORT = 8099
RUNS_FOR = 75
"""Seconds: so that there is something to see, and that hosts have told of it."""
WIDE, NARROW = (1280, 860), (390, 844)
PAGES = {
    "overview": "/",
    "jobs": "/jobs?q=state:failed",
    "job": "/jobs?q=state:failed name:reports.daily",
    "enqueue": "/jobs/new?name=orders.charge",
    "errors": "/errors",
    "error": "/errors",
    "names": "/names",
    "name": "/names",
    "queues": "/queues",
    "queue": "/queue?name=mail",
    "workers": "/workers",
    "worker": "/worker?name=stock.check",
    "hosts": "/hosts",
    "store": "/store?measure=yes",
    "audit": "/audit",
}
chance = random.Random(7)
log = logging.getLogger("shop.reports")
log.setLevel(logging.INFO)


class OutOfPaperError(Exception):
    """The printer has none."""


def shop_app() -> App:
    """A shop that sends receipts, charges cards, and makes reports that fail now and then."""
    app = App(store="memory://")

    @app.job("orders.receipt", queue="mail")
    async def receipt(order: int, email: str) -> None:
        await asyncio.sleep(chance.random() / 20)
        if chance.random() < 0.04:
            raise TimeoutError("smtp.example.com did not answer in 10 s")

    @app.job("orders.charge", retry=Retry(first_wait=timedelta(seconds=20)))
    async def charge(order: int, amount: str) -> str:
        await asyncio.sleep(chance.random() / 5)
        if chance.random() < 0.03:
            raise ConnectionError(f"the bank refused the connection for order {order}")
        return "paid"

    @app.job("reports.daily", queue="reports", retry=Retry(max_attempts=1))
    async def report(day: str) -> None:
        log.info("collecting the orders of %s", day)
        await asyncio.sleep(1 + chance.random())
        log.info("14 pages are written; the printer is %s", "hall-2")
        await asyncio.sleep(1)
        if chance.random() < 0.5:
            log.warning("tray 2 is empty: tray 3 has the wrong size")
            raise OutOfPaperError(f"tray 2 is empty, and the report of {day} has 14 pages")

    @app.worker(name="stock.check", every=timedelta(seconds=5))
    async def check() -> None:
        await asyncio.sleep(chance.random() / 10)
        if chance.random() < 0.2:
            raise ConnectionError("the supplier does not answer")

    @app.worker(name="logs.cleanup", cron="0 3 * * *", time_zone="Asia/Riyadh")
    async def cleanup() -> None: ...

    return app


async def feed(app: App) -> None:
    """Orders come in, as long as it is asked."""
    jobs, number = app.dynamic_jobs, 0
    while True:
        number += 1
        await jobs.enqueue("orders.receipt", {"order": number, "email": "amal@example.com"})
        await jobs.enqueue("orders.charge", {"order": number, "amount": "12.50"})
        if number % 12 == 0:
            await jobs.enqueue("reports.daily", {"day": "2026-11-27"})
        await asyncio.sleep(0.12)


async def people(app: App) -> None:
    """Amal does this and that."""
    amal = app.control.by("amal", via="dashboard", reason="the paper came")
    for job in await app.inspector.get_jobs(state="failed", max_result_count=3):
        await amal.retry(job.id)
    await app.workers.by("yusuf", via="command line").trigger("stock.check")


def serve(stop: threading.Event, ready: threading.Event) -> None:
    """The shop, until it is told to stop."""
    app = shop_app()
    dashboard = Dashboard(app, options=DashboardOptions(name="production", colour=Colour.RED))

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with app:
            feeding = asyncio.create_task(feed(app))
            await asyncio.sleep(RUNS_FOR)
            await people(app)
            yield
            feeding.cancel()

    web = Starlette(routes=[Mount("/dawam", dashboard)], lifespan=lifespan)
    server = uvicorn.Server(uvicorn.Config(web, port=PORT, log_level="warning"))

    async def run() -> None:
        serving = asyncio.create_task(server.serve())
        while not server.started and not serving.done():  # noqa: ASYNC110  (it tells nobody)
            await asyncio.sleep(0.1)
        ready.set()
        if not serving.done():
            await asyncio.to_thread(stop.wait)
        await dashboard.close()
        server.should_exit = True
        await serving

    asyncio.run(run())


def take(chromium: Browser, name: str, *, language: str, scheme: str, size: tuple[int, int], tail: str) -> None:
    """One picture."""
    context = chromium.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme=scheme,
        locale=language,
        reduced_motion="reduce",  # type: ignore[arg-type]
    )
    page = context.new_page()
    page.goto(f"http://localhost:{PORT}/dawam{PAGES[name]}")
    if name in ("job", "error", "name"):
        page.locator("tbody a, .list a").first.click()
    page.wait_for_timeout(400)  # charts are drawn after the page has come
    page.screenshot(path=FOLDER / f"{name}.{tail}.png")
    context.close()


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    stop, ready = threading.Event(), threading.Event()
    serving = threading.Thread(target=serve, args=(stop, ready))
    serving.start()
    print(f"the shop runs for {RUNS_FOR} s first")
    ready.wait()
    try:
        with browser() as chromium:
            for name in PAGES:
                take(chromium, name, language="en", scheme="light", size=WIDE, tail="light.en")
                take(chromium, name, language="ar", scheme="dark", size=WIDE, tail="dark.ar")
                take(chromium, name, language="ar", scheme="light", size=NARROW, tail="phone.ar")
                take(chromium, name, language="en", scheme="dark", size=NARROW, tail="phone.en")
    finally:
        stop.set()
        serving.join()
    print(f"{len(PAGES) * 4} pictures in {FOLDER}")


if __name__ == "__main__":
    main()
