"""Writes down which fault was applied on which store, by which test, and how many jobs lived through it.

It does so only where `FAULT_LEDGER` names a file, as `tests.faults.table` has it. What a checker finds is an error of
the test that asked it: whatever stands in the ledger of a suite that passed was without violation.
"""

import os
from collections.abc import Generator
from pathlib import Path

import msgspec
import pytest

LEDGER = "FAULT_LEDGER"
ON_POSTGRES = "postgres"
_jobs = 0


class Entry(msgspec.Struct, frozen=True):
    """One run of one test under one fault."""

    fault: str
    store: str
    test: str
    jobs: int


def lived_through(jobs: int) -> None:
    """So many jobs (or planned moments) were checked in the test that runs."""
    global _jobs
    _jobs += jobs


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    global _jobs
    _jobs = 0
    yield
    path = os.environ.get(LEDGER)
    if path is not None:
        for mark in item.iter_markers("fault"):
            entry = Entry(mark.args[0], _store_of(item), item.nodeid.partition("[")[0], _jobs)
            with Path(path).open("ab", buffering=0) as ledger:
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
