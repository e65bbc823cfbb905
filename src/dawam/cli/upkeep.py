"""`dawam store stats|prune|vacuum|backup`: looks after the place where jobs are kept."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import click
import msgspec
from msgspec import structs

from dawam.cli.access import OpenedStore, gauge_of, keeper_of, store_options, with_store
from dawam.cli.answers import Teller
from dawam.cli.asking import confirm, interruptible, progress_bar
from dawam.cli.hosts import lease_text
from dawam.cli.job_text import counts_text
from dawam.cli.options import DurationType, dry_run_option, json_option, yes_option
from dawam.cli.output import print_json
from dawam.cli.shape import Command, Failure
from dawam.cli.sizes import spoken_size
from dawam.control import BREATH
from dawam.jobs.state import JobState
from dawam.observability.durations import spoken_duration
from dawam.observability.lines import plural
from dawam.settings.durations import duration_text
from dawam.stores.keeper import StoreStats
from dawam.stores.values import HostInfo, JobFilter, Retention

_BATCH = 500
_LABEL_WIDTH = 17
_VACUUM_RATE = 50_000_000
"""Bytes a second, on a slow disk: to say about how long others will have to wait."""
_VACUUM_INSTEAD = (
    "a database server uses such space again by itself, and has a command that gives it back: VACUUM FULL, in "
    "PostgreSQL (docs/howto/postgresql.md)"
)
_BACKUP_INSTEAD = (
    "a database server has tools for that, which copy your own data along: pg_dump, for PostgreSQL "
    "(docs/howto/postgresql.md)"
)
_KINDS = (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED)


# ------------------------------------------------------------------------------------------------- stats


@click.command(cls=Command)
@json_option
@store_options
def stats(as_json: bool, **said: Any) -> None:
    """Show how large the store is, what is in it, how old that is, and who uses it. Counts everything."""

    async def read(store: OpenedStore) -> tuple[str, StoreStats, list[HostInfo]]:
        found = await gauge_of(store.store).stats()
        return store.store.description, found, await store.inspector.hosts()

    description, found, hosts = with_store(said, read)
    if as_json:
        counts = {**msgspec.to_builtins(found.counts), "waiting": found.counts.waiting}
        live = sum(host.is_live for host in hosts)
        print_json({"store": description, **msgspec.to_builtins(found), "counts": counts, "live_hosts": live})
        return
    click.echo(description)
    for label, text in _facts(found, hosts, datetime.now(UTC)):
        click.echo(f"  {label:<{_LABEL_WIDTH}}{text}")


def _facts(found: StoreStats, hosts: list[HostInfo], now: datetime) -> Iterator[tuple[str, str]]:
    yield "size", spoken_size(found.size)
    yield from _space(found)
    waiting, _, others = counts_text(found.counts).partition(", running ")
    yield "jobs", waiting
    yield "", f"running {others}"
    yield "attempts", f"{plural(found.attempt_count, 'record')} of failed attempts"
    yield "logged", f"the last lines of {plural(found.logged_count, 'attempt')}"
    yield "workers", f"{found.worker_count:,}, with {plural(found.tick_count, 'record')} of their ticks"
    yield "oldest due", _age(found.oldest_due_at, now)
    yield "oldest finished", _age(found.oldest_finished_at, now)
    yield "hosts", ", ".join(f"{host.id} ({lease_text(host)})" for host in hosts) or "none"
    yield "tables", f"version {found.schema.found}"
    yield from _server(found)
    yield "settings", ", ".join(f"{name} {value}" for name, value in found.settings.items())
    if found.other_applications:
        yield "also in it", f"jobs of {', '.join(map(repr, found.other_applications))} (--application)"
    for doubt in (*found.durability_doubts, *found.upkeep_doubts):
        yield "warning", f"{doubt.text}; {doubt.cure}"


def _space(found: StoreStats) -> Iterator[tuple[str, str]]:
    """Of a file."""
    if found.unused_size is not None:
        share = f" ({found.unused_size / found.size:.0%})" if found.size else ""
        yield "unused", f"{spoken_size(found.unused_size)}{share}, which `dawam store vacuum` gives back"
    if found.log_size is not None:
        yield "log", f"{spoken_size(found.log_size)} not yet in the file"


def _server(found: StoreStats) -> Iterator[tuple[str, str]]:
    """Of a database on a server."""
    for table in found.tables:
        if table.row_count or table.dead_row_count:
            sizes = f"{spoken_size(table.size)}, its indexes {spoken_size(table.index_size)}"
            yield "", f"{table.name}: {sizes}; about {plural(table.row_count, 'row')}, {table.dead_row_count:,} dead"
    if found.oldest_snapshot is not None:
        snapshot = found.oldest_snapshot
        age = "" if snapshot.open_for is None else f" for {spoken_duration(snapshot.open_for)}"
        yield "oldest snapshot", f"{snapshot.holder},{age} {plural(snapshot.transaction_count, 'transaction')} ago"
    if found.connections is not None:
        count, limit = found.connections.open_count, found.connections.limit
        yield "connections", f"{count} of {limit}; a process that runs jobs takes {found.connections.count_of_a_host}"


def _age(moment: datetime | None, now: datetime) -> str:
    return "-" if moment is None else f"for {spoken_duration(now - moment)}"


# ------------------------------------------------------------------------------------------------- prune


@click.command(cls=Command)
@click.option("--succeeded-older-than", type=DurationType(), metavar="7d", help="Instead of what the settings say.")
@click.option("--failed-older-than", type=DurationType(), metavar="90d", help="Instead of what the settings say.")
@click.option("--cancelled-older-than", type=DurationType(), metavar="7d", help="Instead of what the settings say.")
@dry_run_option
@yes_option
@json_option
@store_options
def prune(
    succeeded_older_than: timedelta | None,
    failed_older_than: timedelta | None,
    cancelled_older_than: timedelta | None,
    dry_run: bool,
    yes: bool,
    as_json: bool,
    **said: Any,
) -> None:
    """Delete finished jobs that were kept for long enough, now, as hosts do every minute.

    How long is said by the settings of the application (--app); with --store alone, by those of this folder.
    """
    instead = {
        "succeeded": succeeded_older_than,
        "failed": failed_older_than,
        "cancelled": cancelled_older_than,
    }

    teller = Teller(as_json=as_json)

    async def work(store: OpenedStore) -> None:
        kept = {kind: duration for kind, duration in instead.items() if duration is not None}
        retention = structs.replace(store.retention, **kept)
        counts = await _outlived(store, retention)
        for kind, text in _outlived_lines(retention, counts):
            teller.say(f"{kind:<10} {text}")
        total = sum(counts.values())
        if dry_run or not total:
            nothing = "dry run: nothing was changed" if dry_run else "nothing to prune"
            teller.end(nothing, **_pruned(counts, 0))
            return
        confirm(f"delete {plural(total, 'job')} with all their records?", is_certain=yes)
        done = await _prune(store, retention, total)
        teller.end(f"{plural(done, 'job')} deleted", **_pruned(counts, done))

    with_store(said, work)


def _pruned(outlived: dict[JobState, int], deleted: int) -> dict[str, Any]:
    return {"outlived": {state.value: count for state, count in outlived.items()}, "deleted": deleted}


async def _outlived(store: OpenedStore, retention: Retention) -> dict[JobState, int]:
    """How many finished jobs of each kind were kept for long enough."""
    now, counts = datetime.now(UTC), dict[JobState, int]()
    for state in _KINDS:
        kept_for: timedelta | None = getattr(retention, state.value)
        if kept_for is not None:
            chosen = JobFilter(states=frozenset({state}), finished_before=_ago(now, kept_for))
            counts[state] = await store.inspector.count(chosen)
    return counts


def _ago(now: datetime, duration: timedelta) -> datetime:
    try:
        return now - duration
    except OverflowError:
        raise click.UsageError(f"{duration_text(duration)} ago there were no jobs: less was expected") from None


def _outlived_lines(retention: Retention, counts: dict[JobState, int]) -> Iterator[tuple[str, str]]:
    for state in _KINDS:
        kept_for: timedelta | None = getattr(retention, state.value)
        if kept_for is None:
            yield state.value, "kept for ever"
        else:
            yield state.value, f"kept for {duration_text(kept_for)}: {plural(counts[state], 'job')} older than that"


async def _prune(store: OpenedStore, retention: Retention, total: int) -> int:
    done = 0
    with progress_bar("prune") as told, interruptible() as stop:
        while not stop.is_set():
            count = await store.store.prune(retention, _BATCH)
            done += count
            told(done, max(total, done))
            await asyncio.sleep(BREATH)
            if count < _BATCH:
                break
    if stop.is_set():
        raise Failure(f"stopped by Ctrl-C: {plural(done, 'job')} deleted; the others are as they were")
    return done


# ------------------------------------------------------------------------------------------------ vacuum


@click.command(cls=Command)
@click.option("--while-running", is_flag=True, help="Do it though live hosts will have to wait.")
@yes_option
@json_option
@store_options
def vacuum(while_running: bool, yes: bool, as_json: bool, **said: Any) -> None:
    """Give the space that deleted jobs left behind back to the disk.

    The file is built anew, which takes a second for every 50 MB or so and as much free disk space as twice what is
    used. Nobody else can write meanwhile: an enqueue waits, and fails after half a minute. So it is refused while
    hosts are live, unless --while-running.
    """

    teller = Teller(as_json=as_json)

    async def work(store: OpenedStore) -> None:
        keeper, hosts = keeper_of(store.store, _VACUUM_INSTEAD), await store.inspector.hosts()
        found = await gauge_of(store.store).stats()
        unused = found.unused_size or 0
        takes = spoken_duration(timedelta(seconds=max(1, round((found.size - unused) / _VACUUM_RATE))))
        teller.say(f"{store.store.description}: {spoken_size(found.size)}, {spoken_size(unused)} unused")
        if not unused:
            teller.end("there is nothing to give back", size_before=found.size, size_after=found.size)
            return
        live = [host.id for host in hosts if host.is_live]
        if live and not while_running:
            raise Failure(
                f"{plural(len(live), 'host')} would have to wait for about {takes} ({', '.join(live)}): stop "
                "them first, or say --while-running"
            )
        confirm(f"vacuum it, in about {takes}?", is_certain=yes)
        began = monotonic()
        report = await keeper.vacuum()
        took = spoken_duration(timedelta(seconds=monotonic() - began))
        teller.end(
            f"{spoken_size(report.size_before)} became {spoken_size(report.size_after)} in {took}",
            size_before=report.size_before,
            size_after=report.size_after,
        )

    _all_or_nothing(lambda: with_store(said, work))


# ------------------------------------------------------------------------------------------------ backup


@click.command(cls=Command)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace a file that is there already.")
@json_option
@store_options
def backup(file: Path, force: bool, as_json: bool, **said: Any) -> None:
    """Copy the store into FILE as it is at this moment, while everything runs.

    Nobody has to wait for it. All that was enqueued before is in the copy, which is checked before it gets its name.
    """

    target = file.absolute()

    async def work(store: OpenedStore) -> None:
        keeper, began = keeper_of(store.store, _BACKUP_INSTEAD), monotonic()
        with progress_bar("backup") as told:
            size = await keeper.backup(target, replace=force, progress=told)
        took = spoken_duration(timedelta(seconds=monotonic() - began))
        copied = f"{target}: {spoken_size(size)}, complete and checked, in {took}"
        Teller(as_json=as_json).end(copied, file=str(target), size=size)

    _all_or_nothing(lambda: with_store(said, work))


def _all_or_nothing(work: Callable[[], None]) -> None:
    try:
        work()
    except KeyboardInterrupt:
        raise Failure("stopped by Ctrl-C: nothing was changed") from None
