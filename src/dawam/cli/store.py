"""`dawam store`: brings the tables of a store up to date, or says whether they are; and its upkeep."""

import asyncio
from typing import Any

import click

from dawam.cli.access import StoreChoice, opened, script_of, shared_store, store_options
from dawam.cli.options import json_option
from dawam.cli.output import print_json
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
@click.option("--sql", "as_sql", is_flag=True, help="Print the statements instead, for people; nothing is opened.")
@click.option(
    "--from-version",
    type=click.IntRange(min=0),
    metavar="N",
    help="With --sql: what leads on from version N, as `dawam store check` tells it. Default: 0, no tables.",
)
@json_option
@store_options
def migrate(as_sql: bool, from_version: int | None, as_json: bool, **said: Any) -> None:
    """Create the tables, or bring them up to date. Doing it twice is fine."""
    choice = StoreChoice.of(said)
    if as_sql and as_json:
        raise click.UsageError("--sql or --json: one of the two was expected")
    if as_sql:
        _print_script(choice, from_version or 0)
    elif from_version is not None:
        raise click.UsageError("--from-version belongs to --sql: without it the tables themselves tell their version")
    else:
        asyncio.run(_migrate(choice, as_json=as_json))


@store.command()
@json_option
@store_options
def check(as_json: bool, **said: Any) -> None:
    """Say whether the tables are up to date; exit code 1 when they are not. Changes nothing."""
    asyncio.run(_check(StoreChoice.of(said), as_json=as_json))


def _print_script(choice: StoreChoice, from_version: int) -> None:
    """As one transaction; a file of it can be given to the database's own shell."""
    store = shared_store(choice.build())
    script = script_of(store).script(from_version)
    click.echo(f"-- {store.description}: Dawam's tables, from version {from_version} on.\n")
    for statement in ("BEGIN", *script, "COMMIT"):
        click.echo(f"{statement};\n")


async def _migrate(choice: StoreChoice, *, as_json: bool) -> None:
    was_current = await _is_current(choice)
    store = shared_store(choice.build())
    await store.open(migrate=True)
    try:
        report = await store.check()
    finally:
        await store.close()
    how = "were up to date" if was_current else "are up to date now"
    _say(store.description, report, how, as_json=as_json)


async def _check(choice: StoreChoice, *, as_json: bool) -> None:
    async with opened(choice) as store:
        _say(store.store.description, await store.store.check(), "are up to date", as_json=as_json)


async def _is_current(choice: StoreChoice) -> bool:
    try:
        async with opened(choice):
            return True
    except (SchemaError, StoreUnavailableError):  # if it is worse than being behind, migrating will say so
        return False


def _say(description: str, report: SchemaReport, how: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"store": description, "version": report.found, "text": f"the tables {how}"})
    else:
        click.echo(f"{description}: the tables {how} (version {report.found})")
