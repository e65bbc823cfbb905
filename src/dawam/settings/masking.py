"""Keeps secrets out of listings and messages: marked values, passwords in URLs and in quoted file lines."""

import re
from collections.abc import Mapping
from typing import cast

MASK = "***"

_SECRET_WORDS = r"(?:password|passwd|pwd|secret|token|api[_-]?key|access[_-]?key)"  # noqa: S105  (the words, not a secret)
_PORT = r"\d*(?:[\\/,?#\s\"']|$)(?![^\s\"']{0,300}@)"
"""What follows the colon of a URL in which nobody signs in."""
_IN_URL = re.compile(rf"((?:\\?/){{2,3}}[^:/@\s\"']*:)(?!{_PORT})([^\s\"']+)")
"""Whatever its scheme, and though its @ may be missing; in JSON, slashes may stand behind backslashes."""
_WHOLE_URL = re.compile(r"^(\w[\w+.-]*://[^:/@]*:)(.+)(?=@)", re.DOTALL)
"""Of a value that is nothing but a URL, whatever characters stand in its password."""
_BEFORE_AT = re.compile(r"(:)([^\s\"':/@]+)(?=@)")
"""However little is left of the URL in which it stood."""
_IN_PAIRS = re.compile(rf"((?<![A-Za-z])(?:ssl)?{_SECRET_WORDS}=)([^;&\s\"']+)", re.IGNORECASE)
_BESIDE_KEY = re.compile(
    rf"(?<![\w-])(\"?(?=[\w-]*?{_SECRET_WORDS})[\w-]++\"?\s*+[:=]\s*)(\"(?:[^\"\\]|\\.)*\"?|[^\s,}}]+)", re.IGNORECASE
)
"""It looks at each word once: a line may be long."""


def masked(value: object, *, is_secret: bool = False) -> object:
    """The value as anybody may see it. A secret that is not set is shown as not set."""
    if value is None or value == "":
        return value
    if is_secret:
        return MASK
    if isinstance(value, str):
        shown = _WHOLE_URL.sub(rf"\1{MASK}", value)
        shown = _IN_URL.sub(lambda found: _signed_in(found, MASK), shown)
        for pattern in (_BEFORE_AT, _IN_PAIRS):
            shown = pattern.sub(rf"\1{MASK}", shown)
        return value if shown == value else shown  # an enum of texts stays what it is
    if isinstance(value, Mapping):
        return {key: masked(item) for key, item in cast("Mapping[object, object]", value).items()}
    if isinstance(value, tuple | list):
        items = [masked(item) for item in cast("list[object]", value)]
        return tuple(items) if isinstance(value, tuple) else items
    return value


def masked_line(line: str) -> str:
    """A line of a settings file with its secrets as stars; its length stays, so that a caret still points."""
    line = _IN_URL.sub(_signed_in, line)
    for pattern in (_BEFORE_AT, _IN_PAIRS, _BESIDE_KEY):
        line = pattern.sub(lambda found: found[1] + "*" * len(found[2]), line)
    return line


def _signed_in(url: re.Match[str], mask: str | None = None) -> str:
    """A URL without its password, which is all of the rest where the `@` is missing."""
    before, at, place = url[2].rpartition("@")
    if not at:
        return f"{url[1]}{mask or '*' * len(place)}"
    place = _IN_URL.sub(lambda found: _signed_in(found, mask), place)  # another one may begin there
    return f"{url[1]}{mask or '*' * len(before)}@{place}"
