"""The PostgreSQL server that tests start themselves, and kill."""

from collections.abc import Iterator
from contextlib import closing
from select import select

import psycopg
import pytest

from tests.support.postgres import Postgres, PostgresServer
from tests.support.postgres_watchdog import processes_of


@pytest.fixture(scope="module")
def server(postgres_server: PostgresServer) -> Iterator[PostgresServer]:
    """One that may be killed; the other tests' server only says whether there can be one."""
    with PostgresServer() as server:
        yield server


def test_what_was_committed_is_there_after_a_kill(server: PostgresServer) -> None:
    url = server.new_database()
    with closing(psycopg.connect(url, autocommit=True)) as connection:
        connection.execute("CREATE TABLE receipt (number integer)")
        connection.execute("INSERT INTO receipt VALUES (7)")
        server.kill()

        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)
    assert processes_of(server.folder) == []

    server.start()

    assert server.execute("SELECT number FROM receipt", url=url) == [(7,)]


def test_connections_stay_and_nobody_answers_while_it_is_frozen(server: PostgresServer) -> None:
    with closing(psycopg.connect(server.url(), autocommit=True)) as connection:
        server.freeze()
        connection.pgconn.send_query(b"SELECT 7")
        assert select([connection], [], [], 0.2) == ([], [], [])

        server.thaw()

        answer = connection.pgconn.get_result()
        assert answer is not None
        assert answer.get_value(0, 0) == b"7"


def test_a_wrong_password_is_refused(server: PostgresServer) -> None:
    server.create_role("clerk", "right: /@?")

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(server.url(user="clerk", password="wrong"))
    with pytest.raises(psycopg.OperationalError, match="no password supplied"):
        psycopg.connect(server.url(user="clerk"))
    psycopg.connect(server.url(user="clerk", password="right: /@?")).close()


def test_an_emptied_database_is_as_good_as_new(postgres: Postgres, postgres_url: str) -> None:
    with closing(psycopg.connect(postgres_url, autocommit=True)) as left_open:
        left_open.execute("CREATE SCHEMA shop; CREATE TABLE shop.receipt (); CREATE TABLE receipt ()")
        left_open.execute("BEGIN; LOCK TABLE receipt")

        postgres.empty(postgres_url)

    assert postgres.execute("SELECT to_regclass('shop.receipt'), to_regclass('receipt')", url=postgres_url) == [
        (None, None)
    ]
    postgres.execute("CREATE TABLE receipt ()", url=postgres_url)
