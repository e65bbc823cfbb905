"""Groups of errors, in memory."""

from collections.abc import Sequence

from msgspec.structs import replace

from dawam.measures.compacting import WINDOWS
from dawam.measures.errors import ErrorGroup, ErrorMark, SeenError
from dawam.stores.memory.shelf import Place


def keep(place: Place, seen: Sequence[SeenError]) -> None:
    groups = place.section.errors
    for each in seen:
        known = groups.get(each.error.fingerprint)
        groups[each.error.fingerprint] = _group(each) if known is None else _with(known, each)
    oldest = place.clock.now() - WINDOWS[-1].kept
    for fingerprint in [each.fingerprint for each in groups.values() if each.last_seen_at < oldest]:
        del groups[fingerprint]


def groups(place: Place, limit: int) -> list[ErrorGroup]:
    found = sorted(place.section.errors.values(), key=lambda each: each.fingerprint)
    return sorted(found, key=lambda each: each.last_seen_at, reverse=True)[: max(limit, 0)]


def group(place: Place, fingerprint: str) -> ErrorGroup | None:
    return place.section.errors.get(fingerprint)


def mark(place: Place, fingerprint: str, mark: ErrorMark) -> bool:
    known = place.section.errors.get(fingerprint)
    if known is None:
        return False
    place.section.errors[fingerprint] = replace(known, mark=mark, marked_at=place.clock.now() if mark else None)
    return True


def _group(seen: SeenError) -> ErrorGroup:
    error = seen.error
    return ErrorGroup(
        fingerprint=error.fingerprint, error_type=error.type, error_message=error.message, traceback=error.traceback,
        name=seen.name, queue=seen.queue, job_id=seen.job_id, first_seen_at=seen.first_seen_at,
        last_seen_at=seen.last_seen_at,
    )  # fmt: skip


def _with(known: ErrorGroup, seen: SeenError) -> ErrorGroup:
    first = min(known.first_seen_at, seen.first_seen_at)
    if seen.last_seen_at < known.last_seen_at:
        return replace(known, first_seen_at=first)
    return replace(_group(seen), first_seen_at=first, mark=known.mark, marked_at=known.marked_at)
