"""The PostgreSQL store passes the suite, on a server that the tests start (or on that of DAWAM_TEST_POSTGRES_URL)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dawam.clock import Clock
from dawam.stores.base import JobStore
from dawam.stores.postgres.address import Address
from dawam.stores.postgres.store import PostgresStore
from dawam.stores.values import Retention
from dawam.testing.conformance.stores import StoreConformance
from tests.support.postgres import Postgres


@pytest.fixture(scope="module", autouse=True)
def place(postgres: Postgres) -> Iterator[None]:
    TestPostgresStore.postgres, TestPostgresStore.url = postgres, postgres.new_database()
    yield
    postgres.drop_database(TestPostgresStore.url)


class TestPostgresStore(StoreConformance):
    postgres: Postgres
    url: str

    async def new_place(self, folder: Path) -> None:
        self.postgres.empty(self.url)

    def new_store(self, *, application: str, clock: Clock, retention: Retention) -> JobStore:
        return PostgresStore(Address.of(self.url), application=application, clock=clock, retention=retention)

    async def begin_to_hear(self, store: JobStore) -> None:
        assert isinstance(store, PostgresStore)
        await store.begin_to_hear()
