"""`dawam workers`: what recurs, when it comes next and how it went; pausing, triggering and rescheduling."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from typing import Any

import click

from dawam.cli.access import OpenedStore, store_options, with_store
from dawam.cli.answers import Answer, answering
from dawam.cli.asking import confirm
from dawam.cli.options import MOST_SHOWN, DurationType, json_option, yes_option
from dawam.cli.output import print_json, print_table
from dawam.cli.shape import Failure, Group
from dawam.cli.worker_text import HISTORY_HEADERS, LIST_HEADERS, history_row, list_row, page, worker_json
from dawam.worker_control import WorkerControl
from dawam.workers.record import TickRecord, WorkerInfo
from dawam.workers.schedules.schedule import Dialect

_PAGE = 1_000
_names = click.argument("names", metavar="NAME...", nargs=-1, required=True)


@click.group(cls=Group)
def workers() -> None:
    """List, pause, trigger and reschedule workers and recurring jobs."""


@workers.command(name="list")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1, MOST_SHOWN), help="How many to show.")
@json_option
@store_options
def list_(limit: int, as_json: bool, **said: Any) -> None:
    """List workers and recurring jobs: their schedule, the next and the last tick."""

    async def read(store: OpenedStore) -> list[WorkerInfo]:
        return await store.workers.list(max_result_count=limit)

    found, now = with_store(said, read), datetime.now(UTC)
    if as_json:
        print_json({"workers": [worker_json(worker) for worker in found]})
    elif not found:
        click.echo("no workers: none was declared by a host that ran here, and no recurring job was put here")
    else:
        print_table(LIST_HEADERS, [list_row(worker, now) for worker in found])
        if len(found) == limit:
            click.secho(f"the first {limit:,} by name; --limit shows more", fg="yellow", err=True)


@workers.command()
@click.argument("name")
@click.option(
    "--history", "count", default=20, show_default=True, type=click.IntRange(0, MOST_SHOWN), help="How many records."
)
@json_option
@store_options
def show(name: str, count: int, as_json: bool, **said: Any) -> None:
    """Show one worker or recurring job, and what became of its latest ticks."""

    async def read(store: OpenedStore) -> tuple[Sequence[WorkerInfo], Sequence[TickRecord]]:
        found = await store.workers.get(name)
        if not found:
            raise Failure(await _unknown(store.workers, name))
        return found, await store.workers.history(name, max_result_count=count)

    (found, records), now = with_store(said, read), datetime.now(UTC)
    if as_json:
        print_json({"workers": [worker_json(worker, records) for worker in found]})
        return
    for worker in found:
        click.echo("\n".join(page(worker, now)))
    if records:
        click.echo()
        print_table(HISTORY_HEADERS, [history_row(record, now) for record in records])


@workers.command()
@_names
@json_option
@store_options
def pause(names: tuple[str, ...], as_json: bool, **said: Any) -> None:
    """Begin no more ticks, on any host, until resumed. A tick that runs goes on; `trigger` still works."""
    _each(names, said, lambda control, name: control.pause(name), "is paused", as_json=as_json)


@workers.command()
@_names
@json_option
@store_options
def resume(names: tuple[str, ...], as_json: bool, **said: Any) -> None:
    """Go on as planned from now; what was planned during the pause is not made up for."""
    _each(names, said, lambda control, name: control.resume(name), "is resumed", as_json=as_json)


@workers.command()
@_names
@json_option
@store_options
def trigger(names: tuple[str, ...], as_json: bool, **said: Any) -> None:
    """Tick now, beside the plan, on whichever host comes first."""
    _each(
        names,
        said,
        lambda control, name: control.trigger(name),
        "ticks as soon as a host is free to run it",
        as_json=as_json,
    )


@workers.command()
@click.argument("name")
@click.option("--every", type=DurationType(), help="A period, as in 5m.")
@click.option("--fixed-rate", is_flag=True, help="The period counts from start to start.")
@click.option("--cron", help='A cron expression, as in "0 3 * * *".')
@click.option("--time-zone", help="In which the cron expression is meant, as in Asia/Riyadh. Default: UTC.")
@click.option("--dialect", type=click.Choice([each.value for each in Dialect]), help="Of six or seven fields.")
@click.option("--as-declared", is_flag=True, help="Back to the schedule that the code says.")
@json_option
@store_options
def reschedule(
    name: str,
    every: timedelta | None,
    fixed_rate: bool,
    cron: str | None,
    time_zone: str | None,
    dialect: str | None,
    as_declared: bool,
    as_json: bool,
    **said: Any,
) -> None:
    """Put another schedule in the place of the code's, for all hosts and over deployments."""
    if as_declared == (every is not None or cron is not None):
        raise click.UsageError("say one of --every, --cron and --as-declared")

    async def change(control: WorkerControl, wanted: str) -> bool:
        if as_declared:
            return await control.restore_schedule(wanted)
        return await control.reschedule(
            wanted, every=every, fixed_rate=fixed_rate, cron=cron, time_zone=time_zone, dialect=dialect
        )

    told = "has the schedule of the code" if as_declared else "has another schedule"
    _each((name,), said, change, told, as_json=as_json)


@workers.command()
@_names
@yes_option
@json_option
@store_options
def remove(names: tuple[str, ...], yes: bool, as_json: bool, **said: Any) -> None:
    """Delete recurring jobs that were put there at run time, or workers that no code has any more, with their history.

    What code declares comes back within about 10 s while a host has it.
    """
    whose = "its" if len(names) == 1 else "their"
    confirm(f"Remove {', '.join(names)} with {whose} history?", is_certain=yes)
    _each(names, said, lambda control, name: control.remove(name), "is removed", as_json=as_json)


def _each(
    names: Sequence[str],
    said: Any,
    change: Callable[[WorkerControl, str], Awaitable[bool]],
    done: str,
    *,
    as_json: bool,
) -> None:
    async def change_one(control: WorkerControl, name: str) -> Answer:
        is_done = await change(control, name)
        return Answer(name, is_done, f"{name!r} {done}" if is_done else await _unknown(control, name))

    async def change_all(store: OpenedStore) -> None:
        with answering(as_json=as_json) as answer:
            for name in dict.fromkeys(names):
                answer(await change_one(store.workers, name))

    with_store(said, change_all)


async def _unknown(control: WorkerControl, name: str) -> str:
    known = {worker.name for worker in await control.list(max_result_count=_PAGE)}
    nearest = get_close_matches(name, known, n=1)
    hint = f"; did you mean {nearest[0]!r}?" if nearest else ""
    return f"no worker or recurring job is named {name!r}{hint}"
