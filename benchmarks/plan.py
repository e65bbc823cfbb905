"""Which runs there are, in groups that are measured in turns, and which of them the command line asks for."""

from benchmarks.bench import Bench, Group, Run
from benchmarks.scenarios import (
    enqueue,
    growth,
    held,
    idle,
    imports,
    latency,
    limits,
    loaded,
    memory,
    process,
    schedules,
)

DATABASES = ("sqlite", "postgres")
_POSTGRES = "pg-"


def groups(bench: Bench) -> list[Group]:
    """All of them. The names of those on PostgreSQL begin with `pg-`."""
    return [
        *(Group(bench.sqlite, runs) for runs in _sqlite(bench)),
        *(Group(bench.postgres, runs) for runs in _postgres(bench)),
    ]


def chosen(all_groups: list[Group], only: list[str], on: str) -> list[Group]:
    """The groups with runs whose names begin with one of the words, if there are any, and that are on that database."""
    found = [Group(group.arena, [run for run in group.runs if _is_wanted(run.name, only, on)]) for group in all_groups]
    return [group for group in found if group.runs]


def _is_wanted(name: str, only: list[str], on: str) -> bool:
    is_there = not on or name.startswith(_POSTGRES) == (on == "postgres")
    return is_there and (not only or name.startswith(tuple(only)))


def _sqlite(bench: Bench) -> list[list[Run]]:
    """Those on SQLite, and those that need no database."""
    return [
        process.sqlite_runs(bench) + limits.sqlite_process_runs(bench),
        memory.runs(bench),
        enqueue.sqlite_runs(bench) + limits.sqlite_enqueue_runs(bench),
        latency.sqlite_runs(bench) + limits.sqlite_latency_runs(bench),
        growth.sqlite_runs(bench),
        idle.sqlite_runs(bench),
        imports.runs(bench),
        schedules.runs(),
    ]


def _postgres(bench: Bench) -> list[list[Run]]:
    return [
        process.postgres_runs(bench) + limits.postgres_process_runs(bench),
        enqueue.postgres_runs(bench) + limits.postgres_enqueue_runs(bench),
        latency.postgres_runs(bench) + limits.postgres_latency_runs(bench),
        loaded.postgres_runs(bench),
        growth.postgres_runs(bench),
        idle.postgres_runs(bench),
        held.postgres_runs(bench),
    ]
