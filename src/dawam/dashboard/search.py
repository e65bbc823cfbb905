"""What is typed into the search, and a `JobFilter`: the same in both directions, so that a page's URL says it all.

`state:failed queue:mail args:customer.id=12 took:60s created-after:1h`, in any order; a value with spaces stands in
double quotes. A word without a colon is a part of an id where it looks like one, else the name of a job.
"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import Struct, structs

from dawam.dashboard.times import written_moment
from dawam.jobs.priority import PRIORITIES, Priority, priority_word
from dawam.jobs.state import JobState
from dawam.settings.durations import EXPECTED, duration_text, parse_duration
from dawam.stores.values import ArgsMatch, JobFilter

_TOKEN = re.compile(r'(?:([A-Za-z-]+):)?("(?:[^"\\]|\\.)*"|[^\s"]\S*)')
_ID = re.compile(r"(?=.*\d)[0-9a-fA-F-]{6,36}")
_PLAIN = re.compile(r'[^\s"\\]+')


class SearchError(ValueError):
    """What was typed cannot be meant."""


class Search(Struct, frozen=True):
    """What is looked for: jobs that a filter means, or one whose id has a part that is known."""

    chosen: JobFilter
    id_part: str | None = None


def read(text: str, now: datetime) -> Search:
    """Raises `SearchError` that names the part, and says what was expected."""
    fields: dict[str, Any] = {}
    id_part: str | None = None
    for key, value in _tokens(text):
        if key == "id" or (not key and _ID.fullmatch(value)):
            id_part = value
        elif key == "state":
            fields["states"] = fields.get("states", frozenset()) | _states(value)
        elif (qualifier := QUALIFIERS.get(key or "name")) is not None:
            fields[qualifier.field] = qualifier.read(value, now)
        else:
            raise SearchError(f"{key}: is nothing to search by: one of {', '.join(KEYS)} was expected")
    return Search(JobFilter(**fields), id_part)


def written(chosen: JobFilter) -> str:
    """The text that means the same."""
    parts = [f"state:{state.value}" for state in JobState if state in chosen.states]
    parts += ["due:yes"] if chosen.due_only else []
    for name, qualifier in QUALIFIERS.items():
        value = getattr(chosen, qualifier.field)
        if value is not None and qualifier.field != "due_only":
            parts.append(f"{name}:{_quoted(qualifier.write(value))}")
    return " ".join(parts)


def with_(text: str, now: datetime, **fields: Any) -> str:
    """The same search with other fields; what cannot be read is left out."""
    try:
        chosen = read(text, now).chosen
    except SearchError:
        chosen = JobFilter()
    return written(structs.replace(chosen, **fields))


class _Qualifier(Struct, frozen=True):
    field: str
    read: Callable[[str, datetime], Any]
    write: Callable[[Any], str] = str


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    for key, value in _TOKEN.findall(text):
        is_quoted = value.startswith('"') and value.endswith('"') and len(value) > 1
        yield key.lower(), re.sub(r"\\(.)", r"\1", value[1:-1]) if is_quoted else value


def _quoted(value: str) -> str:
    if _PLAIN.fullmatch(value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _states(value: str) -> frozenset[JobState]:
    try:
        return frozenset(JobState(part) for part in value.split(","))
    except ValueError:
        raise SearchError(f"state:{value} is no state of a job: one of {', '.join(JobState)} was expected") from None


def _text(value: str, _: datetime) -> str:
    return value


def _flag(value: str, _: datetime) -> bool:
    return value.lower() not in ("no", "false", "0")


def _priority(value: str, _: datetime) -> Priority:
    if value.lower() not in PRIORITIES:
        raise SearchError(f"priority:{value} is no priority: one of {', '.join(PRIORITIES)} was expected")
    return PRIORITIES[value.lower()]


def _args(value: str, _: datetime) -> ArgsMatch:
    path, separator, wanted = value.partition("=")
    if not separator:
        raise SearchError(f"args:{value} says no value: a path and a value were expected, as in args:customer.id=12")
    try:
        return ArgsMatch(path, wanted)
    except ValueError as error:
        raise SearchError(f"args:{value}: {error}") from None


def _count(value: str, _: datetime) -> int:
    if not (value.isascii() and value.isdecimal() and len(value) < 10):
        raise SearchError(f"attempts:{value}: a whole number was expected, as in attempts:3")
    return int(value)


def _duration(value: str, _: datetime) -> timedelta:
    try:
        return parse_duration(value)
    except ValueError:
        raise SearchError(f"took:{value}: {EXPECTED} was expected") from None


def _moment(value: str, now: datetime) -> datetime:
    """A moment, or how long ago; with a plus: how long from now."""
    try:
        if value.startswith("+"):
            return now + parse_duration(value[1:])
        return written_moment(value) or now - parse_duration(value)
    except (ValueError, OverflowError):
        raise SearchError(
            f"{value} is no moment: 2026-11-27T13:05 (UTC), or a duration such as 1h for an hour ago, was expected"
        ) from None


def _moment_text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _args_text(match: ArgsMatch) -> str:
    return f"{match.path}={match.value}"


QUALIFIERS = {
    "queue": _Qualifier("queue", _text),
    "name": _Qualifier("name", _text),
    "priority": _Qualifier("priority", _priority, priority_word),
    "tag": _Qualifier("tag", _text),
    "host": _Qualifier("host", _text),
    "error": _Qualifier("error", _text),
    "fingerprint": _Qualifier("fingerprint", _text),
    "args": _Qualifier("args", _args, _args_text),
    "attempts": _Qualifier("attempts_from", _count),
    "took": _Qualifier("took", _duration, duration_text),
    "due": _Qualifier("due_only", _flag),
    "created-after": _Qualifier("created_from", _moment, _moment_text),
    "created-before": _Qualifier("created_before", _moment, _moment_text),
    "due-after": _Qualifier("due_from", _moment, _moment_text),
    "due-before": _Qualifier("due_before", _moment, _moment_text),
    "finished-after": _Qualifier("finished_from", _moment, _moment_text),
    "finished-before": _Qualifier("finished_before", _moment, _moment_text),
}
KEYS = ("id", "state", *QUALIFIERS)
"""What can be searched by."""
