"""An application that is put together wrongly starts nothing at all: no store, no module, no worker."""

import threading
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from dawam import (
    App,
    ApplicationContext,
    AsyncBackgroundJob,
    AsyncPeriodicBackgroundWorker,
    Module,
    PeriodicWorkerContext,
    Services,
    job_args,
)
from dawam.errors import RegistrationError
from tests.support.applications import running


@dataclass
class OrderArgs:
    id: int


@job_args("shop.order")
@dataclass
class NamedOrderArgs:
    id: int


@job_args("shop.order")
@dataclass
class OtherOrderArgs:
    id: int


class OrderJob(AsyncBackgroundJob[OrderArgs]):
    async def execute(self, args: OrderArgs) -> None: ...


class OrderAgainJob(AsyncBackgroundJob[OrderArgs]):
    async def execute(self, args: OrderArgs) -> None: ...


class NamedOrderJob(AsyncBackgroundJob[NamedOrderArgs]):
    async def execute(self, args: NamedOrderArgs) -> None: ...


class OtherOrderJob(AsyncBackgroundJob[OtherOrderArgs]):
    async def execute(self, args: OtherOrderArgs) -> None: ...


class Ticking(AsyncPeriodicBackgroundWorker):
    every = timedelta(minutes=5)
    run_on_start = True

    async def do_work(self, context: PeriodicWorkerContext) -> None:
        raise AssertionError("a worker of an application that was refused has ticked")


class ShopModule(Module):
    def __init__(self, *jobs: type) -> None:
        super().__init__()
        self._jobs = jobs
        self.has_begun = False

    def configure_services(self, services: Services) -> None:
        services.add_worker(Ticking)
        for job_class in self._jobs:
            services.add_job(job_class)

    async def on_pre_application_initialization(self, context: ApplicationContext) -> None:
        self.has_begun = True


@pytest.mark.parametrize(
    ("jobs", "problem"),
    [
        pytest.param((OrderJob, OrderAgainJob), "take the same args", id="two jobs", marks=pytest.mark.abp(32)),
        pytest.param((NamedOrderJob, OtherOrderJob), "is used twice", id="two args", marks=pytest.mark.abp(34)),
    ],
)
async def test_args_or_a_name_for_two_jobs_keep_everything_from_starting(
    jobs: tuple[type, ...], problem: str, tmp_path: Path
) -> None:
    module = ShopModule(*jobs)
    threads_before = threading.active_count()

    with pytest.raises(RegistrationError, match=problem):
        async with running(App(module, store=f"sqlite:///{tmp_path}/jobs.db")):
            """Nobody gets here."""

    assert not module.has_begun
    assert _files(tmp_path) == []
    assert threading.active_count() == threads_before


def _files(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]
