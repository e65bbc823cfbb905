"""What each source says, as flat statements: one key, one value, and where it stands."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import msgspec

from dawam.errors import SettingsError
from dawam.settings.excerpt import pointing_at
from dawam.settings.names import normal, split_path
from dawam.settings.tolerant_json import JsonProblem, read_json

ENVIRONMENT_PREFIX = "DAWAM__"
_TOML_PLACE = re.compile(r" \(at line (\d+), column (\d+)\)$")
_TOML_DEPTH, _TOML_BITS = 100, 64
_TOO_DEEP = f"nested deeper than {_TOML_DEPTH} levels"
_TOO_LARGE = f"it holds a whole number of more than {_TOML_BITS} bits, which TOML does not know"


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """One source says that one key has this value."""

    path: tuple[str, ...]
    """As it was written."""
    value: object = field(repr=False)
    where: str
    """For people: `appsettings.json:4`, `DAWAM__STORE__URL`, `command line`."""
    rank: int
    """The larger one wins."""
    is_text: bool
    """Variables and the command line hold only text, from which any kind of value is read."""

    @property
    def keys(self) -> tuple[str, ...]:
        """The path in the one spelling by which keys are compared."""
        return tuple(normal(key) for key in self.path)


def file_statements(path: Path, rank: int) -> list[Statement]:
    """What a settings file says; `SettingsError` points at the place that cannot be read."""
    text = _text_of(path)
    tree, lines = _read_toml(path, text) if path.suffix == ".toml" else _read_json(path, text)
    if not isinstance(tree, dict):
        raise SettingsError(f"{path}: the file must hold one object, as in {{}}, but holds a {type(tree).__name__}")
    sections = cast("dict[str, object]", tree)

    def where(keys: tuple[str, ...]) -> str:
        return f"{path.name}:{lines[keys]}" if keys in lines else path.name

    return [Statement(keys, value, where(keys), rank, is_text=False) for keys, value in _leaves(sections)]


def environment_statements(environ: Mapping[str, str], rank: int) -> list[Statement]:
    """What the environment says in variables such as `DAWAM__STORE__URL`."""
    found: list[Statement] = []
    for name, value in environ.items():
        if name.upper().startswith(ENVIRONMENT_PREFIX):
            path = tuple(name[len(ENVIRONMENT_PREFIX) :].split("__"))
            if len(path) < 2 or not all(path):
                raise SettingsError(
                    f"the environment variable {name} names no setting: DAWAM__SECTION__KEY was expected, "
                    "as in DAWAM__BACKGROUND_JOBS__IS_JOB_EXECUTION_ENABLED"
                )
            found.append(Statement(path, value, name, rank, is_text=True))
    return found


def spoken_statements(values: Mapping[str, object], where: str, rank: int, *, is_text: bool) -> list[Statement]:
    """What the command line or a test says, by keys such as `Store.Url`."""
    found: list[Statement] = []
    for key, value in values.items():
        path = split_path(key)
        if not all(path):
            raise SettingsError(f"{where}: {key!r} names no setting: Section.Key was expected, as in Store.Url")
        found += [Statement(whole, leaf, where, rank, is_text) for whole, leaf in _leaves({path[-1]: value}, path[:-1])]
    return found


def combined(statements: Sequence[Statement], depth: int) -> list[Statement]:
    """One statement per source for a key that ends at this depth: keys below it make up one object.

    `SettingsError` when one source says the same thing in two spellings.
    """
    found: dict[int, Statement] = {}
    spoken: dict[tuple[object, ...], Statement] = {}
    for statement in statements:
        # what lies deeper are the keys of a mapping, which are values: each of their spellings is another one
        first = spoken.setdefault((statement.rank, statement.keys[:depth], statement.path[depth:]), statement)
        if first is not statement:
            raise SettingsError(f"{first.where} and {statement.where} say the same setting twice: keep one of them")
        if len(statement.path) > depth:
            inner = {".".join(statement.path[depth:]): statement.value}
            before = found.get(statement.rank, statement)
            held = before.value
            if isinstance(held, dict):
                inner = cast("dict[str, object]", held) | inner
            found[statement.rank] = replace(before, path=statement.path[:depth], value=inner)
        else:
            found[statement.rank] = statement
    return list(found.values())


def _leaves(tree: Mapping[str, object], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    for key, value in tree.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves(cast("Mapping[str, object]", value), (*path, key))
        else:
            yield (*path, key), value


def _text_of(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise SettingsError(f"there is no settings file {path}: create it, or name another one") from None
    except IsADirectoryError:
        raise SettingsError(f"{path} is a folder, where a settings file was expected") from None
    except PermissionError:
        raise SettingsError(f"{path} may not be read by this user: allow it, or name another file") from None
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise SettingsError(
            f"{path} is not UTF-8 text (byte {error.start}): save it again with the encoding UTF-8"
        ) from None


def _read_json(path: Path, text: str) -> tuple[Any, Mapping[tuple[str, ...], int]]:
    try:
        return read_json(text)
    except JsonProblem as error:
        raise SettingsError(pointing_at(str(path), text, error.line, error.column, error.problem)) from None


def _read_toml(path: Path, text: str) -> tuple[Any, Mapping[tuple[str, ...], int]]:
    try:
        # msgspec's, because it loads tomllib only when there is something to read: 4 ms of every `import dawam`
        tree = msgspec.toml.decode(text)
        _check_bounds(path, tree)
    except RecursionError:
        raise SettingsError(f"{path}: {_TOO_DEEP}") from None
    except msgspec.DecodeError as error:
        problem = str(error)
        place = _TOML_PLACE.search(problem)
        lines = text.split("\n")
        line, column = (int(place[1]), int(place[2])) if place else (len(lines), len(lines[-1]) + 1)
        raise SettingsError(pointing_at(str(path), text, line, column, _TOML_PLACE.sub("", problem))) from None
    except ValueError:  # Python itself refuses to read thousands of digits
        raise SettingsError(f"{path}: {_TOO_LARGE}") from None
    return tree, {}


def _check_bounds(path: Path, tree: object) -> None:
    """What the reader of TOML lets through, and nothing after it could walk through or show."""
    level: list[object] = [tree]
    for _ in range(_TOML_DEPTH + 1):
        inner: list[object] = []
        for value in level:
            if isinstance(value, int) and value.bit_length() > _TOML_BITS:
                raise SettingsError(f"{path}: {_TOO_LARGE}")
            if isinstance(value, dict):
                inner += cast("dict[str, object]", value).values()
            elif isinstance(value, list):
                inner += cast("list[object]", value)
        level = inner
    if level:
        raise SettingsError(f"{path}: {_TOO_DEEP}")
