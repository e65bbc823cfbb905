"""Keeps secrets out of listings and messages: marked values, passwords in URLs and in quoted file lines."""

import re
from collections.abc import Mapping
from typing import cast

MASK = "***"

_SECRET_WORDS = r"(?:password|passwd|pwd|secret|token|api[_-]?key|access[_-]?key)"  # noqa: S105  (the words, not a secret)
_IN_URL = re.compile(r"(\w://[^:/@\s\"']*:)([^\s\"']+)(?=@)")
_WHOLE_URL = re.compile(r"^(\w[\w+.-]*://[^:/@]*:)(.+)(?=@)", re.DOTALL)
"""Of a value that is nothing but a URL, whatever characters stand in its password."""
_IN_PAIRS = re.compile(rf"((?<![A-Za-z])(?:ssl)?{_SECRET_WORDS}=)([^;&\s\"']+)", re.IGNORECASE)
_BESIDE_KEY = re.compile(
    rf"(?<![\w-])(\"?(?=[\w-]*?{_SECRET_WORDS})[\w-]++\"?\s*+[:=]\s*)(\"(?:[^\"\\]|\\.)*\"?|[^\s,}}]+)", re.IGNORECASE
)


def masked(value: object, *, is_secret: bool = False) -> object:
    """The value as anybody may see it. A secret that is not set is shown as not set."""
    if value is None or value == "":
        return value
    if is_secret:
        return MASK
    if isinstance(value, str):
        shown = value
        for pattern in (_WHOLE_URL, _IN_URL, _IN_PAIRS):
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
    for pattern in (_IN_URL, _IN_PAIRS, _BESIDE_KEY):
        line = pattern.sub(lambda found: found[1] + "*" * len(found[2]), line)
    return line
