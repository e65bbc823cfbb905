"""The shop on which bad inputs are tried: one job that is right in every way, and its store."""

import sqlite3
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

from dawam import App, AsyncBackgroundJob, Module, Services, job_args
from dawam.composition import MakeStore
from dawam.opening import make_store
from tests.support.applications import built


@job_args("shop.ship-order")
@dataclass(frozen=True)
class ShipOrderArgs:
    order_id: int
    note: str = ""
    weight: float = 0.0


class ShipOrderJob(AsyncBackgroundJob[ShipOrderArgs]):
    async def execute(self, args: ShipOrderArgs) -> None:
        """There is nothing to ship."""


class ShopModule(Module):
    def configure_services(self, services: Services) -> None:
        services.add_job(ShipOrderJob)


class Shop:
    """An open application that only enqueues, and its file."""

    def __init__(self, app: App, path: Path) -> None:
        self.app, self.path = app, path

    def stored(self) -> int:
        """How many jobs there are, as plain SQL counts them."""
        with closing(sqlite3.connect(self.path)) as db:
            waiting, finished = db.execute(
                "SELECT (SELECT count(*) FROM dawam_job), (SELECT count(*) FROM dawam_finished)"
            ).fetchone()
        return int(waiting) + int(finished)


@asynccontextmanager
async def open_shop(
    folder: Path, *, settings: Mapping[str, object] | None = None, store: MakeStore = make_store
) -> AsyncGenerator[Shop, None]:
    """The shop, open, with its jobs in a file of this folder."""
    path = folder / "jobs.db"
    app = App(ShopModule, store=f"sqlite:///{path}")
    runtime = built(app, settings=settings, store=store)
    with app.opened_as(runtime):
        try:
            await runtime.start(run_host=False)
            yield Shop(app, path)
        finally:
            await runtime.stop()
