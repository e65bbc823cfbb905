"""A plugin of pytest for `make mutants`: only the tests of given rows, the quick ones first, and a report of them.

`python -m pytest -p tests.mutants.selection --guide-rows 7 tests/unit/host` works by hand as well.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.guide_rows import ABP_ROW
from tests.mutants.guards import guards_of


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("rows of the guide")
    group.addoption("--guide-rows", metavar="ROWS", help="run only the tests of these rows, divided by commas")
    group.addoption("--seconds-from", metavar="FILE", type=Path, help="a report; what was quick there comes first")
    group.addoption("--report-to", metavar="FILE", type=Path, help="write for each test how long it took and its end")


def pytest_configure(config: pytest.Config) -> None:
    if (path := config.getoption("--report-to")) is not None and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Report(path))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if (rows := config.getoption("--guide-rows")) is not None:
        chosen = set(rows.split(","))
        config.hook.pytest_deselected(items=[item for item in items if not chosen & set(rows_of(item))])
        items[:] = [item for item in items if chosen & set(rows_of(item))]
    if (path := config.getoption("--seconds-from")) is not None:
        before = json.loads(path.read_text(encoding="utf-8"))
        items.sort(key=lambda item: before.get(item.nodeid, {}).get("seconds", 0.0))


def rows_of(item: pytest.Item) -> Iterable[str]:
    """The rows that a test shows, by its marks, and the guards that it holds, by its place."""
    yield from guards_of(item.nodeid)
    for mark in item.iter_markers("guide"):
        yield from map(str, mark.args)
    if item.get_closest_marker("abp") is not None:
        yield ABP_ROW


class Report:
    """Writes at the end, as JSON, `{test: {"seconds": 0.1, "failed": false}}`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._tests: dict[str, dict[str, Any]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        test = self._tests.setdefault(report.nodeid, {"seconds": 0.0, "failed": False})
        test["seconds"] += report.duration
        test["failed"] |= report.failed

    def pytest_sessionfinish(self) -> None:
        self._path.write_text(json.dumps(self._tests), encoding="utf-8")
