"""`dawam hosts`: the processes that run jobs, and whether they are alive."""

from datetime import UTC, datetime
from typing import Any

import click
import msgspec

from dawam.cli.access import OpenedStore, store_options, with_store
from dawam.cli.options import json_option
from dawam.cli.output import print_json, print_table
from dawam.cli.shape import Group
from dawam.ids import host_name
from dawam.observability.durations import spoken_duration, spoken_moment
from dawam.stores.values import HostInfo

_HEADERS = ("ID", "RUNNING", "STARTED", "LEASE", "QUEUES")


@click.group(cls=Group)
def hosts() -> None:
    """List the processes that run jobs."""


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


def _row(host: HostInfo, now: datetime) -> tuple[str, ...]:
    running = f"{host.running_count} of {host.concurrency}"
    queues = ", ".join(host.queues) or "none, it only ticks workers"
    return host.id, running, spoken_moment(host.started_at, now), lease_text(host), queues


def lease_text(host: HostInfo) -> str:
    """`live`, `stopping`, or for how long it has been over."""
    if host.is_live:
        return "stopping" if host.is_stopping else "live"
    return "lapsed" if host.lapsed_for is None else f"lapsed {spoken_duration(host.lapsed_for)} ago"


def _host_json(host: HostInfo) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(host)
    lapsed_for = None if host.lapsed_for is None else host.lapsed_for.total_seconds()
    return {**fields, "name": host_name(host.id), "lapsed_for": lapsed_for}
