"""What was measured, in the table of a database."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from dawam.clock import from_microseconds, to_microseconds
from dawam.measures.compacting import FINEST, WINDOWS, added_to, floor, homes
from dawam.measures.record import MERGED, Measure
from dawam.measures.spread import Spread
from dawam.stores.sql.database import Database
from dawam.stores.sql.place import Place

_MICROSECOND = timedelta(microseconds=1)
_NONE = "{}"
_encode = msgspec.json.encode
_decode_errors = msgspec.json.Decoder(dict[str, int]).decode


def keep(db: Database, place: Place, measures: Sequence[Measure]) -> None:
    db.executemany("keep_measure", [_row(place, each) for each in measures])


def merge(db: Database, place: Place, limit: int) -> int:
    db.execute("lock_measures", (place.application,)).close()
    going = to_go(db, place, limit)
    if not going:
        return 0
    now, parts = place.clock.now(), [each for each in going if each.part != MERGED]
    there = [
        _measure(row)
        for home in {home for each in parts for home in homes(each, now)}
        for row in db.execute("measure_at", (place.application, *_key(home.span, home.at), home.name, home.queue))
    ]
    _remove(db, place, going)
    db.executemany("save_measure", [_row(place, each) for each in added_to(there, parts, now)])
    return len(going)


def to_go(db: Database, place: Place, limit: int) -> list[Measure]:
    """A read: the parts of minutes that are over, and the sums that were kept for long enough."""
    minute = to_microseconds(floor(place.clock.now(), FINEST))
    found = db.execute("measure_parts", (place.application, minute, limit)).fetchall()
    for window in WINDOWS:
        before = place.now() - window.kept // _MICROSECOND
        key = (place.application, window.span // _MICROSECOND, before)
        found += db.execute("old_measures", (*key, max(0, limit - len(found)))).fetchall()
    return [_measure(row) for row in found]


def measures(
    db: Database, place: Place, span: timedelta, since: datetime, until: datetime, name: str | None, queue: str | None
) -> list[Measure]:
    said = {
        "application": place.application, "span": span // _MICROSECOND, "since": to_microseconds(since),
        "until": to_microseconds(until), "name": name, "queue": queue,
    }  # fmt: skip
    return [_measure(row) for row in db.execute("select_measures", said)]


def _remove(db: Database, place: Place, measures: Iterable[Measure]) -> None:
    rows = [(*_key(each.span, each.at), each.name, each.queue, each.part) for each in measures]
    db.executemany("remove_measure", [(place.application, *row) for row in rows])


def _key(span: timedelta, at: datetime) -> tuple[int, int]:
    return span // _MICROSECOND, to_microseconds(at)


def _row(place: Place, measure: Measure) -> tuple[Any, ...]:
    span, at = _key(measure.span, measure.at)
    counts = (measure.succeeded, measure.failed, measure.retried, measure.cancelled)
    spreads = (measure.waits.to_text(), measure.runs.to_text())
    errors = _encode(measure.errors).decode() if measure.errors else _NONE
    gauges = (measure.due, measure.oldest // _MICROSECOND)
    return (at, span, measure.name, measure.queue, measure.part, *counts, *spreads, errors, *gauges, place.application)


def _measure(row: Sequence[Any]) -> Measure:
    at, span, name, queue, part, succeeded, failed, retried, cancelled, waits, runs, errors, due, oldest = row
    return Measure(
        at=from_microseconds(at), span=timedelta(microseconds=span), name=name, queue=queue, part=part,
        succeeded=succeeded, failed=failed, retried=retried, cancelled=cancelled,
        errors=_decode_errors(errors) if errors != _NONE else {},
        waits=Spread.of_text(waits), runs=Spread.of_text(runs), due=due, oldest=timedelta(microseconds=oldest),
    )  # fmt: skip
