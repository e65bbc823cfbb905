"""Binds what the sources say to the fields of an options dataclass, and notes where each value came from."""

import dataclasses
from collections.abc import Sequence
from dataclasses import MISSING, Field, dataclass
from typing import Any, ClassVar, Protocol, TypeVar, cast, get_type_hints

from dawam.errors import DawamError, SettingsError
from dawam.settings.layers import Statement, combined
from dawam.settings.masking import masked
from dawam.settings.names import normal, pascal, split_path
from dawam.settings.report import CODE, DEFAULT, SettingValue, as_text, setting_value
from dawam.settings.scalars import Raw, WrongValue
from dawam.settings.values import allows_none, convert, is_settable, nested_options

_Path = tuple[str, ...]


class Options(Protocol):
    """An instance of a dataclass, frozen or not."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


AnyOptions = TypeVar("AnyOptions", bound=Options)


@dataclass(frozen=True, slots=True)
class _Option:
    """One field: its keys below the section, its type, what code says and said by default, and what sources say."""

    path: _Path
    hint: Any
    before: Any
    usual: Any
    statements: tuple[Statement, ...]
    is_secret: bool

    def said_by_code(self) -> list[tuple[str, Any]]:
        said: list[tuple[str, Any]] = [] if self.usual is MISSING else [(DEFAULT, self.usual)]
        if self.before is not MISSING and (self.usual is MISSING or self.before != self.usual):
            said.append((CODE, self.before))
        return said


class Binder:
    """Binds one section, once. It collects every problem, so that all are mended in one go."""

    def __init__(self, section: str, statements: Sequence[Statement]) -> None:
        self._section = section
        self._depth = len(split_path(section))
        self._statements = sorted(statements, key=lambda statement: statement.rank)
        self._problems: list[str] = []
        self.known: list[_Path] = []
        """The keys that hold a value, as files spell them, below the section."""
        self.values: list[SettingValue] = []

    def bind(self, options: AnyOptions) -> AnyOptions:
        """The options, with what the sources say in place of what the code said."""
        bound = self._options(type(options), options, None, (), self._statements)
        if self._problems:
            raise SettingsError("\n".join(self._problems))
        return cast("AnyOptions", bound)

    def _options(self, kind: Any, current: Any, default: Any, path: _Path, statements: Sequence[Statement]) -> Any:
        """`current` is None when there is no instance yet; `default` is None when the fields' own defaults hold."""
        hints = _hints(kind)
        found: dict[str, Any] = {}
        for field in dataclasses.fields(kind):
            if not field.init or field.name.startswith("_"):
                continue
            usual = _default(field) if default is None else getattr(default, field.name)
            before = usual if current is None else getattr(current, field.name)
            spoken = tuple(s for s in statements if s.keys[self._depth + len(path)] == normal(field.name))
            is_secret = bool(field.metadata.get("secret"))
            option = _Option((*path, pascal(field.name)), hints[field.name], before, usual, spoken, is_secret)
            value = self._single(option) if nested_options(option.hint) is None else self._nested(option)
            if value is not MISSING:
                found[field.name] = value
        return current if current is not None and not statements else self._built(kind, current, found, path)

    def _single(self, option: "_Option") -> Any:
        self.known.append(option.path)
        if not is_settable(option.hint):
            self._refuse(option, option.statements, "this option is not for settings: set it in code")
            return option.before
        said = option.said_by_code()
        for statement in combined(option.statements, self._depth + len(option.path)):
            value = self._converted(option, statement)
            said.append((statement.where, _added_to(said, value)))
        return self._noted(option, said)

    def _nested(self, option: "_Option") -> Any:
        """Options within options: each field is a key of its own; null takes them away where None is allowed."""
        depth = self._depth + len(option.path)
        whole = [s for s in option.statements if len(s.path) == depth and s.value != {}]
        if not all(Raw(s.value, s.is_text).is_null and allows_none(option.hint) for s in whole):
            self._refuse(option, whole, "an object with keys of its own was expected, as in { ... }")
        cleared_at = whole[-1].rank if whole else -1
        inner = [s for s in option.statements if s.rank > cleared_at and len(s.path) > depth]
        current = None if whole else option.before
        if current in (None, MISSING) and not inner:
            self.known.append(option.path)
            return self._noted(option, [*option.said_by_code(), *((s.where, None) for s in whole)])
        if current in (None, MISSING):
            return self._options(nested_options(option.hint), None, None, option.path, inner)
        usual = option.usual if type(option.usual) is type(current) else None
        return self._options(type(current), current, usual, option.path, inner)

    def _noted(self, option: "_Option", said: list[tuple[str, Any]]) -> Any:
        if not said:
            self._problems.append(f"{self._name(option.path)} is missing: it has no default, so settings must say it")
            return MISSING
        self.values.append(setting_value(self._section, ".".join(option.path), said, is_secret=option.is_secret))
        return said[-1][1]

    def _converted(self, option: "_Option", statement: Statement) -> Any:
        try:
            return convert(Raw(statement.value, statement.is_text), option.hint)
        except WrongValue as wrong:
            shown = as_text(masked(statement.value, is_secret=option.is_secret))
            shown = f'"{shown}"' if isinstance(statement.value, str) else shown
            self._refuse(option, [statement], f"{wrong} was expected, not {shown}")
            return statement.value

    def _built(self, kind: Any, current: Any, found: dict[str, Any], path: _Path) -> Any:
        if self._problems:
            return current
        try:
            return kind(**found) if current is None else dataclasses.replace(current, **found)
        except (DawamError, TypeError, ValueError) as error:
            said = [value for value in self.values if value.source not in (CODE, DEFAULT)]
            self._problems += [f"{self._name(path)}: {error}", *(f"    {value.source}: {value.name}" for value in said)]
            return current

    def _refuse(self, option: "_Option", statements: Sequence[Statement], problem: str) -> None:
        self._problems += [f"{statement.where}: {self._name(option.path)}: {problem}" for statement in statements]

    def _name(self, path: _Path) -> str:
        return ".".join((self._section, *path))


def _added_to(said: list[tuple[str, Any]], value: Any) -> Any:
    """The value; a mapping adds its keys to those of the sources before."""
    before = said[-1][1] if said else None
    if isinstance(before, dict) and isinstance(value, dict):
        return cast("dict[str, Any]", before) | cast("dict[str, Any]", value)
    return value


def _default(field: Field[Any]) -> Any:
    return field.default_factory() if field.default_factory is not MISSING else field.default


def _hints(kind: Any) -> dict[str, Any]:
    name = str(kind.__qualname__)
    if not dataclasses.is_dataclass(kind):
        raise SettingsError(f"{name} is not a dataclass: settings are bound to dataclass instances")
    try:
        return get_type_hints(kind)
    except NameError as error:
        raise SettingsError(
            f"the fields of {name} have types that cannot be looked up ({error}): "
            "import them for real, not only for the type checker"
        ) from None
