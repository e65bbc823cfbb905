"""A full disk, a store that only reads, a server without a free place: hosts wait, and go on without help."""

from collections.abc import Generator, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.faults.ground import Database, File
from tests.faults.hardship import outlived
from tests.support.disks import empty, fill, small_disk, unwritable
from tests.support.postgres import PostgresServer, give

_PLACES = 25
_ENOUGH_FOR_A_FILE = 40
"""In megabytes: the log grows to sixteen before its first checkpoint, and must not fill the disk by itself."""
_ENOUGH_FOR_A_DATABASE = 24
"""In megabytes; so much that a new one leaves some of it free."""
_END_OTHERS = """
SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
"""


@pytest.fixture(scope="module")
def server(postgres_server: PostgresServer) -> Iterator[PostgresServer]:
    """One with few places; the other tests' server only says whether there can be one."""
    with PostgresServer({"fsync": "off", "max_connections": str(_PLACES)}) as server:
        yield server


@contextmanager
def full(disk: Path) -> Generator[None]:
    fill(disk)
    try:
        yield
    finally:
        empty(disk)


class TestAFullDisk:
    @pytest.mark.fault("disk full")
    async def test_below_a_file_is_waited_for(self, tmp_path: Path) -> None:
        with small_disk(tmp_path / "disk", _ENOUGH_FOR_A_FILE) as disk:
            says = "database or disk is full", "The disk (or its quota) is full: free some space"
            print(await outlived(File(tmp_path, disk), full(disk), says))

    @pytest.mark.fault("disk full")
    async def test_below_a_server_is_waited_for(self, tmp_path: Path, server: PostgresServer) -> None:
        with small_disk(server.folder / "disk", _ENOUGH_FOR_A_DATABASE) as disk:
            give(disk)
            server.execute(f"CREATE TABLESPACE small LOCATION '{disk}'".encode())
            url = server.new_database()
            name = url.rpartition("/")[2]
            server.execute(f"ALTER DATABASE {name} SET TABLESPACE small".encode())
            says = "No space left on device", "The server has no room left: free some"
            print(await outlived(Database(tmp_path, url), full(disk), says))
            server.drop_database(url)
            server.execute(b"DROP TABLESPACE small")


class TestAStoreThatOnlyReads:
    @pytest.mark.fault("read-only")
    async def test_is_waited_for_where_it_is_a_file(self, tmp_path: Path) -> None:
        file = File(tmp_path)
        log = file.path.with_name("jobs.db-wal")
        print(await outlived(file, _unwritable(file.path, log), ["disk I/O error", "look at the system's log"]))

    @pytest.mark.fault("read-only")
    async def test_is_waited_for_where_it_is_a_server_as_after_a_failover(
        self, tmp_path: Path, server: PostgresServer
    ) -> None:
        url = server.new_database()
        says = "in a read-only transaction", "The server only reads: it is a standby"
        print(await outlived(Database(tmp_path, url), _only_reads(server, url), says))


@pytest.mark.fault("no connection")
async def test_a_server_without_a_free_place_is_waited_for(tmp_path: Path, server: PostgresServer) -> None:
    url = server.new_database()
    says = "too many clients already", "Raise the limit, or run fewer processes"
    print(await outlived(Database(tmp_path, url), _taken_by_somebody_else(server, url), says))


@contextmanager
def _unwritable(*files: Path) -> Generator[None]:
    """The files as they are when it begins."""
    with unwritable(files):
        yield


@contextmanager
def _only_reads(server: PostgresServer, url: str) -> Generator[None]:
    """Whoever is connected is sent away, and who comes back finds a server that takes nothing.

    Afterwards nobody is sent away: that is found out by who waits.
    """
    name = url.rpartition("/")[2]
    server.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on".encode())
    try:
        server.execute(_END_OTHERS.encode())
        yield
    finally:
        server.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only".encode())


@contextmanager
def _taken_by_somebody_else(server: PostgresServer, url: str) -> Generator[None]:
    """Every place of the server, also those kept for administrators. While they are taken nobody else is let in."""
    name = url.rpartition("/")[2]
    server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false".encode())
    server.execute(_END_OTHERS.encode())
    with ExitStack() as theirs:
        first, *_ = [
            theirs.enter_context(closing(psycopg.connect(server.url(), autocommit=True))) for _ in range(_PLACES)
        ]
        first.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true".encode())
        yield
