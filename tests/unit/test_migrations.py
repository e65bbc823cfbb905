"""Dawam's tables in the migrations of users: which statements they are given."""

import re
import sqlite3
from contextlib import closing

import pytest

from dawam.migrations import postgresql_statements, sqlite_statements
from dawam.stores.postgres.script import NEWEST as NEWEST_ON_POSTGRES
from dawam.stores.sqlite.migrations import NEWEST as NEWEST_IN_SQLITE

_PARAMETER = re.compile(r"(?<![:\w])[:%]\w|\?\d")
"""What SQLAlchemy, Django or a driver would take for one."""


def test_every_statement_names_its_schema_and_can_be_given_to_any_driver() -> None:
    statements = postgresql_statements(schema="jobs", to_version=NEWEST_ON_POSTGRES)

    code = [re.sub(r"--[^\n]*", "", statement) for statement in statements]
    unnamed = [
        each for each in code for name in re.findall(r'(?<!"jobs"\.)\bdawam_\w+', each) if f"INDEX {name}" not in each
    ]
    assert unnamed == []
    assert [each for each in statements if "search_path" in each or _PARAMETER.search(each)] == []
    assert all(each.count(";") == 0 or "$$" in each for each in code)


def test_a_file_of_sqlite_is_led_from_version_to_version() -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        for version in range(NEWEST_IN_SQLITE):
            for statement in sqlite_statements(from_version=version, to_version=version + 1):
                assert not _PARAMETER.search(statement)
                db.execute(statement)

        assert db.execute("SELECT version FROM dawam_schema").fetchone() == (NEWEST_IN_SQLITE,)
        with pytest.raises(sqlite3.IntegrityError):
            db.execute(sqlite_statements(from_version=1, to_version=2)[0])


@pytest.mark.parametrize(("found", "wanted"), [(0, 0), (1, 1), (1, 0), (-1, 1), (0, 1000)])
def test_versions_that_do_not_exist_or_lead_nowhere_are_refused(found: int, wanted: int) -> None:
    with pytest.raises(ValueError, match="two versions were expected, the first smaller"):
        postgresql_statements(from_version=found, to_version=wanted)
    with pytest.raises(ValueError, match="two versions were expected, the first smaller"):
        sqlite_statements(from_version=found, to_version=wanted)


@pytest.mark.parametrize("schema", ["", "My Jobs", "jobs; DROP TABLE payment", 'jobs"'])
def test_a_schema_whose_name_would_need_care_is_refused(schema: str) -> None:
    with pytest.raises(ValueError, match="a name of a-z, 0-9 and _ was expected"):
        postgresql_statements(schema=schema, to_version=1)
