"""Arrays reach the server as they are."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dawam.stores.postgres.address import Address
from dawam.stores.postgres.arrays import Blobs, Ids, Numbers
from dawam.stores.postgres.connection import Connection, connect_blocking
from tests.support.postgres import Postgres


@pytest.fixture(scope="module")
def db(postgres: Postgres) -> Iterator[Connection]:
    with connect_blocking(Address.of(postgres.url()), "arrays") as connection:
        yield connection


def echoed(db: Connection, kind: str, array: object) -> object:
    return db.execute(f"SELECT $1::{kind}[]".encode(), [array], binary=True).fetchall()[0][0]


on_one_server = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@on_one_server
@given(st.lists(st.uuids()))
def test_ids(db: Connection, ids: list[UUID]) -> None:
    assert echoed(db, "uuid", Ids(ids)) == ids


@on_one_server
@given(st.lists(st.integers(-(2**63), 2**63 - 1)))
def test_numbers(db: Connection, numbers: list[int]) -> None:
    assert echoed(db, "bigint", Numbers(numbers)) == numbers


@on_one_server
@given(st.lists(st.binary()))
def test_blobs(db: Connection, blobs: list[bytes]) -> None:
    assert echoed(db, "bytea", Blobs(blobs)) == blobs
