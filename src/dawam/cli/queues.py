"""`dawam queues`: what waits where, who serves it, and the hand that pauses and resumes a queue."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any

import click
import msgspec

from dawam.cli.access import OpenedStore, store_options, with_store
from dawam.cli.answers import Answer, answering
from dawam.cli.options import json_option
from dawam.cli.output import print_json, print_table
from dawam.cli.shape import Group
from dawam.control import MOST_AT_ONCE
from dawam.jobs.options_check import QUEUE_NAME_RULE, is_queue_name
from dawam.observability.durations import spoken_duration
from dawam.observability.lines import plural
from dawam.stores.values import HostInfo, QueueInfo

_HEADERS = ("QUEUE", "DUE", "SCHEDULED", "RUNNING", "OLDEST DUE", "CLAIMS", "SERVED BY")


class QueueNameType(click.ParamType[str]):
    """The name of a queue."""

    name = "queue"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not is_queue_name(value):
            self.fail(f"{value!r} is no name of a queue: {QUEUE_NAME_RULE} was expected", param, ctx)
        return str(value)


@click.group(cls=Group)
def queues() -> None:
    """List, pause, resume and limit queues."""


@queues.command(name="list")
@json_option
@store_options
def list_(as_json: bool, **said: Any) -> None:
    """List every queue that has unfinished jobs, is served by a live host, or is paused."""

    async def read(store: OpenedStore) -> tuple[list[QueueInfo], list[HostInfo], str]:
        return await store.inspector.queues(), await store.inspector.hosts(), store.run_command

    found, hosts, run_command = with_store(said, read)
    now = datetime.now(UTC)
    serving = {
        queue.name: [str(host.id) for host in hosts if host.is_live and queue.name in host.queues] for queue in found
    }
    if as_json:
        print_json({"queues": [_queue_json(queue, serving[queue.name], now) for queue in found]})
        return
    if not found:
        click.echo("no queues: nothing waits, nothing is paused, and no host lives")
        return
    print_table(_HEADERS, [_row(queue, serving[queue.name], now) for queue in found])
    alone = [queue.name for queue in found if queue.due + queue.scheduled + queue.parked and not serving[queue.name]]
    if alone:
        named = ", ".join(map(repr, alone))
        click.secho(f"no live host serves {named}: start one with `{run_command}`", fg="yellow", err=True)


@queues.command()
@click.argument("names", metavar="NAME...", nargs=-1, required=True, type=QueueNameType())
@json_option
@store_options
def pause(names: tuple[str, ...], as_json: bool, **said: Any) -> None:
    """Stop claims from queues, by all hosts, until they are resumed. What runs goes on; enqueueing too."""

    async def change(store: OpenedStore, name: str, known: dict[str, QueueInfo]) -> str:
        was_paused = name in known and known[name].is_paused
        await store.control.pause_queue(name)
        running = known[name].running if name in known else 0
        going_on = f"; {plural(running, 'job')} running, which end as always" if running else ""
        return f"queue {name!r} {'was paused already' if was_paused else 'is paused'}{going_on}"

    _each(names, said, change, as_json=as_json)


@queues.command()
@click.argument("names", metavar="NAME...", nargs=-1, required=True, type=QueueNameType())
@json_option
@store_options
def resume(names: tuple[str, ...], as_json: bool, **said: Any) -> None:
    """Let claims from paused queues go on."""

    async def change(store: OpenedStore, name: str, known: dict[str, QueueInfo]) -> str:
        was_paused = name in known and known[name].is_paused
        await store.control.resume_queue(name)
        return f"queue {name!r} {'is resumed' if was_paused else 'was not paused'}"

    _each(names, said, change, as_json=as_json)


@queues.command()
@click.argument("name", type=QueueNameType())
@click.argument("count", metavar="[N]", type=click.IntRange(1, MOST_AT_ONCE), required=False)
@click.option("--lift", is_flag=True, help="As many as the settings of each host say.")
@json_option
@store_options
def limit(name: str, count: int | None, lift: bool, as_json: bool, **said: Any) -> None:
    """Let each process have no more than N jobs of a queue at once; what runs goes on.

    It takes the place of Host.QueueLimits, and hosts hear of it within about a second.
    """
    if lift == (count is not None):
        raise click.UsageError("how many? A number or --lift was expected, as in `dawam queues limit mail 2`")

    async def change(store: OpenedStore, name: str, _: dict[str, QueueInfo]) -> str:
        await store.control.limit_queue(name, count)
        return f"queue {name!r} has no limit of its own" if count is None else f"queue {name!r}: {_limit_words(count)}"

    _each((name,), said, change, as_json=as_json)


def _limit_words(limit: int) -> str:
    return f"at most {limit:,} at once in each process"


def _each(
    names: Sequence[str],
    said: Mapping[str, Any],
    change: Callable[[OpenedStore, str, dict[str, QueueInfo]], Awaitable[str]],
    *,
    as_json: bool,
) -> None:
    async def change_all(store: OpenedStore) -> None:
        known = {queue.name: queue for queue in await store.inspector.queues()}
        with answering(as_json=as_json) as answer:
            for name in dict.fromkeys(names):
                _warn_of_unknown(name, known)
                answer(Answer(name, True, await change(store, name, known)))

    with_store(said, change_all)


def _warn_of_unknown(name: str, known: dict[str, QueueInfo]) -> None:
    """It is done all the same: a queue may be paused before its first job comes."""
    if name in known:
        return
    nearest = get_close_matches(name, known, n=1)
    hint = f"; did you mean {nearest[0]!r}?" if nearest else ""
    click.secho(f"queue {name!r} has no jobs, and no live host serves it{hint}", fg="yellow", err=True)


def _row(queue: QueueInfo, serving: list[str], now: datetime) -> tuple[str, ...]:
    age = "-" if queue.oldest_due_at is None else spoken_duration(now - queue.oldest_due_at)
    parked = f" ({queue.parked:,} parked)" if queue.parked else ""
    return (
        queue.name,
        f"{queue.due:,}{parked}",
        f"{queue.scheduled:,}",
        f"{queue.running:,}",
        age,
        ("paused" if queue.is_paused else "open") + (f", at most {queue.limit:,} each" if queue.limit else ""),
        ", ".join(serving) or "nobody",
    )


def _queue_json(queue: QueueInfo, serving: list[str], now: datetime) -> dict[str, Any]:
    age = None if queue.oldest_due_at is None else (now - queue.oldest_due_at).total_seconds()
    return {**msgspec.to_builtins(queue), "oldest_due_seconds": age, "hosts": serving}
