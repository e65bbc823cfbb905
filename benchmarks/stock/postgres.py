"""Fills a PostgreSQL store: Dawam makes one job of the kind, and the server copies its row with `generate_series`.

Only what tells jobs apart is written anew (`_OWN`); all other columns, those included that Dawam gets later, are as in
the one that is real. Ids begin as its does and count up, so that they lie in the index as they would.
"""

import time

from benchmarks.stage import Stage
from benchmarks.stock.stock import Stock

_LONGEST_WAIT = 30.0
_UNKNOWN = "bench.unknown"
_ARGS = """'{"number":' || n || ',"name":"user-' || n || '","ratio":' || (n * 0.5)::numeric(20, 1)
    || ',"flag":' || (CASE n % 2 WHEN 1 THEN 'true' ELSE 'false' END) || '}'"""
_TYPES = {
    "bytea": f"convert_to({_ARGS}, 'UTF8')",
    "text": _ARGS,
    "json": f"({_ARGS})::json",
    "jsonb": f"({_ARGS})::jsonb",
}
_OWN = {
    "id": "overlay(replace(sample.id::text, '-', '') PLACING lpad(to_hex(n), 15, '0') FROM 18)::uuid",
    "finished_at": "sample.finished_at + n",
}
_COLUMNS = """
    SELECT attname::text, format_type(atttypid, NULL) FROM pg_attribute
    WHERE attrelid = to_regclass('{table}') AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum
"""


def fill(stage: Stage, stock: Stock) -> None:
    """Puts the stock there, as if the server had been vacuumed since."""
    table = _MAKERS[stock.state](stage)
    _copy_row(stage, table, stock.count)
    stage.place.execute(f"VACUUM (ANALYZE) {table}")


def _waiting(stage: Stage) -> str:
    stage.command("fill", 1)
    return "dawam_job"


def _scheduled(stage: Stage) -> str:
    stage.command("grow", "scheduled", 1)
    return "dawam_job"


def _parked(stage: Stage) -> str:
    stage.command("fill", 1)
    stage.place.execute(f"UPDATE dawam_job SET place = 'parked', name = '{_UNKNOWN}'")
    return "dawam_job"


def _finished(stage: Stage) -> str:
    stage.command("fill", 1)
    stage.start_workers()
    deadline = time.monotonic() + _LONGEST_WAIT
    while stage.unfinished():
        if time.monotonic() > deadline:
            raise RuntimeError(f"the worker {stage.workers} did not run its one job in {_LONGEST_WAIT:.0f} s")
        time.sleep(0.05)
    stage.stop_workers()
    return "dawam_finished"


_MAKERS = {"waiting": _waiting, "scheduled": _scheduled, "parked": _parked, "finished": _finished}


def _copy_row(stage: Stage, table: str, count: int) -> None:
    types: dict[str, str] = dict(stage.place.query(_COLUMNS.format(table=table)))
    own = {**_OWN, "args": _TYPES[types["args"]]}
    ((is_alike,),) = stage.place.query(f"SELECT args = {own['args']} FROM {table}, generate_series(0, 0) n")
    if not is_alike:
        raise RuntimeError(f"args are no longer written as {__name__} writes them")
    stage.place.execute(
        f"""
        INSERT INTO {table} ({", ".join(types)})
        SELECT {", ".join(own.get(column, f"sample.{column}") for column in types)}
        FROM {table} sample, generate_series(1, {count - 1}) n
        """
    )
