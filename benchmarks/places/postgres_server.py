"""The PostgreSQL server that is measured: a private one with default settings, or the one that a variable names.

The private one runs on a port and in a folder of its own, as an unprivileged user where we are root, with the settings
that `initdb` writes: fsync and synchronous_commit are on. It ends with the benchmarks.
"""

import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, Protocol

import psycopg

from benchmarks import machine
from benchmarks.places.owned import left_behind, own_prefix
from benchmarks.places.place import PlaceMissingError

URL = "DAWAM_BENCH_POSTGRES_URL"
"""The variable that names a server on this machine, as a role that may create databases and ask for checkpoints."""
_KIND = "postgres"
_PATIENCE = 60.0
_PORTS = range(20_000, 30_000)
"""Below those that the system takes for outgoing connections."""


class PostgresServer(Protocol):
    """A server on which databases are made."""

    @property
    def url(self) -> str:
        """A database that is there anyway."""
        ...

    def stop(self) -> None:
        """Ends it, if it is ours."""
        ...


def start_server(cache: Path) -> PostgresServer:
    """The server to measure. Raises `PlaceMissingError` when there is none."""
    url = os.environ.get(URL)
    return _PrivateServer(cache) if url is None else _GivenServer(url)


def first_process(connection: "psycopg.Connection[Any]") -> int:
    """The process below which all others of the server are. Raises `PlaceMissingError` when it runs elsewhere."""
    parent = machine.parent(connection.info.backend_pid)
    if parent is None or machine.name(parent) not in ("postgres", "postmaster"):
        raise PlaceMissingError("the server is not on this machine, so that its CPU cannot be read")
    return parent


class _GivenServer:
    """Somebody else's, which is left as it is."""

    def __init__(self, url: str) -> None:
        self.url = url

    def stop(self) -> None:
        pass


class _PrivateServer:
    def __init__(self, cache: Path) -> None:
        _remove_left_behind(cache)
        binaries, port = _binaries(), _free_port()
        self.url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
        self._folder = Path(tempfile.mkdtemp(prefix=own_prefix(_KIND), dir=cache))
        _give(self._folder)
        data = self._folder / "data"
        try:
            _make(binaries, data)
            self._process = _started(binaries, data, port)
            self._wait(data)
        except PlaceMissingError:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise

    def stop(self) -> None:
        self._process.send_signal(signal.SIGINT)  # without waiting for its clients
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            for process in machine.family(self._process.pid):
                os.kill(process, signal.SIGKILL)
            self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _wait(self, data: Path) -> None:
        deadline = time.monotonic() + _PATIENCE
        while self._process.poll() is None and time.monotonic() < deadline:
            try:
                psycopg.connect(self.url).close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        self._process.kill()
        self._process.wait()
        raise PlaceMissingError(f"PostgreSQL does not start: {_log(data).read_text(errors='replace')[-500:]}")


def _binaries() -> Path:
    """The folder with `initdb` and `postgres`: that on the path, or Debian's newest."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    debian = [folder for folder in Path("/usr/lib/postgresql").glob("*/bin") if folder.parent.name.isdigit()]
    for folder in sorted(debian, key=lambda each: int(each.parent.name), reverse=True):
        if (folder / "initdb").exists():
            return folder
    raise PlaceMissingError(f"no PostgreSQL server is installed (apt-get install postgresql), and {URL} names none")


def _make(binaries: Path, data: Path) -> None:
    how = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
    line = [str(binaries / "initdb"), "-D", str(data), *how]
    done = subprocess.run(line, check=False, capture_output=True, text=True, **_as_its_user())
    if done.returncode:
        raise PlaceMissingError(f"initdb failed: {done.stderr.strip()[-500:]}")


def _started(binaries: Path, data: Path, port: int) -> "subprocess.Popen[Any]":
    line = [str(binaries / "postgres"), "-D", str(data), "-p", str(port)]
    line += ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]
    with _log(data).open("ab") as log:
        return subprocess.Popen(
            line, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, **_as_its_user()
        )


def _log(data: Path) -> Path:
    return data.parent / "log"


def _as_its_user() -> dict[str, Any]:
    """How the server's programs are run: as root they refuse to."""
    if os.geteuid() != 0:
        return {"cwd": "/"}
    account = _account()
    return {"cwd": "/", "user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _give(folder: Path) -> None:
    if os.geteuid() == 0:
        os.chown(folder, _account().pw_uid, _account().pw_gid)


def _account() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def _free_port() -> int:
    for port in random.sample(_PORTS, 100):
        with socket.socket() as candidate:
            try:
                candidate.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise PlaceMissingError("no free port was found")


def _remove_left_behind(cache: Path) -> None:
    """Ends and removes the servers of benchmarks that were killed."""
    for folder in left_behind(cache, _KIND):
        lock = folder / "data" / "postmaster.pid"
        if lock.exists():
            left = int(lock.read_text().splitlines()[0])
            if machine.name(left) == "postgres" and os.path.realpath(f"/proc/{left}/cwd") == str(folder / "data"):
                os.kill(left, signal.SIGQUIT)
                time.sleep(1)
        shutil.rmtree(folder, ignore_errors=True)
