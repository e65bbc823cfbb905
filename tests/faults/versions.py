"""The code of two releases of one shop: `python -m tests.faults.versions old | new` runs its jobs.

Both know the job `sell`, of which the newer one has more args, and the worker `tidy`, which it wants more often.
"""

import os
import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from dawam import App, AsyncBackgroundJob, JobContext, Module, Services, job_args
from dawam.events.lifecycle import HostStarted
from tests.faults.history import Effect, Ended, History
from tests.faults.shift import HISTORY, STORE, shift


@job_args("pack")
@dataclass(frozen=True)
class Pack:
    """Only the old code does this."""

    number: int


@job_args("sell", version=1)
@dataclass(frozen=True)
class Sell:
    """As the old code knows it."""

    number: int


@job_args("sell", version=2)
@dataclass(frozen=True)
class SellForMoney:
    """As the new code knows it, which reads the old form as well."""

    number: int
    currency: str = "EGP"


@job_args("ship")
@dataclass(frozen=True)
class Ship:
    """Only the new code does this."""

    number: int


class Clerk:
    """Whoever does a job writes down that it is done."""

    def __init__(self, context: JobContext, history: History) -> None:
        self._context, self._history = context, history

    def did(self) -> None:
        for kind in (Effect, Ended):
            self._history.write(kind, job=self._context.id, fence=self._context.fence_token)


class Packer(Clerk, AsyncBackgroundJob[Pack]):
    async def execute(self, args: Pack) -> None:
        self.did()


class Seller(Clerk, AsyncBackgroundJob[Sell]):
    async def execute(self, args: Sell) -> None:
        self.did()


class NewSeller(Clerk, AsyncBackgroundJob[SellForMoney]):
    async def execute(self, args: SellForMoney) -> None:
        assert args.currency
        self.did()


class Shipper(Clerk, AsyncBackgroundJob[Ship]):
    async def execute(self, args: Ship) -> None:
        self.did()


Args = Pack | Sell | SellForMoney | Ship
KNOWN = {"old": (Packer, Seller), "new": (NewSeller, Shipper)}
PERIODS = {"old": timedelta(hours=1), "new": timedelta(minutes=1)}


class Release(Module):
    """What one of them knows."""

    def __init__(self, name: str, history: History) -> None:
        super().__init__()
        self._name, self._history = name, history

    def configure_services(self, services: Services) -> None:
        services.add_instance(self._history)
        for handler in KNOWN[self._name]:
            services.add_job(handler)


def version(name: str, store: str, history: History) -> App:
    app = shift(store, history, Release(name, history)).app

    @app.worker(name="tidy", every=PERIODS[name])
    async def tidy() -> None:
        """There is nothing to do."""

    return app


if __name__ == "__main__":
    shop = version(sys.argv[1], os.environ[STORE], History(Path(os.environ[HISTORY])))
    shop.events.subscribe(HostStarted, lambda _: print("ready", flush=True))
    shop.run()
