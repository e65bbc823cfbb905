"""Bad inputs: URLs that cannot be meant, servers that let nobody in, and databases in which no jobs can be kept."""

import atexit
import re
import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from importlib.abc import MetaPathFinder
from pathlib import Path
from unittest.mock import patch

import psycopg

from dawam import App
from dawam.stores.postgres import migrations
from dawam.stores.postgres.script import NEWEST, STEPS
from tests.bad_input.case import BadInput, Provoke, Told
from tests.bad_input.provoking import refused, typing
from tests.bad_input.shop import ShipOrderArgs, ShipOrderJob, ShopModule
from tests.support.applications import built, running
from tests.support.postgres import PostgresServer

_PASSWORD = "open-sesame"
_QUICK = {"fsync": "off", "full_page_writes": "off"}
_PORT = re.compile(r"(127\.0\.0\.1:)\d+")
_ROLES = """
CREATE ROLE visitor LOGIN;
CREATE ROLE latecomer LOGIN CONNECTION LIMIT 0;
"""


@cache
def _server() -> PostgresServer:
    """One for all of these, for as long as the process lives."""
    server = PostgresServer(_QUICK)
    atexit.register(server.close)
    server.start()
    server.create_role("clerk", _PASSWORD)
    server.execute(_ROLES.encode())
    return server


def _database() -> str:
    """The URL of `shop`, new and empty."""
    _server().drop_database(_server().url("shop"))
    return _server().new_database("shop")


def _saying(url: str) -> Provoke:
    """Puts the shop together with this store; no server is asked."""

    async def provoke(_: Path) -> Told:
        async def act() -> None:
            built(App(ShopModule, store=url))

        return _settled(await refused(act))

    return provoke


def _opening(
    url: Callable[[], str],
    *prepared: str,
    settings: Mapping[str, object] | None = None,
    has_tables: bool = False,
    but: Callable[[], AbstractContextManager[object]] = nullcontext,
) -> Provoke:
    """Opens the shop in a database in which something is wrong, and enqueues."""

    async def provoke(_: Path) -> Told:
        database = _database()
        if has_tables:
            await _make_tables(database)
        for statement in prepared:
            _server().execute(statement.encode(), url=database)

        async def act() -> None:
            async with running(App(ShopModule, store=url()), settings=settings, run_host=False) as runtime:
                await runtime.parts.manager.enqueue(ShipOrderJob, ShipOrderArgs(1))

        with but():
            return _settled(await refused(act))

    return provoke


async def _make_tables(database: str) -> None:
    async with running(App(ShopModule, store=database), run_host=False):
        """Now there are some."""


def _typing(*arguments: str) -> Provoke:
    async def provoke(folder: Path) -> Told:
        database = _database()
        await _make_tables(database)
        return _settled(await typing(*arguments, "--store", database)(folder))

    return provoke


def _settled(told: Told) -> Told:
    """With the port that a reader's server would have; whatever is said, it holds no password."""
    assert _PASSWORD not in told.message
    return Told(told.how, _PORT.sub(r"\g<1>5432", told.message))


def _as(user: str, password: str | None = None) -> Callable[[], str]:
    return lambda: _server().url("shop", user=user, password=password)


def _with(words: str) -> Callable[[], str]:
    return lambda: f"{_server().url('shop')}?{words}"


class _NoPsycopg(MetaPathFinder):
    """What Python says where it is not installed."""

    def find_spec(self, fullname: str, path: object, target: object = None) -> None:
        if fullname == "psycopg":
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)


@contextmanager
def _without_psycopg() -> Generator[None]:
    with patch.dict(sys.modules), patch.object(sys, "meta_path", [_NoPsycopg(), *sys.meta_path]):
        for name in ("psycopg", "dawam.stores.postgres.store"):
            sys.modules.pop(name, None)
        yield


async def _not_installed(folder: Path) -> Told:
    with _without_psycopg():
        return await _saying("postgresql://127.0.0.1/shop")(folder)


@contextmanager
def _newer_code() -> Generator[None]:
    """As if a step had been added."""
    steps = (*STEPS, (NEWEST + 1, "more", ""))
    with patch.object(migrations, "STEPS", steps), patch.object(migrations, "NEWEST", NEWEST + 1):
        yield


@contextmanager
def _old_server() -> Generator[None]:
    with patch.object(psycopg.ConnectionInfo, "server_version", 120022):
        yield


@contextmanager
def _somebody_locks() -> Generator[None]:
    with psycopg.connect(_server().url("shop")) as somebody:
        somebody.execute("LOCK TABLE dawam_job IN ACCESS EXCLUSIVE MODE")
        yield


_READ_ONLY = "ALTER DATABASE shop SET default_transaction_read_only = on"
_NO_MIGRATION = {"Store.Migrate": False}

CASES = (
    BadInput(
        title="A password with characters of a URL",
        written="postgresql://clerk:ses@me@127.0.0.1/shop",
        provoke=_saying("postgresql://clerk:ses@me@127.0.0.1/shop"),
        how="SettingsError",
        thing="Store.Url",
        problem="cannot be read",
        cure="with special characters of the password written as %40 and the like",
    ),
    BadInput(
        title="The URL of an engine of SQLAlchemy",
        written="postgresql+psycopg://127.0.0.1/shop",
        provoke=_saying("postgresql+psycopg://127.0.0.1/shop"),
        how="SettingsError",
        thing="Store.Url",
        problem="names no store that is known",
        cure="leave out +psycopg: Dawam brings its own driver",
    ),
    BadInput(
        title="An option of the URL that nobody knows",
        written="postgresql://127.0.0.1/shop?shcema=jobs",
        provoke=_saying("postgresql://127.0.0.1/shop?shcema=jobs"),
        how="SettingsError",
        thing="'postgresql://127.0.0.1/shop'",
        problem="unknown option shcema",
        cure="was schema meant?",
    ),
    BadInput(
        title="A duration in the URL without its unit",
        written="postgresql://127.0.0.1/shop?statement_timeout=5",
        provoke=_saying("postgresql://127.0.0.1/shop?statement_timeout=5"),
        how="SettingsError",
        thing="statement_timeout='5'",
        problem="a duration",
        cure="such as 500ms, 30s or 2m was expected",
    ),
    BadInput(
        title="The driver is not installed",
        written="pip install dawam, and postgresql://127.0.0.1/shop",
        provoke=_not_installed,
        how="SettingsError",
        thing="Store.Url names a store on postgresql://",
        problem="needs the driver psycopg, and that cannot be imported",
        cure='pip install "dawam[postgres]"',
    ),
    BadInput(
        title="No server is there",
        written="postgresql://127.0.0.1:1/shop",
        provoke=_opening(lambda: "postgresql://127.0.0.1:1/shop"),
        how="StoreUnavailableError",
        thing="PostgreSQL shop at 127.0.0.1",
        problem="Connection refused",
        cure="Check host and port in Store.Url, and that the server runs",
    ),
    BadInput(
        title="A wrong password",
        written="postgresql://clerk:wrong@127.0.0.1/shop",
        provoke=_opening(_as("clerk", f"not-{_PASSWORD}")),
        how="StoreUnavailableError",
        thing="PostgreSQL shop at 127.0.0.1",
        problem='password authentication failed for user "clerk"',
        cure="Check the password of clerk in Store.Url",
    ),
    BadInput(
        title="No password",
        written="postgresql://clerk@127.0.0.1/shop",
        provoke=_opening(_as("clerk")),
        how="StoreUnavailableError",
        thing="PostgreSQL shop at 127.0.0.1",
        problem="no password supplied",
        cure="Say the password of clerk in Store.Url, or name a passfile",
    ),
    BadInput(
        title="The role does not exist",
        written="postgresql://nobody@127.0.0.1/shop",
        provoke=_opening(_as("nobody")),
        how="StoreUnavailableError",
        thing='role "nobody"',
        problem="does not exist",
        cure="Create the role first, or name another one in Store.Url",
    ),
    BadInput(
        title="The database does not exist",
        written="postgresql://127.0.0.1/shopp",
        provoke=_opening(lambda: _server().url("shopp")),
        how="StoreUnavailableError",
        thing='database "shopp"',
        problem="does not exist",
        cure="Create the database first, or name another one in Store.Url",
    ),
    BadInput(
        title="The server has no connection left for this role",
        written="ALTER ROLE latecomer CONNECTION LIMIT 0",
        provoke=_opening(_as("latecomer")),
        how="StoreUnavailableError",
        thing='"latecomer"',
        problem="too many connections",
        cure="Raise the limit, or run fewer processes",
    ),
    BadInput(
        title="The server does not speak TLS",
        written="postgresql://127.0.0.1/shop?sslmode=require",
        provoke=_opening(_with("sslmode=require")),
        how="StoreUnavailableError",
        thing="PostgreSQL shop at 127.0.0.1",
        problem="server does not support SSL, but SSL was required",
        cure="Name another sslmode in Store.Url, or turn ssl on at the server",
    ),
    BadInput(
        title="The tables are missing, and the application does not make them",
        written="Store.Migrate = false",
        provoke=_opening(_with("schema=jobs"), settings=_NO_MIGRATION),
        how="SchemaError",
        thing="PostgreSQL shop at 127.0.0.1:5432, schema jobs",
        problem="are missing, and this Dawam needs version",
        cure="run `dawam store migrate`",
    ),
    BadInput(
        title="The tables are of an older Dawam, and the application does not change them",
        written="Store.Migrate = false",
        provoke=_opening(_with(""), settings=_NO_MIGRATION, has_tables=True, but=_newer_code),
        how="SchemaError",
        thing="PostgreSQL shop at 127.0.0.1:5432, schema public",
        problem=f"are of version {NEWEST}, and this Dawam needs version {NEWEST + 1}",
        cure="run `dawam store migrate`",
    ),
    BadInput(
        title="The tables are of a newer Dawam, which says that older code must not use them",
        written="postgresql://127.0.0.1/shop, migrated by a newer version",
        provoke=_opening(
            _with(""), "UPDATE dawam_schema SET version = 1000, minimum_code_version = 999", has_tables=True
        ),
        how="SchemaError",
        thing="PostgreSQL shop at 127.0.0.1",
        problem="need code that knows version 999",
        cure="upgrade it",
    ),
    BadInput(
        title="The role may not create tables",
        written="postgresql://visitor@127.0.0.1/shop",
        provoke=_opening(_as("visitor"), "REVOKE CREATE ON SCHEMA public FROM PUBLIC"),
        how="StoreUnavailableError",
        thing="PostgreSQL shop at 127.0.0.1",
        problem="permission denied for schema public",
        cure="let a role that has them run `dawam store migrate`",
    ),
    BadInput(
        title="The role has no rights on the schema",
        written="postgresql://visitor@127.0.0.1/shop, with tables that are another's",
        provoke=_opening(_as("visitor"), "REVOKE USAGE ON SCHEMA public FROM PUBLIC", has_tables=True),
        how="StoreUnavailableError",
        thing="PostgreSQL shop at 127.0.0.1",
        problem="permission denied for schema public",
        cure="grant it the rights on the schema and its tables",
    ),
    BadInput(
        title="The role may read the tables and not write them",
        written="GRANT SELECT ON ALL TABLES IN SCHEMA public TO visitor",
        provoke=_opening(_as("visitor"), "GRANT SELECT ON ALL TABLES IN SCHEMA public TO visitor", has_tables=True),
        how="StoreUnavailableError",
        thing="PostgreSQL shop at 127.0.0.1",
        problem="permission denied for table dawam_job",
        cure="grant it the rights on the schema and its tables",
    ),
    BadInput(
        title="The server is too old",
        written="a server of version 12",
        provoke=_opening(_with(""), but=_old_server),
        how="StoreUnavailableError",
        thing="PostgreSQL shop at 127.0.0.1",
        problem="is version 12, and jobs need 13 or newer",
        cure="upgrade the server, or use another store",
    ),
    BadInput(
        title="The server only reads, and has no tables",
        written=_READ_ONLY,
        provoke=_opening(_with(""), _READ_ONLY),
        how="StoreUnavailableError",
        thing="PostgreSQL shop at 127.0.0.1",
        problem="in a read-only transaction. The server only reads",
        cure="Name the primary, or say target_session_attrs=read-write",
    ),
    BadInput(
        title="The server only reads, and is to take a job",
        written=_READ_ONLY,
        provoke=_opening(_with(""), _READ_ONLY, has_tables=True),
        how="StoreUnavailableError",
        thing="PostgreSQL shop at 127.0.0.1",
        problem="in a read-only transaction. The server only reads",
        cure="Name the primary, or say target_session_attrs=read-write",
    ),
    BadInput(
        title="Somebody else holds a lock on the tables",
        written="another program leaves LOCK TABLE dawam_job open",
        provoke=_opening(_with("statement_timeout=100ms"), has_tables=True, but=_somebody_locks),
        how="StoreBusyError",
        thing="PostgreSQL shop at 127.0.0.1",
        problem="The statement took longer than statement_timeout allows",
        cure="pass it as transaction= or commit it first",
    ),
    BadInput(
        title="A backup of a database server",
        written="dawam store backup copy.db",
        provoke=_typing("store", "backup", "copy.db"),
        how="exit code 1",
        thing="PostgreSQL shop at 127.0.0.1",
        problem="has no upkeep (vacuum, backup)",
        cure="pg_dump, for PostgreSQL",
    ),
    BadInput(
        title="A vacuum of a database server",
        written="dawam store vacuum",
        provoke=_typing("store", "vacuum"),
        how="exit code 1",
        thing="PostgreSQL shop at 127.0.0.1",
        problem="has no upkeep (vacuum, backup)",
        cure="VACUUM FULL, in PostgreSQL",
    ),
)
