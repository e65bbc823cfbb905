"""The raw limits: what plain `sqlite3`, psycopg and asyncpg reach on this machine in this very run."""

import os
import sys
import tempfile
from pathlib import Path

from benchmarks.bench import Arena, Bench, Run, Values
from benchmarks.programs.pace import EVERY
from benchmarks.programs.store import STORE
from benchmarks.stage import ROOT, run_program

_SQLITE, _POSTGRES = "benchmarks.programs.raw_sqlite", "benchmarks.programs.raw_postgres"
_LEVELS = ("full", "normal")
_DRIVERS = {"": "psycopg", "-asyncpg": "asyncpg"}
_BATCHES = (200, 1_000)


def sqlite_enqueue_runs(bench: Bench) -> list[Run]:
    """Inserts, one row per commit and in bulk."""
    return [
        *(_sqlite(f"raw-insert-{level}", "insert", level, bench.sizes.singles, bench) for level in _LEVELS),
        *(_sqlite(f"raw-bulk-{level}", "bulk", level, bench.sizes.jobs, bench) for level in _LEVELS),
    ]


def sqlite_process_runs(bench: Bench) -> list[Run]:
    """Claim and delete, in batches of 200 through one writer thread."""
    return [_sqlite(f"raw-drain-{level}", "drain", level, bench.sizes.jobs, bench) for level in _LEVELS]


def sqlite_latency_runs(bench: Bench) -> list[Run]:
    """What two durable commits take in one process: that of the enqueue, and that of the claim."""
    return [_sqlite("raw-latency", "paced", "full", int(bench.sizes.latency_seconds / EVERY), bench)]


def postgres_enqueue_runs(bench: Bench) -> list[Run]:
    """Inserts, one row per commit, and COPY of 1,000 rows per commit."""
    return [
        _postgres(f"pg-raw-{command}{suffix}", bench.postgres, command, driver, count)
        for command, count in (("insert", bench.sizes.singles), ("copy", bench.sizes.jobs))
        for suffix, driver in _DRIVERS.items()
    ]


def postgres_process_runs(bench: Bench) -> list[Run]:
    """Claim and delete, and claim and update: one statement of each in turns."""
    return [
        _postgres(f"pg-raw-drain-{how}-{batch}{suffix}", bench.postgres, "drain", driver, bench.sizes.jobs, how, batch)
        for how in ("delete", "update")
        for batch in _BATCHES
        for suffix, driver in _DRIVERS.items()
    ]


def postgres_latency_runs(bench: Bench) -> list[Run]:
    """Two durable commits on one connection, at the pace of a light load."""
    count = int(bench.sizes.latency_seconds / EVERY)
    return [_postgres("pg-raw-latency", bench.postgres, "paced", "psycopg", count)]


def _sqlite(name: str, command: str, level: str, count: int, bench: Bench) -> Run:
    def measure() -> Values:
        with tempfile.TemporaryDirectory(prefix="raw-", dir=bench.cache) as folder:
            line = [sys.executable, "-m", _SQLITE, command, level.upper(), str(count)]
            environment = {**os.environ, "PYTHONPATH": str(ROOT)}
            return run_program([*line, f"{folder}/raw.db"], environment, Path(folder))

    return Run(name, measure)


def _postgres(name: str, arena: Arena, command: str, driver: str, count: int, *more: object) -> Run:
    def measure() -> Values:
        place = arena.places.new(arena.cache)
        try:
            words = (command, driver, count, *place.servers, *more)
            line = [sys.executable, "-m", _POSTGRES, *map(str, words)]
            return run_program(line, {**os.environ, "PYTHONPATH": str(ROOT), STORE: place.url}, arena.cache)
        finally:
            place.leave()

    return Run(name, measure)
