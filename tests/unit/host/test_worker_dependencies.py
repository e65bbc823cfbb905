"""Workers of every kind get their dependencies from the application's container."""

import logging
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from dawam.errors import DependencyError
from dawam.events.lifecycle import LifecycleEvents
from dawam.host.custom_workers import CustomWorkers
from dawam.host.roots import root_of_worker
from dawam.jobs.signature import injected
from dawam.modules.container import build_container
from dawam.modules.services import Services
from dawam.workers.registry import WorkerRegistry
from dawam.workers.worker import (
    AsyncPeriodicBackgroundWorker,
    BackgroundWorker,
    PeriodicBackgroundWorker,
    PeriodicWorkerContext,
    WorkerFunction,
)
from tests.support.ticking import Stage

FIVE = timedelta(minutes=5)


class Session:
    is_open = True


class Products:
    def __init__(self, session: Session) -> None:
        self.session = session


class Diary:
    """One for the application: what the workers of a test wrote down."""

    def __init__(self) -> None:
        self.pages: list[tuple[object, ...]] = []


def open_session() -> Iterator[Session]:
    session = Session()
    yield session
    session.is_open = False


class StockCheck(AsyncPeriodicBackgroundWorker):
    """The guide's sample: a scoped repository in the constructor of a worker."""

    every = FIVE

    def __init__(self, products: Products, logger: logging.Logger, diary: Diary) -> None:
        self._products, self._logger, self._diary = products, logger, diary

    async def do_work(self, context: PeriodicWorkerContext) -> None:
        assert await context.get(Products) is self._products
        self._diary.pages.append((self._products.session, self._products.session.is_open, self._logger.name))


class BlockingStockCheck(PeriodicBackgroundWorker):
    every = FIVE

    def __init__(self, products: Products, diary: Diary) -> None:
        self._products, self._diary = products, diary

    def do_work(self, context: PeriodicWorkerContext) -> None:
        assert context.get_blocking(Products) is self._products
        is_main = threading.current_thread() is threading.main_thread()
        self._diary.pages.append((self._products.session, self._products.session.is_open, is_main))


async def check_stock(
    context: PeriodicWorkerContext,
    products: Products = injected,
    logger: logging.Logger = injected,
    diary: Diary = injected,
) -> None:
    diary.pages.append((products.session, products.session.is_open, logger.name))


class Listener(BackgroundWorker):
    def __init__(self, diary: Diary) -> None:
        self._diary = diary

    async def start(self) -> None:
        self._diary.pages.append(("listens",))

    async def stop(self) -> None:
        self._diary.pages.append(("stops",))


class Shop:
    """A container with a shop's services, a diary, and a ticker of the given workers."""

    def __init__(self, *workers: object, services: Services | None = None) -> None:
        if services is None:
            services = Services()
            services.provide(open_session)
            services.add_scoped(Products)
        services.add_singleton(Diary)
        registry = WorkerRegistry()
        self.workers = workers
        self.definitions = [registry.add(worker) for worker in workers]
        roots = [root_of_worker(definition) for definition in self.definitions]
        self.container = build_container(services.registrations, roots, {PeriodicWorkerContext})
        self.threads = ThreadPoolExecutor(2)

    async def diary_after(self, duration: timedelta) -> list[tuple[object, ...]]:
        """Ticks every five minutes for so long, stops everything, and reads what was written."""
        await self.container.start()
        diary: Diary = await self.container.get(Diary)
        stage, custom = Stage(self.threads, self.container), CustomWorkers(self.container, LifecycleEvents())
        await stage.open()
        for worker, definition in zip(self.workers, self.definitions, strict=True):
            if definition.options is None:
                await custom.start(definition)
            else:
                await stage.add(worker)
        for tick in await stage.pass_time(duration, FIVE):
            if tick.error is not None:
                raise tick.error
        await stage.stop()
        await custom.stop(timedelta(seconds=1))
        await self.container.close()
        self.threads.shutdown()
        return diary.pages


@pytest.mark.guide(7)
@pytest.mark.parametrize(
    ("worker", "remark"),
    [
        (StockCheck, f"{__name__}.StockCheck"),
        (BlockingStockCheck, False),
        (WorkerFunction(check_stock, every=FIVE), f"{__name__}.check_stock"),
    ],
    ids=["class", "blocking class", "function"],
)
async def test_two_ticks_get_different_scoped_services_which_end_with_the_tick(worker: object, remark: object) -> None:
    first, second = await Shop(worker).diary_after(2 * FIVE)
    assert first[1:] == second[1:] == (True, remark)
    assert first[0] is not second[0]
    assert [session.is_open for session in (first[0], second[0]) if isinstance(session, Session)] == [False, False]


@pytest.mark.guide(8)
async def test_a_custom_worker_gets_the_services_of_the_application() -> None:
    assert await Shop(Listener).diary_after(timedelta(0)) == [("listens",), ("stops",)]


def test_a_worker_whose_dependency_nobody_provides_is_refused_when_the_application_is_built() -> None:
    with pytest.raises(DependencyError, match="Products"):
        Shop(StockCheck, services=Services())


def test_a_custom_worker_cannot_hold_what_lives_for_one_tick() -> None:
    class Holder(Listener):
        def __init__(self, products: Products) -> None:
            self.products = products

    with pytest.raises(DependencyError, match="Products"):
        Shop(Holder)


def test_a_blocking_worker_cannot_use_what_only_the_loop_can_make() -> None:
    async def open_async_session() -> AsyncIterator[Session]:
        yield Session()

    services = Services()
    services.provide(open_async_session)
    services.add_scoped(Products)
    with pytest.raises(DependencyError, match="Session"):
        Shop(BlockingStockCheck, services=services)
