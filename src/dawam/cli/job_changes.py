"""`dawam jobs retry|cancel|change|delete`: a few jobs by their ids, or all that are meant, batch by batch."""

from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import click

from dawam.cli.access import OpenedStore, store_options, with_store
from dawam.cli.answers import Answer, Teller, answering
from dawam.cli.asking import confirm, interruptible, progress_bar
from dawam.cli.job_filter import filter_options, filter_words, job_filter, says_any
from dawam.cli.job_ids import no_job, resolved, why_not
from dawam.cli.job_text import list_table
from dawam.cli.options import DurationType, JobIdType, dry_run_option, json_option, yes_option
from dawam.cli.output import print_table, terminal_width
from dawam.cli.queues import QueueNameType
from dawam.cli.shape import Command, Failure
from dawam.control import CANCELLABLE, SETTLED_OR_WAITING, BatchReport, narrowed_to
from dawam.jobs.priority import PRIORITIES
from dawam.jobs.state import JobState
from dawam.observability.lines import plural
from dawam.stores.values import CancelAnswer, JobChange, JobFilter

Change = Callable[[OpenedStore, UUID], Awaitable[Answer]]
"""Changes one job."""
Tally = Counter[CancelAnswer | bool]
_WORDS: dict[object, str] = {True: "changed", False: "left as it is"}
_SAMPLE = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkChange:
    """One way to change all jobs that are meant."""

    verb: str
    states: frozenset[JobState]
    """Whose jobs are meant where nobody says a state."""
    possible: frozenset[JobState]
    change: Callable[[OpenedStore, JobFilter], AsyncGenerator[BatchReport, None]]
    tell: Callable[[Tally], str]
    asks: Callable[[int], bool]
    """Whether to ask first, for so many jobs."""
    asks_for_named: bool = False
    """Whether to ask even where each job is named."""


class _How(NamedTuple):
    """How the command was called."""

    is_dry: bool
    is_certain: bool
    as_json: bool


_arguments = click.argument("job_ids", metavar="[ID...]", type=JobIdType(), nargs=-1)


@click.command(cls=Command)
@_arguments
@filter_options
@dry_run_option
@json_option
@store_options
def retry(job_ids: tuple[UUID | str, ...], dry_run: bool, as_json: bool, **said: Any) -> None:
    """Make finished or waiting jobs ready now, with all their attempts before them again.

    Name them by ID, or say which; of those that are said only failed ones are meant, unless --state says otherwise.
    """

    async def change(store: OpenedStore, job_id: UUID) -> Answer:
        if await store.control.retry(job_id):
            return Answer(str(job_id), True, f"{job_id} is ready again")
        return Answer(str(job_id), False, await why_not(store, job_id, "it can be retried when it has ended"))

    bulk = BulkChange(
        verb="retry",
        states=frozenset({JobState.FAILED}),
        possible=SETTLED_OR_WAITING,
        change=lambda store, chosen: store.control.retry_all(chosen),
        tell=lambda answers: f"{plural(answers[True], 'job')} ready again",
        asks=lambda _: False,
    )
    _change(job_ids, change, bulk, said, _How(dry_run, True, as_json))


@click.command(cls=Command)
@_arguments
@click.option("--reason", default="", help="Why, for those who read it later.")
@filter_options
@dry_run_option
@yes_option
@json_option
@store_options
def cancel(job_ids: tuple[UUID | str, ...], reason: str, dry_run: bool, yes: bool, as_json: bool, **said: Any) -> None:
    """Cancel jobs: waiting ones at once, running ones within about a second.

    Name them by ID, or say which: of those all that wait or run are meant, unless --state says otherwise.
    """

    async def change(store: OpenedStore, job_id: UUID) -> Answer:
        match await store.control.cancel(job_id, reason):
            case CancelAnswer.CANCELLED:
                return Answer(str(job_id), True, f"{job_id} is cancelled")
            case CancelAnswer.REQUESTED:
                return Answer(str(job_id), True, f"{job_id} is running: its host was asked to stop it")
            case CancelAnswer.FINISHED:
                return Answer(str(job_id), False, f"{job_id} has ended already, so there is nothing to cancel")
            case CancelAnswer.UNKNOWN:
                return Answer(str(job_id), False, await why_not(store, job_id, "say it again"))

    bulk = BulkChange(
        verb="cancel",
        states=CANCELLABLE,
        possible=CANCELLABLE,
        change=lambda store, chosen: store.control.cancel_all(chosen, reason),
        tell=_cancelled,
        asks=lambda count: count > 1,
    )
    _change(job_ids, change, bulk, said, _How(dry_run, yes, as_json))


@click.command(cls=Command)
@_arguments
@filter_options
@dry_run_option
@yes_option
@json_option
@store_options
def delete(job_ids: tuple[UUID | str, ...], dry_run: bool, yes: bool, as_json: bool, **said: Any) -> None:
    """Delete waiting or finished jobs with all their records. Nothing brings them back.

    Name them by ID, or say which. Running ones are never meant: cancel them first.
    """

    async def change(store: OpenedStore, job_id: UUID) -> Answer:
        if await store.control.delete(job_id):
            return Answer(str(job_id), True, f"{job_id} is deleted")
        return Answer(str(job_id), False, await why_not(store, job_id, "cancel it, and delete it when it has ended"))

    bulk = BulkChange(
        verb="delete",
        states=SETTLED_OR_WAITING,
        possible=SETTLED_OR_WAITING,
        change=lambda store, chosen: store.control.delete_all(chosen),
        tell=lambda answers: f"{plural(answers[True], 'job')} deleted",
        asks=lambda _: True,
        asks_for_named=True,
    )
    _change(job_ids, change, bulk, said, _How(dry_run, yes, as_json))


@click.command(cls=Command)
@_arguments
@click.option("--to-queue", type=QueueNameType(), help="Move them to this queue.")
@click.option("--to-priority", type=click.Choice(list(PRIORITIES)), help="Give them this priority.")
@click.option("--due-in", type=DurationType(), metavar="10m", help="Make them due so long from now; 0s: at once.")
@click.option("--reason", default="", help="Why, for those who read it later.")
@filter_options
@dry_run_option
@yes_option
@json_option
@store_options
def change(
    job_ids: tuple[UUID | str, ...],
    to_queue: str | None,
    to_priority: str | None,
    due_in: timedelta | None,
    reason: str,
    dry_run: bool,
    yes: bool,
    as_json: bool,
    **said: Any,
) -> None:
    """Give waiting jobs another moment, queue or priority.

    Name them by ID, or say which. Only waiting ones are ever meant.
    """
    wanted = JobChange(
        run_at=None if due_in is None else datetime.now(UTC) + due_in,
        queue=to_queue,
        priority=None if to_priority is None else PRIORITIES[to_priority],
    )
    if wanted == JobChange():
        raise click.UsageError("to what? --to-queue, --to-priority or --due-in was expected")

    async def change_one(store: OpenedStore, job_id: UUID) -> Answer:
        if await store.control_for(reason).change(job_id, wanted):
            return Answer(str(job_id), True, f"{job_id} is changed")
        return Answer(str(job_id), False, await why_not(store, job_id, "only a waiting job can be changed"))

    bulk = BulkChange(
        verb="change",
        states=frozenset({JobState.WAITING}),
        possible=frozenset({JobState.WAITING}),
        change=lambda store, chosen: store.control_for(reason).change_all(chosen, wanted),
        tell=lambda answers: f"{plural(answers[True], 'job')} changed",
        asks=lambda count: count > 1,
    )
    _change(job_ids, change_one, bulk, said, _How(dry_run, yes, as_json))


def _cancelled(answers: Tally) -> str:
    told = [f"{plural(answers[CancelAnswer.CANCELLED], 'job')} cancelled"]
    if answers[CancelAnswer.REQUESTED]:
        told.append(f"{answers[CancelAnswer.REQUESTED]:,} running: their hosts were asked to stop them")
    return ", ".join(told)


def _change(
    job_ids: tuple[UUID | str, ...],
    change: Change,
    bulk: BulkChange,
    said: dict[str, Any],
    how: _How,
) -> None:
    if job_ids and says_any(said):
        raise click.UsageError("ids and options that say which jobs are meant: one of the two was expected")
    if not job_ids and not says_any(said):
        raise click.UsageError(
            f"which jobs? Name them by id, or say which, as in `dawam jobs {bulk.verb} --state "
            f"{min(bulk.states)} --queue mail`"
        )
    if job_ids:
        _change_each(job_ids, said, change, bulk, how)
        return
    chosen = job_filter(said, datetime.now(UTC))
    if not chosen.states & bulk.possible and chosen.states:
        asked = ", ".join(said["states"])
        raise click.UsageError(
            f"{asked} jobs: nothing to {bulk.verb}; --state {'|'.join(sorted(bulk.possible))} was expected"
        )
    chosen = narrowed_to(bulk.possible if chosen.states else bulk.states, chosen)
    with_store(said, lambda store: _change_all(store, bulk, chosen, filter_words(said, chosen), how))


def _change_each(
    job_ids: tuple[UUID | str, ...],
    said: dict[str, Any],
    change: Change,
    bulk: BulkChange,
    how: _How,
) -> None:
    """Does it for every id, says each answer, and fails at the end if any was refused."""

    async def change_all(store: OpenedStore) -> None:
        named = list(dict.fromkeys([await resolved(store, job_id) for job_id in job_ids]))
        if bulk.asks_for_named and not how.is_dry:
            confirm(f"{bulk.verb} {plural(len(named), 'job')}?", is_certain=how.is_certain)
        with answering(as_json=how.as_json) as answer:
            for job_id in named:
                answer(await (_as_it_is if how.is_dry else change)(store, job_id))

    with_store(said, change_all)


async def _as_it_is(store: OpenedStore, job_id: UUID) -> Answer:
    job = await store.inspector.get_job(job_id)
    if job is None:
        return Answer(str(job_id), False, no_job(job_id))
    return Answer(str(job_id), True, f"{job_id}  {job.name}, {job.state}: left as it is")


async def _change_all(store: OpenedStore, bulk: BulkChange, chosen: JobFilter, words: str, how: _How) -> None:
    count, teller = await store.inspector.count(chosen), Teller(as_json=how.as_json)
    teller.say(f"{count:,} {words}")
    if how.is_dry or not count:
        if how.as_json:
            teller.end("", meant=count, answers={}, moved_on=0)
        else:
            await _show_some(store, chosen, count)
        return
    if bulk.asks(count):
        confirm(f"{bulk.verb} {'it' if count == 1 else 'all of them'}?", is_certain=how.is_certain)
    answers, moved_on, was_stopped = await _in_batches(bulk, bulk.change(store, chosen), count)
    told = bulk.tell(answers) + (f"; {moved_on:,} had moved on meanwhile" if moved_on else "")
    by_answer = {_WORDS.get(kind, str(kind)): number for kind, number in answers.items()}
    if how.as_json or not was_stopped:
        teller.end(told, meant=count, answers=by_answer, moved_on=moved_on)
    if was_stopped:
        raise Failure(f"stopped by Ctrl-C: {told}; the others are as they were")


async def _in_batches(
    bulk: BulkChange, reports: AsyncGenerator[BatchReport, None], count: int
) -> tuple[Tally, int, bool]:
    """All that was done, how many had moved on, and whether Ctrl-C came first."""
    answers, moved_on = Tally(), 0
    with progress_bar(bulk.verb) as told, interruptible() as stop:
        async with aclosing(reports):
            async for report in reports:
                answers += report.answers
                moved_on += report.moved_on
                done = answers.total() + moved_on
                told(done, max(count, done))
                if stop.is_set():
                    break
    return answers, moved_on, stop.is_set()


async def _show_some(store: OpenedStore, chosen: JobFilter, count: int) -> None:
    """The first of the jobs that a change would meet."""
    if not count:
        return
    found = await store.inspector.find_jobs(chosen, max_result_count=_SAMPLE)
    print_table(*list_table(found, datetime.now(UTC), terminal_width()))
    if count > len(found):
        click.echo(f"... and {count - len(found):,} more")
    click.echo("\ndry run: nothing was changed")
