"""`dawam errors`: the errors by which jobs failed, all occurrences of one together."""

from datetime import UTC, datetime, timedelta
from typing import Any

import click
import msgspec

from dawam.cli.access import OpenedStore, store_options, with_store
from dawam.cli.answers import Answer, answering
from dawam.cli.options import MOST_SHOWN, DurationType, json_option
from dawam.cli.output import print_json, print_table
from dawam.cli.shape import Failure, Group
from dawam.cli.stats_text import blocks
from dawam.job_errors import ErrorReport
from dawam.measures.errors import ErrorGroup
from dawam.observability.durations import spoken_moment
from dawam.settings.durations import duration_text

_HEADERS = ("FINGERPRINT", "COUNT", "LATELY", "LAST SEEN", "JOB", "ERROR")
_DAY = timedelta(days=1)
_SPARK = 24
_last = click.option(
    "--last", type=DurationType(), default=_DAY, show_default="1d", metavar="1h", help="How long before now."
)


@click.group(cls=Group)
def errors() -> None:
    """List, show and mark the errors by which jobs failed."""


@errors.command(name="list")
@_last
@click.option("--all", "with_all", is_flag=True, help="Those as well that are resolved or ignored.")
@click.option("--limit", type=click.IntRange(1, MOST_SHOWN), default=50, show_default=True, help="How many to show.")
@json_option
@store_options
def list_(last: timedelta, with_all: bool, limit: int, as_json: bool, **said: Any) -> None:
    """List the errors that were seen lately, the most frequent first.

    One error is all failures of one type that came by one way through the code. `dawam jobs retry --fingerprint ...`
    retries the jobs of one.
    """

    async def read(store: OpenedStore) -> list[ErrorReport]:
        return await store.errors.list(last, max_result_count=limit)

    found = [each for each in with_store(said, read) if with_all or each.group.is_open]
    if as_json:
        print_json({"errors": [_json(each) for each in found]})
        return
    if not found:
        click.echo(f"no error was seen in the last {duration_text(last)}")
        return
    now = datetime.now(UTC)
    print_table(_HEADERS, [_row(each, now) for each in found])


@errors.command()
@click.argument("fingerprint")
@_last
@json_option
@store_options
def show(fingerprint: str, last: timedelta, as_json: bool, **said: Any) -> None:
    """Show one error: how often, since when, its newest occurrence and its traceback."""
    report = with_store(said, lambda store: _report(store, fingerprint, last))
    if as_json:
        print_json(_json(report))
        return
    group, now = report.group, datetime.now(UTC)
    click.secho(f"{group.error_type}: {group.error_message}", bold=True)
    for label, text in (
        ("job", group.name),
        ("queue", group.queue),
        ("seen", f"{report.count:,} times in the last {duration_text(last)}"),
        ("first seen", spoken_moment(group.first_seen_at, now)),
        ("last seen", f"{spoken_moment(group.last_seen_at, now)} in job {group.job_id}"),
        ("mark", _mark(group)),
    ):
        click.echo(f"  {label:<12}{text}")
    if group.traceback:
        click.echo(f"\n{group.traceback.rstrip()}")


@errors.command()
@click.argument("fingerprint")
@click.argument("mark", metavar="MARK", type=click.Choice(["resolved", "ignored", "open"]))
@json_option
@store_options
def mark(fingerprint: str, mark: str, as_json: bool, **said: Any) -> None:
    """Say what is thought of an error: resolved until it is seen again, ignored, or open."""

    async def change(store: OpenedStore) -> None:
        await _report(store, fingerprint, _DAY)
        await store.errors.mark(fingerprint, mark)

    with_store(said, change)
    with answering(as_json=as_json) as answer:
        answer(Answer(fingerprint, True, f"{fingerprint} is {mark}"))


async def _report(store: OpenedStore, fingerprint: str, last: timedelta) -> ErrorReport:
    report = await store.errors.get(fingerprint, last)
    if report is None:
        raise Failure(f"there is no error {fingerprint}: `dawam errors list --all` names those that there are")
    return report


def _row(report: ErrorReport, now: datetime) -> tuple[str, ...]:
    group = report.group
    error = f"{group.error_type}: {group.error_message}"
    lately, seen = blocks(report.steps[-_SPARK:]), spoken_moment(group.last_seen_at, now)
    return group.fingerprint, f"{report.count:,}", lately, seen, group.name, error


def _mark(group: ErrorGroup) -> str:
    if group.has_come_back:
        return "resolved, and has come back"
    return group.mark or "open"


def _json(report: ErrorReport) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(report.group)
    return {**fields, "is_open": report.group.is_open, "count": report.count, "steps": report.steps}
