"""Lists of jobs, and passes through all that are meant: as much of them as is asked for at a time."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple
from uuid import UUID

from dawam.clock import to_microseconds
from dawam.jobs.state import FINISHED, StoredState
from dawam.stores.looks import Bookmark, CountLook, IdLook, JobLook
from dawam.stores.memory.reading import matches
from dawam.stores.memory.row import Row
from dawam.stores.memory.shelf import Place
from dawam.stores.values import JobFilter

_SHELVES = ("due", "later", "running", "finished")
_LIVE = "live"
_LANES = (_LIVE, *(state.value for state in StoredState if state in FINISHED))
_Key = tuple[Any, ...]


class _Stretch(NamedTuple):
    """What was found, and where to go on."""

    found: list[Row]
    bookmark: Bookmark | None


def look(place: Place, chosen: JobFilter, limit: int, after: UUID | Bookmark | None, within: int | None) -> JobLook:
    if isinstance(after, UUID):
        last = place.section.rows.get(after)
        if last is None:
            return JobLook([])
        after = _list_bookmark(last)
    if limit <= 0:
        return JobLook([])
    key = None if after is None else _list_key_of(after)
    rows = _behind(place.section.rows.values(), _list_key, key)
    stretch = _looked_through(rows, chosen, limit, within, _list_bookmark)
    return JobLook([row.as_info() for row in stretch.found], stretch.bookmark)


def ids(place: Place, chosen: JobFilter, limit: int, bookmark: Bookmark | None, within: int | None) -> IdLook:
    if limit <= 0:
        return IdLook([])
    stretch = _passed(place, chosen, limit, bookmark, within)
    return IdLook([row.id for row in stretch.found], stretch.bookmark)


def count(place: Place, chosen: JobFilter, bookmark: Bookmark | None, within: int | None) -> CountLook:
    stretch = _passed(place, chosen, None, bookmark, within)
    return CountLook(len(stretch.found), stretch.bookmark)


def _passed(
    place: Place, chosen: JobFilter, limit: int | None, bookmark: Bookmark | None, within: int | None
) -> _Stretch:
    """Unfinished jobs go by id, finished ones newest first, of those that had finished when the pass began."""
    begun = to_microseconds(place.clock.now()) if bookmark is None else bookmark.numbers[0]

    def bookmark_at(row: Row) -> Bookmark:
        lane = row.state.value if row.state in FINISHED else _LIVE
        return Bookmark(lane, (begun, _finished(row) if row.state in FINISHED else 0), row.id)

    key = None if bookmark is None else _pass_key_of(bookmark)
    there = [row for row in place.section.rows.values() if row.state not in FINISHED or _finished(row) <= begun]
    return _looked_through(_behind(there, _pass_key, key), chosen, limit, within, bookmark_at)


def _behind(rows: Iterable[Row], key_of: Callable[[Row], _Key], key: _Key | None) -> list[Row]:
    """These rows in order, behind a place."""
    return sorted((row for row in rows if key is None or key_of(row) > key), key=key_of)


def _looked_through(
    rows: list[Row], chosen: JobFilter, limit: int | None, within: int | None, bookmark_at: Callable[[Row], Bookmark]
) -> _Stretch:
    looked = rows if within is None else rows[: max(within, 1)]
    found = [row for row in looked if matches(chosen, row)]
    if limit is not None and len(found) > limit:
        return _Stretch(found[:limit], bookmark_at(found[limit - 1]))
    return _Stretch(found, bookmark_at(looked[-1]) if len(rows) > len(looked) else None)


def _list_key(row: Row) -> _Key:
    """Due ones in claim order, later ones by due time, running ones, then finished ones, newest first."""
    return _list_key_of(_list_bookmark(row))


def _list_bookmark(row: Row) -> Bookmark:
    numbers = -int(row.new.priority), row.attempt_count, to_microseconds(row.run_at)
    match row.state:
        case StoredState.READY:
            return Bookmark("due", numbers, row.id)
        case StoredState.SCHEDULED | StoredState.PARKED:
            return Bookmark("later", numbers, row.id)
        case StoredState.RUNNING:
            return Bookmark("running", numbers, row.id)
        case _:
            return Bookmark("finished", (*numbers[:2], _finished(row)), row.id)


def _list_key_of(bookmark: Bookmark) -> _Key:
    if bookmark.lane not in _SHELVES or len(bookmark.numbers) != 3 or bookmark.id is None:
        raise ValueError(f"{bookmark.to_text()!r} is no place in a list of jobs")
    shelf, number = _SHELVES.index(bookmark.lane), bookmark.id.int
    match bookmark.lane:
        case "due":
            return shelf, *bookmark.numbers, number
        case "later":
            return shelf, bookmark.numbers[-1], number
        case "running":
            return shelf, number
        case _:
            return shelf, -bookmark.numbers[-1], -number


def _pass_key(row: Row) -> _Key:
    if row.state not in FINISHED:
        return 0, row.id.int
    return _LANES.index(row.state.value), -_finished(row), -row.id.int


def _pass_key_of(bookmark: Bookmark) -> _Key:
    if bookmark.lane not in _LANES or len(bookmark.numbers) != 2 or bookmark.id is None:
        raise ValueError(f"{bookmark.to_text()!r} is no place in a pass through jobs")
    lane = _LANES.index(bookmark.lane)
    return (lane, bookmark.id.int) if lane == 0 else (lane, -bookmark.numbers[-1], -bookmark.id.int)


def _finished(row: Row) -> int:
    return 0 if row.finished_at is None else to_microseconds(row.finished_at)
