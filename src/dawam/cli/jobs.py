"""`dawam jobs`: what a person sees of jobs, and does with them. Needs only the store."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

import click
import msgspec

from dawam.cli.access import OpenedStore, StoreChoice, opened, store_options
from dawam.cli.job_text import LIST_HEADERS, counts_text, job_json, job_page, list_row
from dawam.cli.options import JobIdType, json_option
from dawam.cli.output import print_json, print_table
from dawam.cli.shape import Failure, Group
from dawam.errors import JobNotFoundError
from dawam.events.lifecycle import UnknownJobsWaiting
from dawam.jobs.state import JobState
from dawam.observability.lines import plural
from dawam.stores.base import CancelAnswer

T = TypeVar("T")


@click.group(cls=Group)
def jobs() -> None:
    """List, show, retry and cancel jobs."""


# ------------------------------------------------------------------------------------------------ reading


@jobs.command(name="list")
@click.option("--state", type=click.Choice([state.value for state in JobState]), help="Only jobs in this state.")
@click.option("--name", help="Only jobs of exactly this name.")
@click.option("--queue", help="Only jobs of exactly this queue.")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="How many to show.")
@json_option
@store_options
def list_(
    state: str | None, name: str | None, queue: str | None, limit: int, as_json: bool, **chosen: str | None
) -> None:
    """List jobs: those that wait, then running, then finished ones, newest first."""

    async def read(store: OpenedStore) -> dict[str, Any]:
        found = await store.inspector.get_jobs(state=state, name=name, queue=queue, max_result_count=limit + 1)
        return {
            "jobs": found,
            "counts": await store.inspector.counts(),
            "unserved_queues": await store.inspector.unserved_queues(),
            "unknown_names": await store.inspector.unknown_waiting(),
            "run_command": store.run_command,
        }

    listing = _with_store(chosen, read)
    _print_listing_json(listing, limit) if as_json else _print_listing(listing, limit)


@jobs.command()
@click.argument("job_id", metavar="ID", type=JobIdType())
@json_option
@store_options
def show(job_id: UUID, as_json: bool, **chosen: str | None) -> None:
    """Show everything about one job, with each failed attempt."""

    async def read(store: OpenedStore) -> Any:
        return await store.inspector.get_job(job_id), await store.inspector.history(job_id)

    job, attempts = _with_store(chosen, read)
    if job is None:
        raise JobNotFoundError(job_id, _no_job(job_id))
    if as_json:
        print_json({**job_json(job), "attempts": msgspec.to_builtins(attempts)})
    else:
        click.echo("\n".join(job_page(job, attempts)))


def _print_listing_json(listing: dict[str, Any], limit: int) -> None:
    counts = listing["counts"]
    print_json(
        {
            "jobs": [job_json(job) for job in listing["jobs"][:limit]],
            "has_more": len(listing["jobs"]) > limit,
            "counts": {**msgspec.to_builtins(counts), "waiting": counts.waiting},
            "unserved_queues": listing["unserved_queues"],
            "unknown_names": msgspec.to_builtins(listing["unknown_names"]),
        }
    )


def _print_listing(listing: dict[str, Any], limit: int) -> None:
    found, now = listing["jobs"], datetime.now(UTC)
    if found:
        print_table(LIST_HEADERS, [list_row(job, now) for job in found[:limit]])
    else:
        click.echo("no jobs")
    if len(found) > limit:
        click.echo(f"... and more: only the first {limit} are shown (--limit)")
    click.echo(f"\n{counts_text(listing['counts'])}")
    if listing["unserved_queues"]:
        click.secho(_unserved(listing["unserved_queues"], listing["run_command"]), fg="yellow", err=True)
    for unknown in listing["unknown_names"]:
        click.secho(_unknown(unknown), fg="yellow", err=True)


def _unserved(queues: dict[str, int], run_command: str) -> str:
    named = ", ".join(f"{queue!r} ({plural(count, 'job')} waiting)" for queue, count in queues.items())
    return f"no live host serves {'queue' if len(queues) == 1 else 'queues'} {named}: start one with `{run_command}`"


def _unknown(unknown: UnknownJobsWaiting) -> str:
    nearest = f"; the nearest that is known is {unknown.nearest!r}" if unknown.nearest else ""
    waiting = f"{plural(unknown.count, 'job')} named {unknown.name!r} in queue {unknown.queue!r}"
    return f"{waiting}: no host knows this name{nearest}"


# ----------------------------------------------------------------------------------------------- changing


@jobs.command()
@click.argument("job_ids", metavar="ID...", type=JobIdType(), nargs=-1, required=True)
@store_options
def retry(job_ids: tuple[UUID, ...], **chosen: str | None) -> None:
    """Make finished or waiting jobs ready now, with all their attempts before them again."""

    async def change(store: OpenedStore, job_id: UUID) -> tuple[bool, str]:
        if await store.control.retry(job_id):
            return True, f"{job_id} is ready again"
        if await store.inspector.get_job(job_id) is None:
            return False, _no_job(job_id)
        return False, f"{job_id} is running: it can be retried when it has ended"

    _change_each(job_ids, chosen, change)


@jobs.command()
@click.argument("job_ids", metavar="ID...", type=JobIdType(), nargs=-1, required=True)
@click.option("--reason", default="", help="Why, for those who read it later.")
@store_options
def cancel(job_ids: tuple[UUID, ...], reason: str, **chosen: str | None) -> None:
    """Cancel jobs: waiting ones at once, running ones within about a second."""

    async def change(store: OpenedStore, job_id: UUID) -> tuple[bool, str]:
        match await store.control.cancel(job_id, reason):
            case CancelAnswer.CANCELLED:
                return True, f"{job_id} is cancelled"
            case CancelAnswer.REQUESTED:
                return True, f"{job_id} is running: its host was asked to stop it"
            case CancelAnswer.FINISHED:
                return False, f"{job_id} has ended already, so there is nothing to cancel"
            case CancelAnswer.UNKNOWN:
                return False, _no_job(job_id)

    _change_each(job_ids, chosen, change)


_Change = Callable[[OpenedStore, UUID], Awaitable[tuple[bool, str]]]


def _change_each(job_ids: tuple[UUID, ...], chosen: dict[str, str | None], change: _Change) -> None:
    """Does it for every id, says each answer, and fails at the end if any was refused."""

    async def change_all(store: OpenedStore) -> list[tuple[bool, str]]:
        return [await change(store, job_id) for job_id in dict.fromkeys(job_ids)]

    answers = _with_store(chosen, change_all)
    for done, text in answers:
        if done:
            click.echo(text)
    refused = [text for done, text in answers if not done]
    if refused:
        raise Failure("\n".join(refused))


def _with_store(chosen: dict[str, str | None], use: Callable[[OpenedStore], Awaitable[T]]) -> T:
    choice = StoreChoice(
        app=chosen["app"],
        store=chosen["store_url"],
        application=chosen["application"],
        environment=chosen["environment"],
    )

    async def work() -> T:
        async with opened(choice) as store:
            return await use(store)

    return asyncio.run(work())


def _no_job(job_id: UUID) -> str:
    return f"there is no job {job_id} here: never enqueued in this store, deleted, or pruned after its retention"
