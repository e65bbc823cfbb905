"""`dawam jobs`: what a person sees of jobs, and does with them. Needs only the store."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import click
import msgspec

from dawam.cli.access import OpenedStore, store_options, with_store
from dawam.cli.job_changes import cancel, change, delete, retry
from dawam.cli.job_filter import filter_options, job_filter
from dawam.cli.job_ids import no_job, resolved
from dawam.cli.job_text import counts_text, job_json, job_page, list_table, log_json
from dawam.cli.options import MOST_SHOWN, DurationType, JobIdType, json_option
from dawam.cli.output import print_json, print_table, terminal_width
from dawam.cli.shape import Group
from dawam.cli.stats_text import STATS_HEADERS, stats_json, stats_line, stats_row
from dawam.errors import JobNotFoundError
from dawam.events.lifecycle import UnknownJobsWaiting
from dawam.job_search import LOOKED_AT
from dawam.measures.compacting import WINDOWS
from dawam.measures.record import Measure
from dawam.measures.series import Series
from dawam.observability.counts import COUNTED
from dawam.observability.durations import spoken_duration
from dawam.observability.lines import plural
from dawam.settings.durations import duration_text


@click.group(cls=Group)
def jobs() -> None:
    """List, show, measure, retry, change, cancel and delete jobs."""


jobs.add_command(retry)
jobs.add_command(cancel)
jobs.add_command(change)
jobs.add_command(delete)


@jobs.command(name="list")
@filter_options
@click.option("--limit", type=click.IntRange(1, MOST_SHOWN), default=50, show_default=True, help="How many to show.")
@click.option("--after", metavar="ID", type=JobIdType(), help="The next page: what follows this job in the list.")
@json_option
@store_options
def list_(limit: int, after: UUID | str | None, as_json: bool, **said: Any) -> None:
    """List jobs: those that wait, then running, then finished ones, newest first."""
    chosen = job_filter(said, datetime.now(UTC))

    async def read(store: OpenedStore) -> dict[str, Any]:
        last = None if after is None else await resolved(store, after)
        if last is not None and await store.inspector.get_job(last) is None:
            raise JobNotFoundError(last, no_job(last))
        return {
            "jobs": await store.inspector.find_jobs(chosen, max_result_count=limit + 1, after=last),
            "counts": await store.inspector.counts(COUNTED),
            "unserved_queues": await store.inspector.unserved_queues(),
            "unknown_names": await store.inspector.unknown_waiting(),
            "run_command": store.run_command,
        }

    listing = with_store(said, read)
    _print_listing_json(listing, limit) if as_json else _print_listing(listing, limit)


@jobs.command()
@click.argument("job_id", metavar="ID", type=JobIdType())
@json_option
@store_options
def show(job_id: UUID | str, as_json: bool, **said: Any) -> None:
    """Show everything about one job, with each failed attempt and what was logged.

    Of the ID the first or last digits will do, where no other job has them.
    """

    async def read(store: OpenedStore) -> Any:
        named = await resolved(store, job_id)
        inspector = store.inspector
        job, attempts = await inspector.get_job(named), await inspector.history(named)
        return named, job, attempts, await inspector.logs(named)

    named, job, attempts, logs = with_store(said, read)
    if job is None:
        raise JobNotFoundError(named, no_job(named))
    if as_json:
        told = [log_json(each) for each in logs]
        print_json({**job_json(job), "attempts": msgspec.to_builtins(attempts), "logs": told})
    else:
        click.echo("\n".join(job_page(job, attempts, logs)))


@jobs.command()
@click.option(
    "--last",
    "duration",
    type=DurationType(),
    metavar="60s",
    default="1h",
    show_default=True,
    help="Of how long a time.",
)
@click.option("--name", help="Only jobs of exactly this name.")
@click.option("--queue", help="Only jobs of exactly this queue.")
@json_option
@store_options
def stats(duration: timedelta, name: str | None, queue: str | None, as_json: bool, **said: Any) -> None:
    """Show how many attempts ended lately, how, and how long they had waited and ran, for each job name.

    Hosts tell what they did about every ten seconds.
    """

    async def read(store: OpenedStore) -> tuple[list[Measure], Series]:
        measured = await store.measures.by_name(duration, name=name, queue=queue)
        return measured, await store.measures.series(duration, name=name, queue=queue)

    if not timedelta(0) < duration <= WINDOWS[-1].kept:
        raise click.UsageError(
            f"--last {duration_text(duration)}: more than nothing was expected, and {WINDOWS[-1].kept.days}d at most"
        )
    measured, over_time = with_store(said, read)
    if as_json:
        print_json(stats_json(measured, over_time))
    elif measured:
        print_table(STATS_HEADERS, map(stats_row, measured))
        click.echo(f"\n{stats_line(over_time)}")
    else:
        click.echo(f"nothing ended in the last {spoken_duration(duration)}")


def _print_listing_json(listing: dict[str, Any], limit: int) -> None:
    counts = listing["counts"]
    print_json(
        {
            "jobs": [job_json(job) for job in listing["jobs"][:limit]],
            "has_more": len(listing["jobs"]) > limit,
            "counts": {**msgspec.to_builtins(counts), "waiting": counts.waiting},
            "counted_up_to": COUNTED,
            "unserved_queues": listing["unserved_queues"],
            "unknown_names": msgspec.to_builtins(listing["unknown_names"]),
        }
    )


def _print_listing(listing: dict[str, Any], limit: int) -> None:
    found, now = listing["jobs"], datetime.now(UTC)
    headers, rows = list_table(found[:limit], now, terminal_width())
    if rows:
        print_table(headers, rows)
    else:
        click.echo("no jobs")
    if len(found) > limit:
        click.echo(f"... and more: only the first {limit} are shown (--limit); next page: --after {rows[-1][0]}")
    click.echo(f"\n{counts_text(listing['counts'], COUNTED)}")
    if listing["unserved_queues"]:
        click.secho(_unserved(listing["unserved_queues"], listing["run_command"]), fg="yellow", err=True)
    for unknown in listing["unknown_names"]:
        click.secho(_unknown(unknown), fg="yellow", err=True)


def _unserved(queues: dict[str, int], run_command: str) -> str:
    named = ", ".join(f"{queue!r} ({_waiting(count)} waiting)" for queue, count in queues.items())
    return f"no live host serves {'queue' if len(queues) == 1 else 'queues'} {named}: start one with `{run_command}`"


def _unknown(unknown: UnknownJobsWaiting) -> str:
    nearest = f"; the nearest that is known is {unknown.nearest!r}" if unknown.nearest else ""
    waiting = f"{_waiting(unknown.count)} named {unknown.name!r} in queue {unknown.queue!r}"
    return f"{waiting}: no host knows this name{nearest}"


def _waiting(count: int) -> str:
    return plural(count, "job") if count < LOOKED_AT else f"{LOOKED_AT:,} jobs or more"
