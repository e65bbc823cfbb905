"""What a reloading host looks at: sources and settings, never what it writes itself."""

import pytest
from watchfiles import Change

from dawam.cli.reload import SourceFilter


@pytest.mark.parametrize("path", ["/shop/app.py", "/shop/pyproject.toml", "/shop/appsettings.Development.json"])
def test_a_change_of_a_source_counts(path: str) -> None:
    assert SourceFilter()(Change.modified, path)


@pytest.mark.parametrize(
    "path",
    ["/shop/dawam.db", "/shop/dawam.db-wal", "/shop/report.json", "/shop/__pycache__/app.py", "/shop/.venv/lib/x.py"],
)
def test_what_the_application_writes_does_not(path: str) -> None:
    assert not SourceFilter()(Change.modified, path)
