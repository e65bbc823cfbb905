"""`dawam hosts`: the processes that run jobs, and whether they are alive."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import click
import msgspec

from dawam.cli.access import OpenedStore, store_options, with_store
from dawam.cli.answers import Answer, answering
from dawam.cli.asking import confirm
from dawam.cli.options import json_option, yes_option
from dawam.cli.output import print_json, print_table
from dawam.cli.shape import Group
from dawam.host_control import HostControl
from dawam.ids import host_name
from dawam.observability.durations import spoken_duration, spoken_moment
from dawam.observability.lines import plural
from dawam.stores.values import HostCommand, HostInfo

_ids = click.argument("ids", metavar="ID...", nargs=-1, required=True)
_HEADERS = ("ID", "RUNNING", "STARTED", "LEASE", "QUEUES")


@click.group(cls=Group)
def hosts() -> None:
    """List, quiet and stop the processes that run jobs."""


@hosts.command(name="list")
@json_option
@store_options
def list_(as_json: bool, **said: Any) -> None:
    """List hosts, oldest first: what they run, what they serve, and whether they are alive.

    The id of a host is its machine, its process id and a random tail, behind the name that `dawam run --name` gave it:
    `mail@shop-12953-36ad838d`. One whose lease has lapsed is not trusted any
    more: the others take its jobs back, and it leaves the list.
    """

    async def read(store: OpenedStore) -> tuple[list[HostInfo], str]:
        return await store.inspector.hosts(), store.run_command

    found, run_command = with_store(said, read)
    if as_json:
        print_json({"hosts": [_host_json(host) for host in found]})
        return
    if found:
        now = datetime.now(UTC)
        print_table(_HEADERS, [_row(host, now) for host in found])
    if not any(host.is_live for host in found):
        click.secho(f"no host lives: start one with `{run_command}`", fg="yellow", err=True)


@hosts.command()
@_ids
@json_option
@store_options
def quiet(ids: tuple[str, ...], as_json: bool, **said: Any) -> None:
    """Begin no job and no tick any more; what runs goes on, and the process lives."""
    _each(ids, said, HostControl.quiet, "is quiet: it begins nothing more, and what runs goes on", as_json=as_json)


@hosts.command()
@_ids
@json_option
@store_options
def resume(ids: tuple[str, ...], as_json: bool, **said: Any) -> None:
    """Let quiet hosts begin jobs and ticks again."""
    _each(ids, said, HostControl.resume, "goes on", as_json=as_json)


@hosts.command()
@_ids
@yes_option
@json_option
@store_options
def stop(ids: tuple[str, ...], yes: bool, as_json: bool, **said: Any) -> None:
    """End hosts in good order, as by a signal: what runs may end, within Host.ShutdownGrace."""
    told = "is told to stop, and hears it with its next heartbeat"
    _each(ids, said, HostControl.stop, told, as_json=as_json, verb="stop", is_certain=yes)


def _each(
    words: Sequence[str],
    said: Mapping[str, Any],
    act: Callable[[HostControl, str], Awaitable[bool]],
    what: str,
    *,
    as_json: bool,
    verb: str = "",
    is_certain: bool = True,
) -> None:
    """Does it to every live host that a word means: its id, or its name, which several may have."""

    async def change(store: OpenedStore) -> None:
        live = [host.id for host in await store.inspector.hosts() if host.is_live]
        meant = [host for host in live if host in words or host_name(host) in words]
        if meant:
            confirm(f"{verb} {plural(len(meant), 'host')}?", is_certain=is_certain)
        with answering(as_json=as_json) as answer:
            for word in words:
                if not any(word in (host, host_name(host)) for host in live):
                    answer(Answer(word, False, f"no live host is called {word!r}: `dawam hosts list` shows them"))
            for host in meant:
                is_done = await act(store.hosts, host)
                answer(Answer(host, is_done, f"host {host} {what if is_done else 'is ending already'}"))

    with_store(said, change)


def _row(host: HostInfo, now: datetime) -> tuple[str, ...]:
    running = f"{host.running_count} of {host.concurrency}"
    queues = ", ".join(host.queues) or "none, it only ticks workers"
    return host.id, running, spoken_moment(host.started_at, now), lease_text(host), queues


def lease_text(host: HostInfo) -> str:
    """`live`, `stopping`, or for how long it has been over."""
    if host.is_live:
        return "quiet" if host.command is HostCommand.QUIET else "stopping" if host.is_stopping else "live"
    return "lapsed" if host.lapsed_for is None else f"lapsed {spoken_duration(host.lapsed_for)} ago"


def _host_json(host: HostInfo) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(host)
    lapsed_for = None if host.lapsed_for is None else host.lapsed_for.total_seconds()
    return {**fields, "name": host_name(host.id), "lapsed_for": lapsed_for}
