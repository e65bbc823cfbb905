"""The tables of a file are made once, however many processes make them, and whenever one of them is killed."""

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dawam.clock import SystemClock
from dawam.errors import SchemaError
from dawam.stores.sqlite import migrations
from dawam.stores.sqlite.store import SqliteStore

_MIGRATE = """
import asyncio, os, signal, sys
from dawam.clock import SystemClock
from dawam.stores.sqlite import migrations
from dawam.stores.sqlite.store import SqliteStore

path, die_after = sys.argv[1], int(sys.argv[2])
script = migrations.script

def deadly(*arguments):
    for number, statement in enumerate(script(*arguments)):
        if number == die_after:
            os.kill(os.getpid(), signal.SIGKILL)
        yield statement

async def main():
    migrations.script = deadly
    store = SqliteStore(path, clock=SystemClock())
    sys.stdin.readline()
    await store.open()
    print((await store.check()).found)
    await store.close()

asyncio.run(main())
"""


def migrate(path: Path, die_after: int = -1) -> tuple[int, str]:
    """Opens the store in a process of its own; answers its exit code, and what it said."""
    command = [sys.executable, "-c", _MIGRATE, str(path), str(die_after)]
    done = subprocess.run(command, input="go\n", capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, done.stdout + done.stderr


def test_four_processes_that_find_nothing_make_the_tables_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as threads:
        ends = list(threads.map(migrate, [tmp_path / "jobs.db"] * 4))

    assert ends == [(0, f"{migrations.NEWEST}\n")] * 4


@pytest.mark.parametrize("die_after", [0, 3, -2])
@pytest.mark.fault("kill -9 in a migration")
async def test_one_that_is_killed_in_the_middle_leaves_nothing_and_holds_nobody_up(
    tmp_path: Path, die_after: int
) -> None:
    count = len(list(migrations.script()))

    assert migrate(tmp_path / "jobs.db", die_after % count) == (-signal.SIGKILL, "")

    store = SqliteStore(tmp_path / "jobs.db", clock=SystemClock())
    with pytest.raises(SchemaError, match="of version 0"):
        await store.open(migrate=False)
    await store.open()
    assert (await store.check()).pending == ()
    await store.close()
