"""The PostgreSQL store passes the suite, on a server that the tests start (or on that of DAWAM_TEST_POSTGRES_URL)."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
import pytest

from dawam.clock import Clock
from dawam.stores.base import JobStore
from dawam.stores.postgres.address import Address
from dawam.stores.postgres.store import PostgresStore
from dawam.stores.postgres.transaction import PsycopgTransaction
from dawam.stores.transaction import Transaction
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

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Transaction]:
        with psycopg.connect(self.url) as connection:
            yield PsycopgTransaction(connection)

    async def begin_to_hear(self, store: JobStore) -> None:
        assert isinstance(store, PostgresStore)
        await store.begin_to_hear()
