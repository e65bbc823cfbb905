"""The plans of the statements that every job passes, beside a million jobs that wait, as many for later and finished.

A plan that reads a whole table, or more pages than the jobs that it is about need, is found here and not in production.
"""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import pytest

from dawam.ids import new_id
from dawam.stores.postgres import migrations
from dawam.stores.postgres.address import Address
from dawam.stores.postgres.arrays import Blobs, Ids, Numbers, Texts
from dawam.stores.postgres.bounds import Bounds, Key
from dawam.stores.postgres.connection import HOT_PLANS, PLANS, Connection, connect_blocking
from dawam.stores.postgres.lookout import look_arrays
from dawam.stores.postgres.statements import statements
from dawam.stores.postgres.strides import stride_arrays, strides
from tests.support.postgres import Postgres

pytestmark = pytest.mark.xdist_group("plans beside a million jobs")  # which are filled in once
MANY, A_FEW = 1_000_000, 50_000
HOT = [
    *("add_jobs", "add_one", "claim_ready", "claim_queues", "claim_parked", "claim_suspect"),
    *("end_kept", "end_removed", "end_failed", "put_back"),
]
BATCH = 100
SPANS = stride_arrays(list(strides(Bounds().spans())))
NOW, LATER, AGO = 1_800_000_000_000_000, 4_000_000_000_000_000, 1_700_000_000_000_000
HOST = (
    "INSERT INTO dawam_host (application, id, boot_id, lease_until, process_id, machine, queues, job_names, "
    f"concurrency, version, started_at) VALUES ('shop', 'press', '', {LATER}, 1, 'm', '[]', '[]', 1, '1', 1)"
)
_FILL_JOBS = """
    INSERT INTO dawam_job (
        id, application, place, queue, name, args, args_encoding, args_version, rank, created_at, first_due_at,
        counted_from, run_at
    )
    SELECT ('{prefix}-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'shop', '{place}', 'default',
        'orders.receipt', '{{"order":7}}', 'json', 1, -15, moment, moment, moment, moment
    FROM (SELECT n, {first} + n AS moment FROM generate_series(1, {count}) AS n) AS moments
"""
_FILL_HISTORY = """
    INSERT INTO dawam_finished
    SELECT ('01890000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'shop', 'succeeded', 'default',
        'orders.receipt', '{{"order":7}}', 'json', 1, '', '', -15, 1, 1, 0, 0, 0, 0, {first} + n, {first} + n,
        {first} + n, {first} + n, NULL, 'press', {first} + n, {first} + n, NULL, NULL, NULL, NULL, NULL, NULL
    FROM generate_series(1, {count}) AS n
"""
_FILL_CLAIMS = """
    INSERT INTO dawam_claim
    SELECT 'shop', 'press', n, {first}, ARRAY['01890000-0000-7000-8000-000000000000'::uuid], ARRAY[1::bigint]
    FROM generate_series(10, {count}) AS n
"""


@pytest.fixture(scope="module")
def db(postgres: Postgres) -> Iterator[Connection]:
    """A connection to the large store."""
    url = postgres.new_database()
    address = Address.of(url)
    with connect_blocking(address, "plans") as connection:
        with connection.transaction():
            migrations.migrate(connection, address)
        fill(connection)
        yield connection
    postgres.drop_database(url)


def fill(connection: Connection) -> None:
    indexes = connection.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename IN ('dawam_job', 'dawam_finished') "
        "AND indexname NOT LIKE '%_pkey'"
    ).fetchall()
    for name, _ in indexes:
        run(connection, f"DROP INDEX {name}")
    run(connection, "SET statement_timeout = 0")
    for prefix, place, first in (("018a0000", "ready", AGO), ("018b0000", "scheduled", LATER)):
        run(connection, _FILL_JOBS.format(prefix=prefix, place=place, first=first, count=MANY))
    run(connection, _FILL_HISTORY.format(first=AGO, count=MANY))
    for _, definition in indexes:
        run(connection, definition)
    for table in ("dawam_job", "dawam_finished"):
        run(connection, f"VACUUM ANALYZE {table}")
    run(connection, HOST)


def run(connection: Connection, text: str) -> None:
    connection.execute(text.encode(), prepare=False)


def explained(db: Connection, name: str, parameters: Sequence[Any], *, hot: bool) -> dict[str, Any]:
    """What the server really did with the statement, as it is prepared by the store; nothing of it stays."""
    query = statements("public")[name].query
    with db.transaction(force_rollback=True):
        for setting, value in (HOT_PLANS if hot else PLANS).items():
            run(db, f"SET LOCAL {setting} = {value}")
        cursor = db.execute(b"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + query, parameters, prepare=True)
        ((found,),) = cursor.fetchall()
    plan: dict[str, Any] = (json.loads(found) if isinstance(found, str) else found)[0]
    return plan


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)


def pages(plan: dict[str, Any]) -> int:
    found: int = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
    return found


def some_ids(db: Connection, table: str, count: int) -> Ids:
    rows = db.execute(f"SELECT id FROM {table} ORDER BY id LIMIT {count}".encode(), prepare=False).fetchall()
    return Ids([row[0] for row in rows])


@pytest.fixture(scope="module")
def waiting(db: Connection) -> Ids:
    return some_ids(db, "dawam_job", BATCH)


@pytest.fixture(scope="module")
def finished(db: Connection) -> Ids:
    return some_ids(db, "dawam_finished", BATCH)


def hot(waiting: Ids) -> dict[str, tuple[list[Any], int]]:
    """Of each statement its parameters, and how many pages it may touch."""
    fences, moments = Numbers([1] * BATCH), Numbers([NOW] * BATCH)
    claim = ["shop", "press", NOW, 1, Numbers(range(10, 20))]
    new = [Ids([new_id() for _ in range(BATCH)]), Blobs([b"{}"] * BATCH), moments, moments]
    job = ["default", "orders.receipt", "json", 1, "", "", -15, None, None]
    times, error = (moments, moments), [Texts([word] * BATCH) for word in ("Refused", "no", "", "0123456789abcdef")]
    return {
        "add_jobs": (["shop", NOW, *job, *new, Texts(["press"])], 40 * BATCH),
        "add_one": (["shop", NOW, *job, new_id(), b"{}", NOW, NOW, Texts(["press"])], 40),
        "claim_ready": ([*claim, "default", BATCH, *SPANS], 30 * BATCH),
        "claim_queues": ([*claim, ["default"], BATCH, *SPANS], 60 * BATCH),
        "claim_parked": ([*claim, ["default"], ["orders.receipt"], [1], BATCH], 100),
        "claim_suspect": ([*claim, ["default"], ["orders.receipt"], [1]], 100),
        "end_kept": (["shop", waiting, fences, moments, None, None], 20 * BATCH),
        "end_removed": (["shop", waiting, fences], 20 * BATCH),
        "end_failed": (["shop", waiting, fences, Texts(["failed"] * BATCH), fences, *times, *error, None], 30 * BATCH),
        "put_back": (
            ["shop", waiting, fences, Texts([None] * BATCH), fences, fences, *times, moments, *error, None, NOW],
            60 * BATCH,
        ),
    }


@pytest.mark.parametrize("name", HOT)
def test_a_hot_statement_reads_no_more_than_its_jobs_need(db: Connection, waiting: Ids, name: str) -> None:
    parameters, most_pages = hot(waiting)[name]

    plan = explained(db, name, parameters, hot=True)["Plan"]

    assert not [node for node in nodes(plan) if node["Node Type"] == "Seq Scan"], plan
    assert pages(plan) <= most_pages, plan


def waiting_key(number: int, rank: int = -15, attempts: int = 0) -> Key:
    return rank, attempts, AGO + number, UUID(f"018a0000-0000-7000-8000-{number:012x}")


def bounds_behind_others() -> Bounds:
    """Of a host that has claimed a thousand jobs, one that was more urgent, and one that had failed."""
    bounds = Bounds()
    thousand = [waiting_key(number) for number in range(1, 1_001)]
    for claimed in ([waiting_key(1, rank=-25)], thousand[:700], thousand[700:], [waiting_key(1, attempts=2)]):
        bounds.claimed(claimed, is_all=False)
    return bounds


def behind_others() -> list[Any]:
    """The spans of such a host, and two jobs that are late."""
    bounds = bounds_behind_others()
    look = bounds.next_look(0.0)
    assert look is not None
    bounds.look_ended(look, 0.1, 0.0, [waiting_key(7), waiting_key(8)])
    return stride_arrays(list(strides(bounds.spans())))


@pytest.mark.parametrize("name", ["claim_ready", "claim_queues"])
def test_a_claim_behind_others_walks_no_further_than_its_jobs(db: Connection, waiting: Ids, name: str) -> None:
    parameters, most_pages = hot(waiting)[name]
    spans = behind_others()
    queues = "default" if name == "claim_ready" else ["default"] * len(spans[0])
    parameters[5:] = [queues, BATCH, *spans]

    plan = explained(db, name, parameters, hot=True)["Plan"]

    assert pages(plan) <= most_pages, plan


def test_a_look_for_late_jobs_ends_where_claims_begin(db: Connection, waiting: Ids) -> None:
    look = bounds_behind_others().next_look(0.0)
    assert look is not None
    parameters = ["shop", "default", 10_000, *look_arrays(look)]

    plan = explained(db, "late_jobs", parameters, hot=True)["Plan"]

    assert pages(plan) <= 2_000, plan


def chores(one: UUID) -> dict[str, tuple[list[Any], int]]:
    """What hosts ask again and again, and what is asked about one job."""
    return {
        "next_run_at": (["shop"], 10),
        "promote_due": (["shop", NOW, BATCH], 10),
        "select_orphans": (["shop", "", NOW, BATCH], 100),
        "claims_of_host": (["shop", "press"], 100),
        "cancel_orders": (["shop", "press"], 100),
        "dead_hosts": (["shop", "", NOW], 20),
        "select_outlived": (["shop", "failed", NOW, BATCH], 20),
        "claim_of": ([one, "shop"], 20),
        "get_job": ([one, "shop"], 20),
        "get_finished": ([one, "shop"], 20),
        "count_live": (["shop", BATCH], 1_000),
        "count_finished": (["shop", BATCH], 1_000),
    }


@pytest.mark.parametrize("name", sorted(chores(UUID(int=0))))
def test_a_chore_stays_small_beside_a_large_store(db: Connection, waiting: Ids, name: str) -> None:
    parameters, most_pages = chores(waiting[0])[name]

    plan = explained(db, name, parameters, hot=False)["Plan"]

    large = [node for node in nodes(plan) if node.get("Relation Name") in ("dawam_job", "dawam_finished")]
    assert not [node for node in large if node["Node Type"] == "Seq Scan" and node["Actual Rows"] > BATCH], plan
    assert pages(plan) <= most_pages, plan


def test_what_is_enqueued_again_after_it_finished_is_found_by_its_key(db: Connection, finished: Ids) -> None:
    parameters, most_pages = hot(finished)["add_jobs"]
    parameters[11] = finished

    plan = explained(db, "add_jobs", parameters, hot=True)["Plan"]

    assert pages(plan) <= most_pages, plan


# -- plans that were made while there was nothing yet


@pytest.fixture(scope="module")
def grown(postgres: Postgres) -> Iterator[Connection]:
    """A store whose plans were made, for good, when it was empty, and that has grown since without any statistics."""
    url = postgres.new_database()
    address = Address.of(url)
    with connect_blocking(address, "plans") as connection:
        with connection.transaction():
            migrations.migrate(connection, address)
        for table in ("dawam_job", "dawam_finished", "dawam_claim", "dawam_attempt"):
            run(connection, f"ALTER TABLE {table} SET (autovacuum_enabled = off)")
        for setting, value in {**HOT_PLANS, "plan_cache_mode": "force_generic_plan"}.items():
            run(connection, f"SET {setting} = {value}")
        for name, (parameters, _) in hot(Ids([new_id() for _ in range(BATCH)])).items():
            run(connection, f"PREPARE {name} AS {statements('public')[name].text}")
            with connection.transaction(force_rollback=True):
                run(connection, execution(name, parameters))
        run(connection, _FILL_JOBS.format(prefix="018a0000", place="ready", first=AGO, count=A_FEW))
        run(connection, _FILL_HISTORY.format(first=AGO, count=A_FEW))
        run(connection, HOST)
        yield connection
    postgres.drop_database(url)


def execution(name: str, parameters: Sequence[Any]) -> str:
    return f"EXECUTE {name}({', '.join(map(literal, parameters))})"


def literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, list):
        return "'{" + ",".join(map(element, value)) + "}'"
    return rf"'\x{value.hex()}'" if isinstance(value, bytes) else f"'{value}'"


def element(value: Any) -> str:
    if value is None:
        return "NULL"
    return rf'"\\x{value.hex()}"' if isinstance(value, bytes) else f'"{value}"'


@pytest.mark.parametrize("name", HOT)
def test_a_plan_that_was_made_for_an_empty_table_is_good_for_a_large_one(grown: Connection, name: str) -> None:
    parameters, most_pages = hot(some_ids(grown, "dawam_job", BATCH))[name]

    with grown.transaction(force_rollback=True):
        text = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {execution(name, parameters)}"
        ((found,),) = grown.execute(text.encode(), prepare=False).fetchall()

    assert pages(found[0]["Plan"]) <= most_pages, found


def test_claims_that_are_through_are_found_by_their_numbers(grown: Connection) -> None:
    """Even where an old snapshot keeps the server from removing the rows of those that went before."""
    parameters, _ = hot(some_ids(grown, "dawam_job", BATCH))["claim_ready"]

    with grown.transaction(force_rollback=True):
        run(grown, _FILL_CLAIMS.format(first=LATER, count=A_FEW))
        text = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {execution('claim_ready', parameters)}"
        ((found,),) = grown.execute(text.encode(), prepare=False).fetchall()

    (forgotten,) = [node for node in nodes(found[0]["Plan"]) if node.get("Subplan Name") == "CTE forgotten"]
    assert pages(forgotten) <= 100, forgotten


def test_this_check_would_notice_a_plan_that_reads_all(db: Connection) -> None:
    plan = db.execute(b"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT count(name) FROM dawam_finished").fetchall()[0][
        0
    ]

    assert [node for node in nodes(plan[0]["Plan"]) if re.search("Seq Scan", node["Node Type"])]
    assert pages(plan[0]["Plan"]) > 1_000
