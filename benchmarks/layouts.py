"""`python -m benchmarks.layouts`: what each layout of the tables costs a PostgreSQL server, beside the others.

The same jobs are filled in, claimed in batches and ended, in four layouts by turns, each statement a commit of its own:

one table         the state is a column, and each state has a partial index: a claim moves the row between two of them
table per state   a claim deletes the row in one table and inserts it in another
claimed in place  one table whose indexes say nothing of who runs a job: a claim changes the row within its page, and
                  one row for the whole batch says what was taken
segments          jobs are appended in order, a claim moves one pointer, ends are noted in arrays, and a segment is
                  emptied as a whole. It knows neither priorities nor a job that has to wait again: a floor, no rival

`docs/decisions/0027` tells what was chosen and why.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from benchmarks import machine
from benchmarks.places.postgres_server import start_server
from benchmarks.stage import ROOT

_COLUMNS = """
    id uuid NOT NULL, application text COLLATE "C" NOT NULL, queue text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL, args bytea NOT NULL, args_version int NOT NULL, rank smallint NOT NULL,
    fence bigint NOT NULL DEFAULT 0, attempt_count int NOT NULL DEFAULT 0, created_at bigint NOT NULL,
    run_at bigint NOT NULL, host text COLLATE "C", claimed_at bigint
"""
_FILL = """
    INSERT INTO {table} ({extra}id, application, queue, name, args, args_version, rank, created_at, run_at)
    SELECT {values}('01890000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'default', 'default',
        'bench.function', '{{"number":12345,"name":"a name","ratio":1.5,"flag":true}}', 1, -15, n, n
    FROM generate_series(1, %s) AS n
"""
_ORDER = "rank, attempt_count, run_at, id"
_SHOWN = "rank, attempt_count, run_at, id, fence, name, args, args_version, queue"


@dataclass(frozen=True, slots=True)
class Layout:
    """Its tables, how they are filled, and the two statements of a batch; `{limit}` is its size."""

    name: str
    tables: tuple[str, ...]
    fill: str
    claim: str
    end: str
    is_left: str
    last: str = ""
    """What is done once all jobs of a segment are through."""


_HISTORY = (
    f"CREATE TABLE finished ({_COLUMNS}, finished_at bigint, PRIMARY KEY (id, application))",
    "CREATE INDEX finished_age ON finished (application, finished_at, id)",
)
_ENDED = "unnest(%s::uuid[], %s::bigint[]) AS e (id, fence)"


def _end(table: str, condition: str, *, keeps: bool) -> str:
    columns = "id, application, queue, name, args, args_version, rank, fence, attempt_count, created_at, run_at, host"
    keep = f", kept AS (INSERT INTO finished ({columns}, finished_at) SELECT {columns}, 1 FROM ended)" if keeps else ""
    return (
        f"WITH ended AS (DELETE FROM {table} j USING {_ENDED} WHERE j.id = e.id AND j.application = 'default' "
        f"AND j.fence = e.fence AND {condition} RETURNING j.*){keep} SELECT count(*) FROM ended"
    )


def _head(table: str, condition: str) -> str:
    return (
        f"SELECT ctid FROM {table} WHERE application = 'default' AND queue = 'default' AND {condition} "
        f"ORDER BY {_ORDER} LIMIT {{limit}} FOR UPDATE SKIP LOCKED"
    )


_IS_READY, _IS_FREE = "state = 'ready'", "place = 'ready' AND host IS NULL"


def _one_table(*, keeps: bool) -> Layout:
    return Layout(
        "one table",
        (
            f'CREATE TABLE job ({_COLUMNS}, state text COLLATE "C" NOT NULL, PRIMARY KEY (id, application))',
            f"CREATE INDEX job_ready ON job (application, queue, {_ORDER}) WHERE state = 'ready'",
            "CREATE INDEX job_running ON job (application, host, id) WHERE state = 'running'",
            *_HISTORY,
        ),
        _FILL.format(table="job", extra="state, ", values="'ready', "),
        "WITH taken AS (UPDATE job SET state = 'running', fence = fence + 1, host = 'press-4711-1a2b', claimed_at = 1 "
        f"WHERE ctid = ANY (ARRAY({_head('job', _IS_READY)})) AND state = 'ready' "
        f"RETURNING *) SELECT {_SHOWN} FROM taken",
        _end("job", "j.claimed_at IS NOT NULL", keeps=keeps),
        "SELECT 1 FROM job LIMIT 1",
    )


def _table_per_state(*, keeps: bool) -> Layout:
    return Layout(
        "table per state",
        (
            f"CREATE TABLE ready ({_COLUMNS}, PRIMARY KEY (id, application))",
            f"CREATE INDEX ready_order ON ready (application, queue, {_ORDER})",
            f"CREATE TABLE running ({_COLUMNS}, PRIMARY KEY (id, application))",
            "CREATE INDEX running_host ON running (application, host, id)",
            *_HISTORY,
        ),
        _FILL.format(table="ready", extra="", values=""),
        f"WITH gone AS (DELETE FROM ready WHERE ctid = ANY (ARRAY({_head('ready', 'true')})) RETURNING *), taken AS ("
        "INSERT INTO running SELECT id, application, queue, name, args, args_version, rank, fence + 1, attempt_count, "
        f"created_at, run_at, 'press-4711-1a2b', 1 FROM gone RETURNING *) SELECT {_SHOWN} FROM taken",
        _end("running", "true", keeps=keeps),
        "SELECT 1 FROM running LIMIT 1",
    )


def _claimed_in_place(*, keeps: bool) -> Layout:
    return Layout(
        "claimed in place",
        (
            f'CREATE TABLE job ({_COLUMNS}, place text COLLATE "C" NOT NULL, PRIMARY KEY (id, application)) '
            "WITH (fillfactor = 45)",
            f"CREATE INDEX job_ready ON job (application, queue, {_ORDER}) WHERE place = 'ready'",
            "CREATE TABLE claim (host text, number bigserial, ids uuid[], fences bigint[], PRIMARY KEY (host, number))",
            *_HISTORY,
        ),
        _FILL.format(table="job", extra="place, ", values="'ready', "),
        "WITH taken AS (UPDATE job SET fence = fence + 1, host = 'press-4711-1a2b', claimed_at = 1 "
        f"WHERE ctid = ANY (ARRAY({_head('job', _IS_FREE)})) "
        "AND host IS NULL RETURNING *), noted AS (INSERT INTO claim (host, ids, fences) "
        f"SELECT 'press-4711-1a2b', array_agg(id), array_agg(fence) FROM taken) SELECT {_SHOWN} FROM taken",
        _end("job", "j.host IS NOT NULL", keeps=keeps),
        "SELECT 1 FROM job LIMIT 1",
    )


def _segments() -> Layout:
    return Layout(
        "segments",
        (
            f"CREATE TABLE segment (position bigserial PRIMARY KEY, {_COLUMNS})",
            "CREATE TABLE pointer (next bigint)",
            "INSERT INTO pointer VALUES (1)",
            "CREATE TABLE done (ids uuid[], fences bigint[])",
        ),
        _FILL.format(table="segment", extra="", values=""),
        "WITH moved AS MATERIALIZED (UPDATE pointer SET next = next + {limit} RETURNING next) "
        f"SELECT {_SHOWN} FROM segment WHERE position >= (SELECT next FROM moved) - {{limit}} "
        "AND position < (SELECT next FROM moved)",
        "WITH noted AS (INSERT INTO done VALUES (%s, %s) RETURNING cardinality(ids) AS count) SELECT count FROM noted",
        "SELECT 1 FROM segment LIMIT 1",
        "TRUNCATE segment, done",
    )


def _layouts(*, keeps: bool) -> list[Layout]:
    rivals = [_one_table(keeps=keeps), _table_per_state(keeps=keeps), _claimed_in_place(keeps=keeps)]
    return rivals if keeps else [*rivals, _segments()]


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one job, in one run."""

    rate: float
    server_us: float
    wal_bytes: float
    dead_tuples: float
    commits: float
    claim_p99_ms: float


def measure(url: str, layout: Layout, jobs: int, batch: int) -> Cost:
    """Fills the tables anew, and works them off in one session."""
    with psycopg.connect(url, autocommit=True) as db:
        db.execute("DROP SCHEMA IF EXISTS layout CASCADE")
        db.execute("CREATE SCHEMA layout")
        db.execute("SET search_path TO layout")
        # as on connections of the store
        for setting in ("enable_seqscan", "enable_hashjoin", "enable_mergejoin", "jit"):
            db.execute(f"SET {setting} = off".encode())
        for statement in (*layout.tables, layout.fill.replace("%s", str(jobs)), "ANALYZE", "CHECKPOINT"):
            db.execute(statement.encode())
        worker = db.info.backend_pid
        wal, began = _one(db, "SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn"), time.perf_counter()
        before, claims, commits = machine.exact_cpu_seconds([worker]), list[float](), 0
        while True:
            asked = time.perf_counter()
            rows = db.execute(layout.claim.format(limit=batch).encode(), prepare=True, binary=True).fetchall()
            claims.append(time.perf_counter() - asked)
            if not rows:
                break
            ids, fences = [row[3] for row in rows], [row[4] for row in rows]
            db.execute(layout.end.encode(), (ids, fences), prepare=True, binary=True)
            commits += 2
        if layout.last:
            db.execute(layout.last.encode())
        seconds, cpu = time.perf_counter() - began, machine.exact_cpu_seconds([worker]) - before
        written = _one(db, "SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn") - wal
        if _one(db, f"SELECT count(*) FROM ({layout.is_left}) AS left_over"):
            raise RuntimeError(f"{layout.name}: not all jobs were ended")
        db.execute("SELECT pg_stat_force_next_flush()" if db.info.server_version >= 150000 else "SELECT 1")
        dead = _one(db, "SELECT sum(n_dead_tup) FROM pg_stat_user_tables WHERE schemaname = 'layout'")
    claims.sort()
    p99 = claims[min(len(claims) - 1, int(0.99 * len(claims)))]
    return Cost(jobs / seconds, 1e6 * cpu / jobs, float(written) / jobs, float(dead) / jobs, commits / jobs, 1000 * p99)


def _one(db: "psycopg.Connection[Any]", query: str) -> Any:
    ((found,),) = db.execute(query.encode()).fetchall()
    return found


def table(costs: dict[str, list[Cost]]) -> str:
    """The medians, as Markdown."""
    lines = [
        "| layout | jobs/s, one session | server CPU us | WAL bytes | dead tuples | commits | claim p99 ms |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for name, found in costs.items():
        lines.append(f"| {name} | {' | '.join(_medians(found))} |")
    return "\n".join(lines)


def _medians(found: Sequence[Cost]) -> list[str]:
    def median(field: str) -> float:
        return float(statistics.median(getattr(each, field) for each in found))

    return [
        f"{median('rate'):,.0f}", f"{median('server_us'):.1f}", f"{median('wal_bytes'):.0f}",
        f"{median('dead_tuples'):.2f}", f"{median('commits'):.3f}", f"{median('claim_p99_ms'):.1f}",
    ]  # fmt: skip


def main() -> int:
    """Measures in turns and prints one table for jobs that are deleted, and one for jobs that are kept."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.layouts", description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=50_000)
    parser.add_argument("--batch", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    cache: Path = ROOT / ".bench"
    cache.mkdir(exist_ok=True)
    server = start_server(cache)
    try:
        for keeps in (False, True):
            costs: dict[str, list[Cost]] = {}
            for _ in range(arguments.rounds):
                for layout in _layouts(keeps=keeps):
                    machine.wait_until_quiet(30)
                    cost = measure(server.url, layout, arguments.jobs, arguments.batch)
                    costs.setdefault(layout.name, []).append(cost)
            print(
                f"\nfinished jobs are {'kept' if keeps else 'deleted'}; batches of {arguments.batch}\n\n{table(costs)}"
            )
    finally:
        server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
