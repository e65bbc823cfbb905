"""The guards, as rows beside those of the guide: which tests must notice when one of them is switched off."""

from collections.abc import Mapping, Sequence

GUARDS: Mapping[str, Sequence[str]] = {
    "memory": ("tests/stores/test_memory_conformance.py",),
    "sqlite": ("tests/stores/test_sqlite_conformance.py", "tests/unit/stores/sqlite"),
    "postgres": ("tests/stores/test_postgres_conformance.py", "tests/unit/stores/postgres"),
    "host": ("tests/unit/host", "tests/unit/test_executor.py"),
}
"""Where a guard stands -> the files, or folders, of all tests that hold it: of a store the whole suite."""


def guards_of(test: str) -> list[str]:
    """The rows of guards to which a test belongs, by its place."""
    return [row for row, places in GUARDS.items() if test.startswith(tuple(places))]
