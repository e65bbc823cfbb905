"""What pytest gets from Dawam, by itself: fixtures for an application under test, and the suite's markers.

Define a fixture `dawam_app` that answers with your `App`, and ask for `harness`, which is an open `AppHarness` of it
(async fixtures need pytest-asyncio).
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from dawam.app import App
from dawam.testing.clock import ManualClock
from dawam.testing.harness import AppHarness

try:
    import pytest_asyncio
except ImportError:  # the harness fixture then needs whatever runs async tests there, as anyio's plugin does
    async_fixture: Any = pytest.fixture
else:
    async_fixture = pytest_asyncio.fixture

_MARKERS = (
    "guide(row): shows that a row of the guide's table works",
    "abp(check): shows a check that ABP's own tests make",
)


def pytest_configure(config: pytest.Config) -> None:
    for marker in _MARKERS:
        config.addinivalue_line("markers", marker)


@pytest.fixture
def manual_clock() -> ManualClock:
    """A clock that only the test moves."""
    return ManualClock()


@async_fixture  # type: ignore[untyped-decorator]  # one of two libraries' fixtures
async def harness(dawam_app: App) -> AsyncIterator[AppHarness]:
    """An open `AppHarness` of the application that the fixture `dawam_app` answers with."""
    async with AppHarness(dawam_app) as opened:
        yield opened
