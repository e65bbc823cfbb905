"""Fixtures of PostgreSQL: one server for all tests of a process, and an empty database for each test.

`DAWAM_TEST_POSTGRES_URL` names a server to take instead, as a role that may create databases. A test that kills or
freezes its server makes one of its own: `with PostgresServer() as server`.
"""

import os
from collections.abc import Iterator
from typing import NoReturn

import pytest

from tests.support.pgbouncer import PgBouncer, why_no_pooler
from tests.support.postgres import Postgres, PostgresServer, why_no_server

_GIVEN = "DAWAM_TEST_POSTGRES_URL"
_QUICK = {"fsync": "off", "full_page_writes": "off", "max_wal_size": "256MB", "max_connections": "200"}
"""Nobody cuts the power of the machine; to be killed does no harm to such a server either."""


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A server of this process, for tests that leave it running."""
    if (reason := why_no_server()) is not None:
        _do_without(f"{reason}; install one, or name a server in {_GIVEN}")
    with PostgresServer(_QUICK) as server:
        yield server


@pytest.fixture(scope="session")
def pgbouncer(postgres_server: PostgresServer) -> Iterator[PgBouncer]:
    """A pooler in transaction mode in front of that server, which also lets a role in that is named `clerk`."""
    if (reason := why_no_pooler()) is not None:
        _do_without(reason)
    with PgBouncer(postgres_server, "clerk") as pooler:
        yield pooler


def _do_without(reason: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI must run this test: {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def postgres(request: pytest.FixtureRequest) -> Postgres:
    """The server on which tests make databases: the one that the environment names, or one of this process."""
    given = os.environ.get(_GIVEN)
    server: Postgres = Postgres(given) if given else request.getfixturevalue("postgres_server")
    return server


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """A new database, dropped after the test; where that is slow, `emptied_postgres_url` is not."""
    url = postgres.new_database()
    yield url
    postgres.drop_database(url)


@pytest.fixture
def emptied_postgres_url(postgres: Postgres, _database_to_empty: str) -> str:
    """A database that other tests have had before, emptied: as good as new to most tests, and there in 20 ms."""
    postgres.empty(_database_to_empty)
    return _database_to_empty


@pytest.fixture(scope="session")
def _database_to_empty(postgres: Postgres) -> Iterator[str]:
    url = postgres.new_database()
    yield url
    postgres.drop_database(url)
