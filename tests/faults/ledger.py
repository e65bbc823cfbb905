"""Writes down which fault was applied on which store, by which test, and what became of it.

It does so only where `FAULT_LEDGER` names a file, as `tests.faults.table` has it; of tests that fail as well.
"""

import os
from collections.abc import Generator
from pathlib import Path

import msgspec
import pytest

LEDGER = "FAULT_LEDGER"
ON_POSTGRES = "postgres"
_checked: list[tuple[int, int]] = []
"""How many jobs were in each history that the test that runs has had checked, and how many violations."""


class Entry(msgspec.Struct, frozen=True):
    """One run of one test under one fault."""

    fault: str
    store: str
    test: str
    has_passed: bool
    jobs: int
    violations: int | None
    """What the checkers found; None: no history was checked."""


def was_checked(jobs: int, violations: int) -> None:
    """A history with so many jobs (or planned moments) was read, and so many violations found."""
    _checked.append((jobs, violations))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    _checked.clear()
    has_passed = False
    try:
        yield
        has_passed = True
    finally:
        path = os.environ.get(LEDGER)
        if path is not None:
            _enter(item, Path(path), has_passed)


def _enter(item: pytest.Item, path: Path, has_passed: bool) -> None:
    jobs = sum(jobs for jobs, _ in _checked)
    violations = sum(found for _, found in _checked) if _checked else None
    test = item.nodeid.partition("[")[0]
    for mark in item.iter_markers("fault"):
        entry = Entry(mark.args[0], _store_of(item), test, has_passed, jobs, violations)
        with path.open("ab", buffering=0) as ledger:
            ledger.write(msgspec.json.encode(entry) + b"\n")  # one write: several processes append


def _store_of(item: pytest.Item) -> str:
    assert isinstance(item, pytest.Function)
    said = [str(value) for value in getattr(getattr(item, "callspec", None), "params", {}).values()]
    if any(word.startswith(ON_POSTGRES) for word in said):
        return "PostgreSQL"
    names = () if "sqlite" in said else (*item.fixturenames, item.path.name)
    return "PostgreSQL" if any(ON_POSTGRES in name for name in names) else "SQLite"


def read(path: Path) -> list[Entry]:
    return [msgspec.json.decode(line, type=Entry) for line in path.read_bytes().splitlines()]
