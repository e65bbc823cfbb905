"""The tables of PostgreSQL are made once, however many processes make them, and whenever one of them is killed."""

import asyncio
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from dawam.clock import SystemClock
from dawam.errors import SchemaError, StoreUnavailableError
from dawam.stores.postgres import script
from dawam.stores.postgres.store import PostgresStore, from_url
from dawam.stores.values import Retention, SchemaReport
from tests.support.applications import until
from tests.support.postgres import Postgres

_MIGRATE = """
import asyncio, os, signal, sys
from dawam.clock import SystemClock
from dawam.stores.postgres import migrations
from dawam.stores.postgres.store import from_url
from dawam.stores.values import Retention

url, die_after = sys.argv[1], int(sys.argv[2])
script = migrations.script

def deadly(*arguments):
    for number, statement in enumerate(script(*arguments)):
        if number == die_after:
            os.kill(os.getpid(), signal.SIGKILL)
        yield statement

async def main():
    migrations.script = deadly
    store = from_url(url, application="shop", clock=SystemClock(), retention=Retention())
    print("ready", flush=True)
    sys.stdin.readline()
    await store.open()
    print((await store.check()).found, flush=True)
    await store.close()

asyncio.run(main())
"""
_NEVER = -1
_WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


class Migrating:
    """A process that opens the store when it is told to."""

    def __init__(self, url: str, die_after: int = _NEVER) -> None:
        command = [sys.executable, "-c", _MIGRATE, url, str(die_after)]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"

    def go(self) -> tuple[int, str]:
        """Its exit code, and what it said."""
        said, complained = self._process.communicate("go\n", timeout=60)
        return self._process.returncode, said + complained


def store_of(url: str) -> PostgresStore:
    return from_url(url, application="shop", clock=SystemClock(), retention=Retention())


async def report_of(url: str, *, migrate: bool = False) -> SchemaReport:
    store = store_of(url)
    await store.open(migrate=migrate)
    try:
        return await store.check()
    finally:
        await store.close()


@pytest.fixture(params=["public", "jobs"])
def url(request: pytest.FixtureRequest, emptied_postgres_url: str) -> str:
    return f"{emptied_postgres_url}?schema={request.param}"


def test_four_processes_that_find_nothing_make_the_tables_once(url: str) -> None:
    processes = [Migrating(url) for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        ends = list(threads.map(Migrating.go, processes))

    assert ends == [(0, f"{script.NEWEST}\n")] * 4


@pytest.mark.parametrize("die_after", [0, 2, 7, -2])
@pytest.mark.fault("kill -9 in a migration")
async def test_one_that_is_killed_in_the_middle_leaves_nothing_and_holds_nobody_up(url: str, die_after: int) -> None:
    count = len(list(script.script("jobs")))

    code, said = Migrating(url, die_after % count).go()

    assert (code, said) == (-signal.SIGKILL, "")
    with pytest.raises(SchemaError, match="are missing"):
        await report_of(url)
    assert (await report_of(url, migrate=True)).pending == ()


async def test_whoever_may_write_but_not_create_opens_tables_that_others_made(
    postgres: Postgres, emptied_postgres_url: str
) -> None:
    await report_of(f"{emptied_postgres_url}?schema=jobs", migrate=True)
    role = f"clerk_{os.getpid()}"
    postgres.execute(f"CREATE ROLE {role} LOGIN".encode())
    try:
        for grant in ("USAGE ON SCHEMA jobs", "SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA jobs"):
            postgres.execute(f"GRANT {grant} TO {role}".encode(), url=emptied_postgres_url)
        database = emptied_postgres_url.rpartition("/")[2]
        url = f"{postgres.url(database, user=role)}?schema=jobs"

        assert (await report_of(url, migrate=True)).pending == ()
        with pytest.raises(StoreUnavailableError, match="permission denied"):
            await report_of(url.replace("schema=jobs", "schema=other"), migrate=True)
    finally:
        postgres.execute(f"DROP OWNED BY {role}; DROP ROLE {role}".encode(), url=emptied_postgres_url)


@pytest.mark.fault("two versions")
async def test_old_code_goes_on_beside_newer_tables_as_far_as_they_say(
    postgres: Postgres, emptied_postgres_url: str
) -> None:
    await report_of(emptied_postgres_url, migrate=True)
    postgres.execute("UPDATE dawam_schema SET version = 1000", url=emptied_postgres_url)

    report = await report_of(emptied_postgres_url, migrate=True)

    assert (report.found, report.expected, report.pending) == (1000, script.NEWEST, ())
    postgres.execute(
        f"UPDATE dawam_schema SET minimum_code_version = {script.NEWEST + 1}".encode(), url=emptied_postgres_url
    )
    with pytest.raises(SchemaError, match="upgrade it"):
        await report_of(emptied_postgres_url, migrate=True)


async def test_a_migration_waits_for_the_one_before_it_and_then_has_nothing_to_do(
    postgres: Postgres, emptied_postgres_url: str
) -> None:
    """Somebody migrates by hand meanwhile, with the script that we print."""
    with psycopg.connect(emptied_postgres_url) as somebody:
        for statement in script.script("public"):
            somebody.execute(statement.encode())
        opening = asyncio.create_task(report_of(emptied_postgres_url, migrate=True))
        await until(lambda: postgres.execute(_WAITING, url=emptied_postgres_url) == [(1,)])

    assert (await opening).pending == ()
