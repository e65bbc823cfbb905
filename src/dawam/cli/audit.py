"""`dawam audit`: what people did by hand."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import click
import msgspec

from dawam.cli.access import OpenedStore, store_options, with_store
from dawam.cli.options import MOST_SHOWN, json_option
from dawam.cli.output import print_json, print_table
from dawam.cli.shape import Command
from dawam.observability.durations import spoken_moment
from dawam.stores.actions import Action

_HEADERS = ("WHEN", "WHO", "VIA", "WHAT", "OUTCOME", "WHY")


@click.command(cls=Command)
@click.option("--limit", type=click.IntRange(1, MOST_SHOWN), default=50, show_default=True, help="How many to show.")
@click.option("--after", type=click.UUID, metavar="ID", help="The next page: what was done before this (see --json).")
@click.option("--under-way", is_flag=True, help="Only what has not ended.")
@json_option
@store_options
def audit(limit: int, after: UUID | None, under_way: bool, as_json: bool, **said: Any) -> None:
    """List what people did by hand, newest first: with the dashboard, its API, or these commands."""

    async def read(store: OpenedStore) -> list[Action]:
        return await store.actions.list(max_result_count=limit, after=after, under_way=under_way)

    found = with_store(said, read)
    if as_json:
        print_json({"actions": [msgspec.to_builtins(each) for each in found]})
        return
    if not found:
        click.echo("nobody has done anything by hand")
        return
    now = datetime.now(UTC)
    print_table(_HEADERS, [_row(each, now) for each in found])


def _row(action: Action, now: datetime) -> tuple[str, ...]:
    what = f"{action.verb} {action.subject or 'all that were meant'}"
    if action.ended_at is not None:
        outcome = f"{action.outcome}, {action.changed:,} of {action.done:,}" if action.done else action.outcome
    else:
        total = "" if action.total is None else f" of {action.total:,}"
        outcome = f"{'left' if action.is_silent(now) else 'under way'}, {action.done:,}{total}"
    return spoken_moment(action.asked_at, now), action.by, action.via, what, outcome, action.reason
