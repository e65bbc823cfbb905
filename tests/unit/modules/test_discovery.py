"""Discovery: what is defined in a package is found, in a fixed order, and nothing else is."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from dawam.errors import RegistrationError
from dawam.modules.discovery import discover
from dawam.modules.services import Services

JOBS = """
    from dataclasses import dataclass
    from typing import Generic, TypeVar
    from dawam.jobs.args import job_args
    from dawam.jobs.job import AsyncBackgroundJob, BackgroundJob

    T = TypeVar("T")

    @job_args("products.alert")
    @dataclass
    class Alert:
        stock: int

    @dataclass
    class Plain:
        stock: int

    class AlertJob(AsyncBackgroundJob[Alert]):
        async def execute(self, args: Alert) -> None: ...

    class Abstract(BackgroundJob[Plain]): ...

    class ForAll(BackgroundJob[T], Generic[T]):
        def execute(self, args: T) -> None: ...

    class PlainJob(ForAll[Plain]): ...

    SecondName = AlertJob
"""
HANDLERS = """
    from shop_found.products.jobs import AlertJob
    from dawam.events.bus import LocalEventHandler

    class OnSale(LocalEventHandler[int]):
        async def handle_event(self, event: int) -> None: ...
"""
WORKERS = """
    from datetime import timedelta
    from dawam.workers.worker import AsyncPeriodicBackgroundWorker

    class StockCheck(AsyncPeriodicBackgroundWorker):
        every = timedelta(minutes=5)
        async def do_work(self, context) -> None: ...
"""

Write = Callable[[str, str], None]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """Writes a module of the package `shop_found`, which is forgotten after the test."""
    monkeypatch.syspath_prepend(tmp_path)

    def write(path: str, text: str) -> None:
        file = tmp_path / "shop_found" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        for folder in (file.parent, *file.parent.parents):
            if folder.is_relative_to(tmp_path / "shop_found"):
                (folder / "__init__.py").touch()
        file.write_text(dedent(text))

    yield write
    for name in [name for name in sys.modules if name.partition(".")[0] == "shop_found"]:
        del sys.modules[name]


@pytest.fixture
def shop(write: Write) -> None:
    write("products/workers/stock.py", WORKERS)
    write("products/jobs.py", JOBS)
    write("products/handlers.py", HANDLERS)
    write("__main__.py", "raise SystemExit('a program, not to be run by looking at it')")


@pytest.mark.usefixtures("shop")
def test_jobs_args_workers_and_handlers_are_found_in_all_subpackages() -> None:
    found = discover("shop_found")
    assert [each.__name__ for each in found.jobs] == ["AlertJob", "PlainJob"]
    assert [each.__name__ for each in found.args_types] == ["Alert"]
    assert [each.__name__ for each in found.workers] == ["StockCheck"]
    assert [each.__name__ for each in found.event_handlers] == ["OnSale"]


@pytest.mark.usefixtures("shop")
def test_a_subpackage_and_a_module_can_be_looked_at_alone() -> None:
    assert discover("shop_found.products.workers").jobs == ()
    import shop_found.products.jobs as jobs  # type: ignore[import-not-found]

    assert discover(jobs) == discover("shop_found.products.jobs")


@pytest.mark.usefixtures("shop")
def test_what_was_found_is_registered() -> None:
    services = Services()
    services.discover("shop_found.products")
    assert [each.__name__ for each in services.jobs] == ["AlertJob", "PlainJob"]
    assert [each.__name__ for each in services.args_types] == ["Alert"]
    assert [each.__name__ for each in services.event_handlers] == ["OnSale"]


def test_a_module_that_cannot_be_imported_is_named(write: Write) -> None:
    write("jobs.py", "import no_such_thing")
    with pytest.raises(RegistrationError, match=r"'shop_found\.jobs' cannot be imported: ModuleNotFoundError"):
        discover("shop_found")


def test_a_package_in_which_nothing_is_found_is_refused(write: Write) -> None:
    write("views.py", "from dawam.jobs.job import AsyncBackgroundJob")
    with pytest.raises(RegistrationError, match=r"discover\('shop_found'\) found nothing"):
        discover("shop_found")


def test_a_package_that_is_not_there_is_refused() -> None:
    with pytest.raises(RegistrationError, match="'shop_found' cannot be imported"):
        discover("shop_found")
