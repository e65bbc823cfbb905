"""What pytest gets from Dawam, by itself: fixtures for an application under test, and the suite's markers.

Define a fixture `dawam_app` that answers with your `App`, and ask for `harness`, which is an open `AppHarness` of it.
Nothing of the application is imported before a test asks for it.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pytest

_MARKERS = (
    "guide(row): shows that a row of the guide's table works",
    "abp(check): shows a check that ABP's own tests make",
)


def pytest_configure(config: pytest.Config) -> None:
    for marker in _MARKERS:
        config.addinivalue_line("markers", marker)


@pytest.fixture
def manual_clock() -> Any:
    """A clock that only the test moves."""
    return import_module("dawam.testing.clock").ManualClock()


@pytest.fixture
def app_harness() -> Callable[..., Any]:
    """`AppHarness`, for a test that opens its own: `async with app_harness(app, settings={...}) as harness`."""
    harness: Callable[..., Any] = import_module("dawam.testing.harness").AppHarness
    return harness


if find_spec("pytest_asyncio") is not None:
    _async_fixture: Any = import_module("pytest_asyncio").fixture

    @_async_fixture
    async def harness(dawam_app: Any) -> AsyncIterator[Any]:
        """An open `AppHarness` of the application that the fixture `dawam_app` answers with."""
        async with import_module("dawam.testing.harness").AppHarness(dawam_app) as opened:
            yield opened

else:

    @pytest.fixture
    def harness() -> Iterator[Any]:
        """Asks for what is missing."""
        pytest.fail("the fixture `harness` needs pytest-asyncio: pip install pytest-asyncio")
        yield
