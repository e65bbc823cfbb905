"""What can be found in the store's place: whether it can be opened, whether it is safe, and whether it has room."""

import os
import shutil
from pathlib import Path

from dawam.cli.doctor.findings import Report
from dawam.cli.sizes import spoken_size
from dawam.errors import SchemaError, StoreError
from dawam.jobs.record import JobCounts
from dawam.observability.lines import plural
from dawam.runtime import Runtime
from dawam.stores.base import Capability, JobStore
from dawam.stores.keeper import Connections, StoreGauge, StoreKeeper, StoreStats

_FULL = 100_000_000
_LOW = 1_000_000_000
_PILE = 10_000
"""Finished jobs."""


async def open_store(runtime: Runtime, report: Report) -> JobStore | None:
    """The store as it is, neither created nor migrated; None where it cannot be opened, and why is in the report."""
    store = runtime.parts.store
    report.looked("store-not-shared")
    if Capability.SEVERAL_PROCESSES not in store.capabilities:
        report.found("store-not-shared", f"{store.description}: jobs are seen only by the process that holds them")
        return None
    report.looked("store-unreachable")
    try:
        await store.open(migrate=False)
    except SchemaError as error:
        report.found("schema-behind", str(error))
        return None
    except StoreError as error:
        report.found("store-unreachable", str(error))
        return None
    report.looked("schema-behind")
    return store


async def examine_place(runtime: Runtime, report: Report) -> None:
    """Where its jobs are kept."""
    store, size = runtime.parts.store, 0
    if isinstance(store, StoreGauge):
        stats = await store.stats()
        size = stats.size
        _examine_durability(stats, report)
        if stats.connections is not None:
            hosts = await runtime.parts.desk.inspector.hosts()
            _examine_server(stats, stats.connections, sum(host.is_live for host in hosts), report)
    if store.marks_folder is not None:
        if isinstance(store, StoreKeeper):  # else the disk is a server's
            _examine_disk(_standing(store.marks_folder), size, report)
        _examine_marks(store.marks_folder, report)
    _examine_history(runtime, await runtime.parts.desk.inspector.counts(_PILE), report)


def _examine_durability(stats: StoreStats, report: Report) -> None:
    report.looked("weak-durability")
    for doubt in stats.durability_doubts:
        report.found("weak-durability", doubt.text, doubt.cure)


def _examine_server(stats: StoreStats, connections: Connections, live_count: int, report: Report) -> None:
    report.looked("server-upkeep", "few-connections")
    for doubt in stats.upkeep_doubts:
        report.found("server-upkeep", doubt.text, doubt.cure)
    taken, room = live_count * connections.count_of_a_host, connections.limit - connections.open_count
    if taken > connections.limit or room < connections.count_of_a_host:
        report.found(
            "few-connections",
            f"{connections.open_count} of {connections.limit} connections are open, and {plural(live_count, 'host')} "
            f"live: each process that runs jobs takes {connections.count_of_a_host}",
        )


def _examine_disk(folder: Path, store_size: int, report: Report) -> None:
    free = shutil.disk_usage(folder).free
    report.looked("disk-full", "disk-low")
    text = f"{spoken_size(free)} are free in {folder}, and the store has {spoken_size(store_size)}"
    if free < _FULL:
        report.found("disk-full", text)
    elif free < max(_LOW, store_size):
        report.found("disk-low", text)


def _examine_marks(marks: Path, report: Report) -> None:
    report.looked("marks-unwritable")
    folder = _standing(marks)
    if not os.access(folder, os.W_OK | os.X_OK):
        report.found("marks-unwritable", f"this user cannot write to {folder}, where start marks are kept")


def _examine_history(runtime: Runtime, counts: JobCounts, report: Report) -> None:
    report.looked("endless-history")
    retention = runtime.parts.options.retention
    for state in ("succeeded", "failed", "cancelled"):
        if getattr(retention, state) is None and getattr(counts, state) >= _PILE:
            report.found("endless-history", f"{state} jobs are kept for ever, and there are {_PILE:,} or more")


def _standing(folder: Path) -> Path:
    """The folder, or that above it which exists: nothing is made here."""
    return next(each for each in (folder, *folder.parents) if each.is_dir())
