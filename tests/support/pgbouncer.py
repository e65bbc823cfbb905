"""PgBouncer for tests: a pooler in front of a server of the tests' own.

with PgBouncer(server) as pooler:
    url = pooler.url(server.new_database())
"""

import os
import shutil
import subprocess
import time
from itertools import count
from typing import Any, Self
from urllib.parse import urlsplit

import psycopg

from tests.support.postgres import PostgresServer, as_its_user, free_port, home, new_folder
from tests.support.postgres_watchdog import put_away

_PATIENCE = 30.0
_numbers = count(1)


class PgBouncer:
    """Shares few sessions of the server among many connections: each has one for as long as a transaction takes.

    Runs as an unprivileged user, and lets every role in that the server lets in without a password.
    """

    def __init__(self, server: PostgresServer, *roles: str, pool_mode: str = "transaction", **settings: str) -> None:
        self.folder = home() / f"pooler-{next(_numbers)}"
        new_folder(self.folder)
        self.port = free_port()
        self._process: subprocess.Popen[Any] | None = None
        said = {
            "listen_addr": "127.0.0.1",
            "listen_port": str(self.port),
            "unix_socket_dir": "",
            "auth_type": "trust",
            "auth_file": str(self.folder / "users"),
            "pool_mode": pool_mode,
            "default_pool_size": "4",
            **settings,
        }
        lines = ["[databases]", f"* = host=127.0.0.1 port={server.port}", "[pgbouncer]"]
        lines += [f"{name} = {value}" for name, value in said.items()]
        (self.folder / "pgbouncer.ini").write_text("\n".join(lines) + "\n")
        (self.folder / "users").write_text("".join(f'"{role}" ""\n' for role in ("postgres", *roles)))

    def __enter__(self) -> Self:
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [_found(), str(self.folder / "pgbouncer.ini")],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, **as_its_user(),
            )  # fmt: skip
        deadline = time.monotonic() + _PATIENCE
        while self._process.poll() is None and time.monotonic() < deadline:
            try:
                psycopg.connect(f"postgresql://postgres@127.0.0.1:{self.port}/postgres").close()
            except psycopg.OperationalError:
                time.sleep(0.01)
            else:
                return self
        raise AssertionError(f"PgBouncer does not start:\n{(self.folder / 'log').read_text()}")

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(_PATIENCE)
        put_away(self.folder)

    def url(self, url: str, *, user: str | None = None) -> str:
        """The same database, through this pooler."""
        parts = urlsplit(url)
        name = parts.username if user is None else user
        return parts._replace(netloc=f"{name}@127.0.0.1:{self.port}").geturl()


def why_no_pooler() -> str | None:
    """What is missing for one."""
    return "PgBouncer is not installed (apt-get install pgbouncer)" if _found() is None else None


def _found() -> str | None:
    return shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
