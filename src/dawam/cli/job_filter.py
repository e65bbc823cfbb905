"""The options that say which jobs are meant, and the filter that comes of them."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, TypeVar

import click

from dawam.cli.options import DurationType
from dawam.jobs.priority import PRIORITIES
from dawam.jobs.state import JobState
from dawam.settings.durations import duration_text
from dawam.stores.values import ArgsMatch, JobFilter

F = TypeVar("F", bound=Callable[..., Any])
_NAMES = (
    "states",
    "name",
    "queue",
    "priority",
    "host",
    "error",
    "tag",
    "older_than",
    "newer_than",
    "fingerprint",
    "args",
    "attempts",
    "took",
)


def filter_options(command: F) -> F:
    """The options; the command hands what it gets to `job_filter`."""
    options = (
        click.option(
            "--state",
            "states",
            type=click.Choice([state.value for state in JobState]),
            multiple=True,
            help="Only jobs in this state; may be repeated.",
        ),
        click.option("--name", help="Only jobs of exactly this name."),
        click.option("--queue", help="Only jobs of exactly this queue."),
        click.option("--priority", type=click.Choice(list(PRIORITIES)), help="Only jobs of this priority."),
        click.option("--host", metavar="ID", help="Only jobs that this host runs, or ran last."),
        click.option("--error", help="Only jobs whose last error contains this text, letter by letter."),
        click.option("--fingerprint", help="Only jobs that failed by this error (see `dawam errors list`)."),
        click.option("--args", metavar="PATH=VALUE", help="Only jobs with this in their args, as in customer.id=12."),
        click.option("--attempts", type=click.IntRange(min=0), metavar="N", help="Only jobs with so many, or more."),
        click.option("--took", type=DurationType(), metavar="60s", help="Only finished jobs that took so long."),
        click.option("--tag", help="Only jobs with exactly this tag."),
        click.option("--older-than", type=DurationType(), metavar="60s", help="Only jobs enqueued longer ago."),
        click.option("--newer-than", type=DurationType(), metavar="60s", help="Only jobs enqueued since then."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def says_any(said: Mapping[str, Any]) -> bool:
    """Whether any of the options was used."""
    return any(said[name] not in (None, ()) for name in _NAMES)


def job_filter(said: Mapping[str, Any], now: datetime) -> JobFilter:
    """The filter that the options say, at this moment."""
    older_than, newer_than = said["older_than"], said["newer_than"]
    if older_than is not None and newer_than is not None and newer_than <= older_than:
        raise click.UsageError(
            f"no job is older than {duration_text(older_than)} and newer than {duration_text(newer_than)}: "
            "--newer-than has to be the longer one"
        )
    try:
        created_from = None if newer_than is None else now - newer_than
        created_before = None if older_than is None else now - older_than
    except OverflowError:
        raise click.UsageError("that long ago there were no jobs: a shorter duration was expected") from None
    return JobFilter(
        states=frozenset(JobState(state) for state in said["states"]),
        name=said["name"],
        queue=said["queue"],
        priority=None if said["priority"] is None else PRIORITIES[said["priority"]],
        host=said["host"],
        error=said["error"],
        tag=said["tag"],
        fingerprint=said["fingerprint"],
        args=None if said["args"] is None else _args_match(said["args"]),
        attempts_from=said["attempts"],
        took=said["took"],
        created_from=created_from,
        created_before=created_before,
    )


def _args_match(text: str) -> ArgsMatch:
    path, separator, value = text.partition("=")
    if not separator:
        raise click.UsageError(f"--args {text}: a path and a value were expected, as in customer.id=12")
    try:
        return ArgsMatch(path, value)
    except ValueError as error:
        raise click.UsageError(f"--args {error}") from None


def filter_words(said: Mapping[str, Any], chosen: JobFilter) -> str:
    """What is meant, in words: `failed jobs in queue 'mail', with 'smtp' in the last error`."""
    states = [state.value for state in JobState if state in chosen.states]
    kind = " or ".join(filter(None, [", ".join(states[:-1]), *states[-1:]]))
    jobs = "jobs" if chosen.priority is None else f"jobs of priority {said['priority']}"
    return ", ".join([" ".join(filter(None, [kind, jobs, *_place(chosen)])), *_conditions(said, chosen)])


def _place(chosen: JobFilter) -> Iterator[str]:
    if chosen.name is not None:
        yield f"named {chosen.name!r}"
    if chosen.queue is not None:
        yield f"in queue {chosen.queue!r}"


def _conditions(said: Mapping[str, Any], chosen: JobFilter) -> Iterator[str]:
    if chosen.host is not None:
        yield f"of host {chosen.host}"
    if chosen.error is not None:
        yield f"with {chosen.error!r} in the last error"
    if chosen.fingerprint is not None:
        yield f"with the error {chosen.fingerprint}"
    if chosen.args is not None:
        yield f"with {said['args']} in their args"
    if chosen.attempts_from is not None:
        yield f"with {chosen.attempts_from} failed attempts or more"
    if chosen.took is not None:
        yield f"that took {duration_text(chosen.took)} or longer"
    if chosen.tag is not None:
        yield f"with the tag {chosen.tag!r}"
    if said["older_than"] is not None:
        yield f"older than {duration_text(said['older_than'])}"
    if said["newer_than"] is not None:
        yield f"newer than {duration_text(said['newer_than'])}"
