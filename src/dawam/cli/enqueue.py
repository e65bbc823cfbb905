"""`dawam enqueue`: a job by hand, checked as if code had enqueued it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import click
import msgspec

from dawam.cli.access import StoreChoice, enqueued, person, store_options
from dawam.cli.options import DurationType, json_option
from dawam.cli.output import print_json
from dawam.cli.queues import QueueNameType
from dawam.cli.shape import Command
from dawam.jobs.priority import PRIORITIES
from dawam.preparation import EnqueueWords


@click.command(cls=Command)
@click.argument("name")
@click.argument("args", metavar="[JSON]", default="{}")
@click.option("--queue", type=QueueNameType(), help="Another queue than its code says.")
@click.option("--priority", type=click.Choice(list(PRIORITIES)), help="Another priority than its code says.")
@click.option("--delay", type=DurationType(), metavar="10m", help="How long it waits at least.")
@click.option("--at", metavar="MOMENT", help="When it is due, as in 2026-11-27T13:05+03:00; UTC unless it says so.")
@click.option("--reason", default="", help="Why, for those who read it later.")
@json_option
@store_options
def enqueue(
    name: str,
    args: str,
    queue: str | None,
    priority: str | None,
    delay: timedelta | None,
    at: str | None,
    reason: str,
    as_json: bool,
    **said: Any,
) -> None:
    """Enqueue a job: its NAME, and its args as JSON.

    The application has to know the job (--app, or what pyproject.toml says), since its args are checked.
    """
    if delay is not None and at is not None:
        raise click.UsageError("--delay or --at: one of the two was expected")
    words = EnqueueWords()
    if queue is not None:
        words["queue"] = queue
    if priority is not None:
        words["priority"] = PRIORITIES[priority]
    if delay is not None:
        words["delay"] = delay
    if at is not None:
        words["run_at"] = _moment(at)
    job_id = enqueued(StoreChoice.of(said), name, _args(args), words, person(reason))
    if as_json:
        print_json({"id": job_id})
    else:
        click.echo(str(job_id))


def _args(text: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise click.UsageError(f"""the args are no JSON object: {error}; '{{"order_id": 7}}' was expected""") from None


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.UsageError(f"--at {text}: a moment was expected, as in 2026-11-27T13:05+03:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
