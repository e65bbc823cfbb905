"""`dawam store`: brings the tables of a store up to date, or says whether they are; and its upkeep."""

import asyncio

import click

from dawam.cli.access import StoreChoice, opened, shared_store, store_options
from dawam.cli.shape import Group
from dawam.cli.upkeep import backup, prune, stats, vacuum
from dawam.errors import SchemaError, StoreUnavailableError
from dawam.stores.values import SchemaReport


@click.group(cls=Group)
def store() -> None:
    """Look after a store: migrate, check, stats, prune, vacuum, backup."""


for _command in (stats, prune, vacuum, backup):
    store.add_command(_command)


@store.command()
@store_options
def migrate(app: str | None, store_url: str | None, application: str | None, environment: str | None) -> None:
    """Create the tables, or bring them up to date. Doing it twice is fine."""
    asyncio.run(_migrate(StoreChoice(app=app, store=store_url, application=application, environment=environment)))


@store.command()
@store_options
def check(app: str | None, store_url: str | None, application: str | None, environment: str | None) -> None:
    """Say whether the tables are up to date; exit code 1 when they are not. Changes nothing."""
    asyncio.run(_check(StoreChoice(app=app, store=store_url, application=application, environment=environment)))


async def _migrate(choice: StoreChoice) -> None:
    was_current = await _is_current(choice)
    store = shared_store(choice.build())
    await store.open(migrate=True)
    try:
        report = await store.check()
    finally:
        await store.close()
    _say(store.description, report, "were up to date" if was_current else "are up to date now")


async def _check(choice: StoreChoice) -> None:
    async with opened(choice) as store:
        _say(store.store.description, await store.store.check(), "are up to date")


async def _is_current(choice: StoreChoice) -> bool:
    try:
        async with opened(choice):
            return True
    except (SchemaError, StoreUnavailableError):  # if it is worse than being behind, migrating will say so
        return False


def _say(description: str, report: SchemaReport, how: str) -> None:
    click.echo(f"{description}: the tables {how} (version {report.found})")
