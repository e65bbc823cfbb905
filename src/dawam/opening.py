"""Finds what is loaded only when asked for: stores by the scheme of their URL, the container, adapters."""

import re
from importlib import import_module
from typing import Any

from dawam.clock import Clock
from dawam.errors import SettingsError
from dawam.stores.base import JobStore, StoreOptions
from dawam.stores.values import Retention

STORES = {
    "memory": "dawam.stores.memory:from_url",
    "sqlite": "dawam.stores.sqlite.store:from_url",
    "postgresql": "dawam.stores.postgres.store:from_url",
    "postgres": "dawam.stores.postgres.store:from_url",
}
DRIVERS = {"postgresql": ("psycopg", "postgres"), "postgres": ("psycopg", "postgres")}
"""What a store needs that `pip install dawam` does not bring, and the extra that does."""
TRANSACTIONS = {
    "sqlite3": "dawam.stores.sqlite.transaction:adapt",
    "aiosqlite": "dawam.integrations.aiosqlite:adapt",
    "psycopg": "dawam.stores.postgres.transaction:adapt",
    "asyncpg": "dawam.integrations.asyncpg:adapt",
    "django": "dawam.integrations.django:adapt",
    "sqlalchemy": "dawam.integrations.sqlalchemy:adapt",
}
_SCHEME = re.compile(r"[\w.+-]*")
_SHOWABLE = re.compile(rf"{_SCHEME.pattern}(?::?/{{1,3}}[\w.,/+-]*(?::\d{{1,5}})?(?:/[\w./-]*)?)?")
CONTAINER = "dawam.modules.container:build_container"
VARIABLE_OF = "dawam.host.origin:variable_of"
ORIGIN = "dawam.host.origin:make_origin"


def load(entry: str) -> Any:
    """What `module:name` points to. Loading by name keeps drivers and the DI library out of `import dawam`."""
    module, _, name = entry.partition(":")
    return getattr(import_module(module), name)


def make_store(options: StoreOptions, clock: Clock, retention: Retention) -> JobStore:
    """The store that `Store.Url` names; it is not open yet."""
    scheme, separator, _ = options.url.partition("://")
    if not separator or scheme not in STORES:
        bare, plus, driver = scheme.partition("+")
        cure = f" (leave out +{driver}: Dawam brings its own driver)" if plus and bare in STORES else ""
        raise SettingsError(
            f"Store.Url {_shown(options.url)!r} names no store that is known: "
            f"{', '.join(f'{name}://' for name in STORES)} were expected, as in sqlite:///dawam.db{cure}"
        )
    store: JobStore = _load_store(scheme)(
        options.url, application=options.application, clock=clock, retention=retention
    )
    return store


def _shown(url: str) -> str:
    """The URL of no store that is known, where nothing of it can be a password; else its scheme."""
    scheme, separator, _ = url.partition("://")
    return url if _SHOWABLE.fullmatch(url) else f"{scheme}://..." if _SCHEME.fullmatch(scheme) and separator else "..."


def _load_store(scheme: str) -> Any:
    try:
        return load(STORES[scheme])
    except ImportError as error:  # psycopg itself raises one without a name where it finds no library of PostgreSQL
        driver, extra = DRIVERS.get(scheme, ("", ""))
        if not driver or (error.name is not None and error.name.partition(".")[0] != driver):
            raise
        raise SettingsError(
            f"Store.Url names a store on {scheme}://, which needs the driver {driver}, and that cannot be imported "
            f'({str(error).partition(chr(10))[0]}): pip install "dawam[{extra}]"'
        ) from error
