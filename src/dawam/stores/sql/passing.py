"""Passes through all jobs that are meant, stretch by stretch: each is met once at most, whatever is done meanwhile.

Unfinished jobs are met by id, which no change moves. Finished ones are met newest first, and of them only those that
had finished when the pass began: one that is retried and finishes again is not met again.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from dawam.stores.looks import Bookmark, CountLook, IdLook
from dawam.stores.sql.choosing import FOR_EVER, finished_states, live_states, parameters
from dawam.stores.sql.database import Database
from dawam.stores.sql.place import Place
from dawam.stores.sql.rows import words
from dawam.stores.values import JobFilter

_LIVE = "live"
_NUMBERS = 2


def ids(
    db: Database, place: Place, chosen: JobFilter, limit: int, bookmark: Bookmark | None, within: int | None
) -> IdLook:
    stretch = _stretch(db, place, chosen, bookmark, within)
    if stretch is None or limit <= 0:
        return IdLook([])
    rows = stretch.execute(db, "ids", {"limit": limit}).fetchall()
    found = [db.id_of(key) for _, key in rows]
    if len(found) < limit:
        return IdLook(found, stretch.rest)
    return IdLook(found, _behind(stretch.begin, rows[-1][0], found[-1]))


def count(db: Database, place: Place, chosen: JobFilter, bookmark: Bookmark | None, within: int | None) -> CountLook:
    stretch = _stretch(db, place, chosen, bookmark, within)
    if stretch is None:
        return CountLook(0)
    return CountLook(stretch.execute(db, "count", {}).fetchone()[0], stretch.rest)


class _Stretch:
    """A part of a lane, from a bookmark to where the look is to end."""

    def __init__(self, kind: str, begin: Bookmark, said: dict[str, Any], rest: Bookmark | None) -> None:
        self._kind, self.begin, self._said = kind, begin, said
        self.rest = rest
        """Where to go on behind the stretch."""

    def execute(self, db: Database, verb: str, more: dict[str, Any]) -> Any:
        return db.execute(f"{verb}_of_{self._kind}", {**self._said, **more})


def _stretch(
    db: Database, place: Place, chosen: JobFilter, bookmark: Bookmark | None, within: int | None
) -> _Stretch | None:
    lanes = _lanes(chosen)
    if not lanes:
        return None
    begin = _entry(place, lanes, bookmark)
    kind, said = _kind(begin.lane, chosen), _said(db, place, chosen, begin)
    end = None if within is None else db.execute(f"end_of_{kind}", {**said, "within": max(within, 1) - 1}).fetchone()
    if end is None:
        following = lanes[lanes.index(begin.lane) + 1 :]
        rest = Bookmark(following[0], (begin.numbers[0], 0), None) if following else None
        last = (FOR_EVER, db.last_key) if begin.lane == _LIVE else (-FOR_EVER, db.first_key)
    else:
        _, _, moment, key = end
        rest, last = _behind(begin, moment, db.id_of(key)), (moment, key)
    return _Stretch(kind, begin, {**said, "until_moment": last[0], "until": last[1]}, rest)


def _lanes(chosen: JobFilter) -> Sequence[str]:
    """What a pass goes through, one after the other."""
    return [*([_LIVE] if live_states(chosen) else []), *(state.value for state in finished_states(chosen))]


def _kind(lane: str, chosen: JobFilter) -> str:
    if lane == _LIVE:
        return _LIVE
    return "finished" if chosen.fingerprint is None else "finished_by_error"


def _said(db: Database, place: Place, chosen: JobFilter, begin: Bookmark) -> dict[str, Any]:
    said = {**parameters(place, chosen), "lane": begin.lane, "states": words(live_states(chosen))}
    begun, moment = begin.numbers
    first = (0, db.first_key) if begin.lane == _LIVE else (begun + 1, db.first_key)
    moment, key = first if begin.id is None else (moment, db.key(begin.id))
    return {**said, "after_moment": moment, "after": key}


def _entry(place: Place, lanes: Sequence[str], bookmark: Bookmark | None) -> Bookmark:
    """Where to go on: a bookmark of a pass knows when it began, and the moment of its job."""
    if bookmark is None:
        return Bookmark(lanes[0], (place.now(), 0), None)
    if bookmark.lane not in lanes or len(bookmark.numbers) != _NUMBERS:
        raise ValueError(f"{bookmark.to_text()!r} is no place in a pass through these jobs")
    return bookmark


def _behind(begin: Bookmark, moment: int, job_id: UUID) -> Bookmark:
    """Where the pass goes on behind this job."""
    return Bookmark(begin.lane, (begin.numbers[0], moment), job_id)
