"""PostgreSQL for tests: databases on any server, and servers of the tests' own, which may be killed, frozen, restarted.

with PostgresServer({"fsync": "off"}) as server:
    url = server.new_database()
    server.kill()
    server.start()
"""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote, unquote, urlsplit

import psycopg
from psycopg import sql
from psycopg.abc import Query

from tests.support.postgres_watchdog import kill_all, processes_of, put_away, send, watch

_PATIENCE = 60.0
_PORTS = range(20_000, 30_000)
"""Below those that the system takes for outgoing connections. One of these could take the port while the server is
down, and a client that tries again and again would in the end be connected with itself."""
_MEMORY = "/dev/shm"
"""A file system in which a new database takes 40 ms; on a disk it takes 100 to 400, for its 300 files."""
_ROOM = 2 << 30
_NEED_PASSWORD = "needs_password"
_ACCESS = f"""\
local all +{_NEED_PASSWORD} scram-sha-256
host all +{_NEED_PASSWORD} 127.0.0.1/32 scram-sha-256
local all all trust
host all all 127.0.0.1/32 trust
"""
_NEW_ROLE = """
DO $$ BEGIN CREATE ROLE {group}; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
CREATE ROLE {name} LOGIN PASSWORD {password} IN ROLE {group};
"""
_EMPTY = """
SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid();
ALTER DATABASE {name} RESET ALL;
DO $$
DECLARE
    name text;
BEGIN
    FOR name IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' LOOP
        EXECUTE format('DROP SCHEMA %I CASCADE', name);
    END LOOP;
END $$;
CREATE SCHEMA public;
GRANT USAGE ON SCHEMA public TO PUBLIC;
"""
_numbers = count(1)


class Postgres:
    """A server that runs somewhere, version 14 or later, and on which databases are made."""

    def __init__(self, url: str) -> None:
        """`url`: any database there, as a role that may create others."""
        self._url = url

    def url(self, database: str | None = None, *, user: str | None = None, password: str | None = None) -> str:
        """Where a database is reached: the one and the role that are there anyway, unless others are named."""
        parts = urlsplit(self._url)
        if user is not None or password is not None:
            name = quote(unquote(parts.username or "") if user is None else user, safe="")
            credentials = name if password is None else f"{name}:{quote(password, safe='')}"
            parts = parts._replace(netloc=f"{credentials}@{parts.netloc.rpartition('@')[2]}")
        if database is not None:
            parts = parts._replace(path=f"/{quote(database, safe='')}")
        return parts.geturl()

    def execute(self, statement: Query, *, url: str | None = None) -> list[tuple[Any, ...]]:
        """Executes a statement as the administrator, or as `url` says, and answers with the rows, if there are any."""
        with psycopg.connect(url or self._url, autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def new_database(self, name: str | None = None) -> str:
        """The URL of a new, empty database; without a name it gets one that nothing else has."""
        name = name or f"test_{secrets.token_hex(6)}"
        self.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(sql.Identifier(name)))
        return self.url(name)

    def drop_database(self, url: str) -> None:
        """Removes a database of this server, and ends the sessions in it."""
        self.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(_database_of(url))))

    def empty(self, url: str) -> None:
        """Makes a database as good as new, much faster than one is made: ends its sessions, drops all its schemas."""
        self.execute(sql.SQL(_EMPTY).format(name=sql.Identifier(_database_of(url))), url=url)


class PostgresServer(Postgres):
    """A server of this process alone, with its own folder, on a port of 127.0.0.1 and a Unix socket.

    It is as durable as PostgreSQL is by default, unless `settings` (of `postgresql.conf`) say otherwise, but its folder
    is in memory where there is room. It lets everybody in, as `postgres` by default, except for roles made with
    `create_role`. However this process ends, the server ends with it, and its folder is removed.
    """

    def __init__(self, settings: Mapping[str, str] | None = None) -> None:
        self.folder = home() / str(next(_numbers))
        self.data, self.socket_folder, self.log = (self.folder / name for name in ("data", "sockets", "log"))
        new_folder(self.folder)
        new_folder(self.socket_folder)
        _run("cp", "-a", _template(), self.data)
        own = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": self.socket_folder,
            "cluster_name": f"{self.data}/",  # by this its processes are found
            "dynamic_shared_memory_type": "mmap",  # in the folder, so that a killed server leaves nothing elsewhere
        }
        with (self.data / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in {**own, **(settings or {})}.items())
        self._process: subprocess.Popen[Any] | None = None
        self._has_run = False
        self._take_port()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Starts it, also after a kill, and returns when it lets clients in. From the first start on the port stays."""
        assert self._process is None, "it was started already"
        while (error := self._start()) is not None:
            if self._has_run or "Address already in use" not in error:
                raise AssertionError(f"PostgreSQL does not start:\n{error}")
            self._take_port()
        self._has_run = True

    def stop(self) -> None:
        """Stops it in good order, without waiting for its clients."""
        process = self._started()
        process.send_signal(signal.SIGINT)
        process.wait(_PATIENCE)
        self._process = None

    def kill(self) -> None:
        """Kills all of its processes at once. What they had given to the system is kept, synced or not."""
        process = self._started()
        process.kill()  # first, or it would see the others end and report it to clients
        kill_all(self.folder)
        process.wait(_PATIENCE)
        self._process = None

    def restart(self) -> None:
        """Stops it in good order and starts it."""
        self.stop()
        self.start()

    def freeze(self) -> None:
        """Holds all of its processes: connections stay, new ones can be made, and nobody answers."""
        frozen: set[int] = set()
        while others := [pid for pid in processes_of(self.folder) if pid not in frozen]:
            send(signal.SIGSTOP, others)
            frozen.update(others)

    def thaw(self) -> None:
        """Lets it go on."""
        send(signal.SIGCONT, processes_of(self.folder))

    @property
    def environment(self) -> dict[str, str]:
        """By which programs of PostgreSQL, and URLs that name no host, find it; such programs are on this path."""
        path = f"{os.environ['PATH']}{os.pathsep}{_binaries()}"
        return {"PGHOST": str(self.socket_folder), "PGPORT": str(self.port), "PGUSER": "postgres", "PATH": path}

    def create_role(self, name: str, password: str) -> None:
        """A role that may log in, and has to give its password for that."""
        values = {"name": sql.Identifier(name), "group": sql.Identifier(_NEED_PASSWORD), "password": password}
        self.execute(sql.SQL(_NEW_ROLE).format(**values))

    def close(self) -> None:
        """Kills it, whether it runs or not, and removes its folder."""
        put_away(self.folder)
        if self._process is not None:
            self._process.wait(_PATIENCE)
            self._process = None

    def _started(self) -> "subprocess.Popen[Any]":
        assert self._process is not None, "it is not started"
        return self._process

    def _take_port(self) -> None:
        self.port = free_port()
        self._url = f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def _start(self) -> str | None:
        """What it said when it did not start."""
        said_before = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            command = [str(_binaries() / "postgres"), "-D", str(self.data), "-p", str(self.port)]
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, **as_its_user()
            )
        # The socket, because on the port somebody else's server may answer. It is there when the port is taken.
        url = f"postgresql://postgres@/postgres?host={quote(str(self.socket_folder), safe='')}&port={self.port}"
        deadline = time.monotonic() + _PATIENCE
        while process.poll() is None and time.monotonic() < deadline:
            try:
                psycopg.connect(url).close()
            except psycopg.OperationalError:
                time.sleep(0.01)
            else:
                self._process = process
                return None
        kill_all(self.folder)
        process.wait(_PATIENCE)
        return self.log.read_bytes()[said_before:].decode(errors="replace")


def why_no_server() -> str | None:
    """What is missing for a server of one's own."""
    if not Path("/proc/self/cmdline").exists():
        return "no PostgreSQL of the tests' own: it needs Linux, whose /proc shows the server's processes"
    if _found_binaries() is None:
        return "no PostgreSQL server found: neither pg_config nor /usr/lib/postgresql nor the path leads to initdb"
    return None


@lru_cache
def _found_binaries() -> Path | None:
    """The folder with `initdb` and `postgres`."""
    folders: list[Path] = []
    if shutil.which("pg_config"):
        asked = subprocess.run(["pg_config", "--bindir"], check=False, capture_output=True, text=True)
        folders.append(Path(asked.stdout.strip()))
    debian = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if path.parent.name.isdigit()]
    folders += sorted(debian, key=lambda path: int(path.parent.name), reverse=True)
    folders += [Path(path) for path in os.environ.get("PATH", "").split(os.pathsep) if path]
    return next((each for each in folders if (each / "initdb").exists() and (each / "postgres").exists()), None)


def _binaries() -> Path:
    found = _found_binaries()
    assert found is not None, why_no_server()
    return found


@lru_cache
def home() -> Path:
    """Where the servers of this process live: short, for the sake of socket names, and open to the servers' user."""
    has_memory = os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM
    home = Path(tempfile.mkdtemp(prefix="dawam-postgres-", dir=_MEMORY if has_memory else "/tmp"))
    watch(home)
    give(home)
    return home


@lru_cache
def _template() -> Path:
    """A new data folder, to be copied, which takes a tenth of the time of making one."""
    data = home() / "template"
    initdb = _binaries() / "initdb"
    _run(initdb, "-D", data, "--no-sync", "--encoding=UTF8", "--locale=C", "--username=postgres", "--auth=trust")
    (data / "pg_hba.conf").write_text(_ACCESS)
    return data


def _run(*command: str | Path) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True, **as_its_user())
    assert done.returncode == 0, f"{command[0]} failed:\n{done.stdout}{done.stderr}"


def as_its_user() -> dict[str, Any]:
    """How the server's programs are run: as root they refuse to, and the caller's environment is not meant for them."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    how: dict[str, Any] = {"cwd": "/", "env": {**environment, "LC_ALL": "C", "TZ": "UTC"}}
    if os.geteuid() == 0:
        account = _account()
        how.update(user=account.pw_uid, group=account.pw_gid, extra_groups=[])
    return how


@lru_cache
def _account() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def new_folder(path: Path) -> None:
    path.mkdir()
    give(path)


def give(path: Path) -> None:
    if os.geteuid() == 0:
        os.chown(path, _account().pw_uid, _account().pw_gid)


def free_port() -> int:
    while True:
        port = _PORTS.start + secrets.randbelow(len(_PORTS))  # `random` is seeded alike by Hypothesis in every process
        with socket.socket() as candidate:
            try:
                candidate.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def _database_of(url: str) -> str:
    return unquote(urlsplit(url).path.removeprefix("/"))
