"""Finds what is loaded only when asked for: stores by the scheme of their URL, the container, adapters."""

from importlib import import_module
from typing import Any

from dawam.clock import Clock
from dawam.errors import SettingsError
from dawam.settings.masking import masked
from dawam.stores.base import JobStore, StoreOptions
from dawam.stores.values import Retention

STORES = {
    "memory": "dawam.stores.memory:from_url",
    "sqlite": "dawam.stores.sqlite.store:from_url",
    "postgresql": "dawam.stores.postgres.store:from_url",
    "postgres": "dawam.stores.postgres.store:from_url",
}
TRANSACTIONS = {
    "sqlite3": "dawam.stores.sqlite.transaction:adapt",
    "aiosqlite": "dawam.integrations.aiosqlite:adapt",
    "psycopg": "dawam.stores.postgres.transaction:adapt",
    "asyncpg": "dawam.integrations.asyncpg:adapt",
    "django": "dawam.integrations.django:adapt",
    "sqlalchemy": "dawam.integrations.sqlalchemy:adapt",
}
CONTAINER = "dawam.modules.container:build_container"


def load(entry: str) -> Any:
    """What `module:name` points to. Loading by name keeps drivers and the DI library out of `import dawam`."""
    module, _, name = entry.partition(":")
    return getattr(import_module(module), name)


def make_store(options: StoreOptions, clock: Clock, retention: Retention) -> JobStore:
    """The store that `Store.Url` names; it is not open yet."""
    scheme, separator, _ = options.url.partition("://")
    if not separator or scheme not in STORES:
        raise SettingsError(
            f"Store.Url {masked(options.url)!r} names no store that is known: "
            f"{', '.join(f'{name}://' for name in STORES)} were expected, as in sqlite:///dawam.db"
        )
    store: JobStore = load(STORES[scheme])(
        options.url, application=options.application, clock=clock, retention=retention
    )
    return store
