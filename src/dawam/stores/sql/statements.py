"""Named statements, read from a `.sql` file: `-- name:`, a sentence that says what it is for, the statement."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

from dawam.errors import StoreError

_NAME = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)
_PART = re.compile(r"\{(\w+)\}")
_COMMENT = re.compile(r"\s*--[^\n]*")


class Statements(dict[str, str]):
    """The statements of one file by name: `statements["add_job"]`. In one, `{word}` stands for another."""

    def __init__(self, text: str) -> None:
        pieces = _NAME.split(text)[1:]
        parts = dict(zip(pieces[::2], map(_compact, pieces[1::2]), strict=True))
        super().__init__((name, _filled(text, parts)) for name, text in parts.items())

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self)


@cache
def load_statements(package: str) -> Statements:
    """The `statements.sql` that lies in this package."""
    return Statements(files(package).joinpath("statements.sql").read_text(encoding="utf-8"))


@cache
def load_migrations(package: str) -> tuple[tuple[int, str, str], ...]:
    """The (number, name, text) of each file in the package's `migrations`, in order and without a gap."""
    folder = files(package).joinpath("migrations")
    found = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    steps = tuple((int(name[:4]), name[:-4], folder.joinpath(name).read_text(encoding="utf-8")) for name in found)
    if [number for number, _, _ in steps] != list(range(1, len(steps) + 1)):
        raise StoreError(f"the migrations of {package} are not numbered 1, 2, 3 ...: {found}")
    return steps


def split(script: str) -> Iterator[str]:
    """The statements of a script, with the comments above them. Each ends with a semicolon at the end of a line."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if _COMMENT.sub("", line).rstrip().endswith(";"):
            yield statement.strip().removesuffix(";")
            statement = ""


def _filled(text: str, parts: Mapping[str, str]) -> str:
    """With the text of each part, and of its parts, in its place."""
    return _PART.sub(lambda part: _filled(parts[part[1]], parts), text)


def _compact(text: str) -> str:
    """Without comments and the closing semicolon: shorter keys for the driver's statement cache."""
    return " ".join(_COMMENT.sub("", text).split()).removesuffix(";")
