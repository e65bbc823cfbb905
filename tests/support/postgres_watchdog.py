"""Ends the PostgreSQL servers of a test process and removes their folder once that process is gone, however it ended.

Run as a program it is given the folder, and as standard input a pipe that ends with the test process. A signal for the
parent's death (`PR_SET_PDEATHSIG`) would not do: it follows the thread that started a server, and threads end early.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

_SERVER = re.compile(rb"(?:[^\0]*/)?(?:postgres|initdb|pgbouncer)(?:: |\0)")
_LINE_OF_SHARED_MEMORY = 6
"""Of `postmaster.pid`: the key and the id of the segment that keeps a second server away from the same folder."""


def processes_of(folder: Path) -> list[int]:
    """Every living process of the servers below this folder, in the order of their ids.

    PostgreSQL's processes each lead a group of their own, so no group holds them all. Their title does: the first
    process has the folder among its arguments, the others have it as `cluster_name`.
    """
    found: list[int] = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended since
            title = (entry / "cmdline").read_bytes()
            if _SERVER.match(title) and os.fsencode(folder) + b"/" in title:
                found.append(int(entry.name))
    return sorted(found)


def send(number: signal.Signals, pids: list[int]) -> None:
    """Sends this signal to those of the processes that are still there."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def kill_all(folder: Path) -> None:
    """Kills the servers below this folder, and returns when nothing of them runs any more."""
    while pids := processes_of(folder):
        send(signal.SIGKILL, pids)
        time.sleep(0.002)


def put_away(folder: Path) -> None:
    """Kills the servers below this folder, and removes what they leave behind, the folder included."""
    kill_all(folder)
    for path in folder.rglob("postmaster.pid"):
        lines = path.read_text().splitlines()
        if len(lines) > _LINE_OF_SHARED_MEMORY:
            segment = lines[_LINE_OF_SHARED_MEMORY].split()[-1]
            subprocess.run(["ipcrm", "-m", segment], check=False, stderr=subprocess.DEVNULL)
    shutil.rmtree(folder, ignore_errors=True)


def watch(folder: Path) -> None:
    """Puts this folder away when the process that calls this has ended."""
    end, _kept_open = os.pipe()  # until this process ends, and closed by the system then
    command = [sys.executable, "-I", "-S", __file__, str(folder)]
    nowhere = [(os.POSIX_SPAWN_OPEN, output, os.devnull, os.O_WRONLY, 0) for output in (1, 2)]
    # Not a `Popen`, which complains when it is forgotten while its process runs.
    os.posix_spawn(command[0], command, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, end, 0), *nowhere])
    os.close(end)


if __name__ == "__main__":
    os.setsid()  # neither Ctrl+C nor the end of a terminal is meant for it
    os.chdir("/")
    sys.stdin.buffer.read()
    put_away(Path(sys.argv[1]))
