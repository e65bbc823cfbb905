"""Settings: what the operator says beats what the programmer wrote.

Defaults < code < `appsettings.json` < `appsettings.{Environment}.json` < environment variables < command line
< a test harness. Options are plain dataclasses; whoever owns a section binds its options here, and knows nothing
of files. This module knows nothing of the options: it is given (section, options) pairs.
"""

from collections.abc import Iterable

from dawam.errors import SettingsError
from dawam.settings.binding import AnyOptions, Binder, Options
from dawam.settings.layers import Statement, environment_statements, file_statements, spoken_statements
from dawam.settings.masking import masked
from dawam.settings.names import nearest, normal, split_path
from dawam.settings.report import SettingValue
from dawam.settings.retired import RETIRED_KEYS
from dawam.settings.sources import DEFAULT_ENVIRONMENT, SettingsSources

_Keys = tuple[str, ...]


class Settings:
    """Everything that the sources said, to be bound section by section."""

    def __init__(self, statements: Iterable[Statement] = (), environment: str = DEFAULT_ENVIRONMENT) -> None:
        self.environment = environment
        self._statements = tuple(statements)
        self._claimed: dict[_Keys, str] = {}
        self._known: dict[_Keys, list[tuple[str, ...]]] = {}
        self._values: dict[_Keys, dict[str, SettingValue]] = {}

    @classmethod
    def load(cls, sources: SettingsSources) -> "Settings":
        """Reads every source once. `SettingsError` names the place that cannot be read."""
        statements = [s for rank, path in enumerate(sources.files) for s in file_statements(path, rank)]
        rank = len(sources.files)
        statements += environment_statements(sources.environ, rank)
        statements += spoken_statements(sources.command_line, "command line", rank + 1, is_text=True)
        statements += spoken_statements(sources.overrides, "test harness", rank + 2, is_text=False)
        return cls(statements, sources.environment)

    def bind(self, section: str, options: AnyOptions) -> AnyOptions:
        """Claims the section and returns the options with what the sources say; the ones given stay as they are.

        The values in `options` are what the code says. `SettingsError` lists every value that does not fit.
        """
        keys = _normal(section)
        self._claimed[keys] = section
        mine = [statement for statement in self._statements if statement.keys[: len(keys)] == keys]
        self._refuse_retired(section, mine)
        binder = Binder(section, [statement for statement in mine if len(statement.path) > len(keys)])
        bound = binder.bind(options)
        self._known.setdefault(keys, []).extend(binder.known)
        self._values.setdefault(keys, {}).update({value.name: value for value in binder.values})
        return bound

    def apply(self, section: str, options: Options) -> None:
        """Like `bind`, but writes into the very instance, for options that others already hold."""
        bound = self.bind(section, options)
        for name, field in bound.__dataclass_fields__.items():
            if field.init and getattr(bound, name) is not getattr(options, name):
                setattr(options, name, getattr(bound, name))

    def finish(self) -> tuple[str, ...]:
        """To be called when every section is bound: refuses keys that nobody knows inside claimed sections.

        Other sections belong to somebody else and are left alone; the answer names those that look like a
        misspelled claimed section, for a warning.
        """
        problems = [problem for statement in self._statements if (problem := self._unknown(statement))]
        if problems:
            raise SettingsError("\n".join(problems))
        tops = {keys[0]: split_path(section)[0] for keys, section in self._claimed.items()}
        doubts: dict[str, None] = {}
        for statement in self._statements:
            meant = None if statement.keys[0] in tops else nearest(statement.path[0], tops.values())
            if meant:
                doubts[f'{statement.where}: nobody reads the section "{statement.path[0]}"; was "{meant}" meant?'] = (
                    None
                )
        return tuple(doubts)

    def report(self) -> list[SettingValue]:
        """Every value of every claimed section, where it comes from and what it shadowed; secrets are masked."""
        return [value for values in self._values.values() for value in values.values()]

    def _unknown(self, statement: Statement) -> str | None:
        owners = [keys for keys in self._claimed if statement.keys[: len(keys)] == keys]
        if not owners or any(self._is_known(keys, statement.keys[len(keys) :]) for keys in owners):
            return None
        owner = max(owners, key=len)
        section, key = self._claimed[owner], ".".join(statement.path[len(owner) :])
        if not key:
            is_empty = statement.value in (None, {})
            return None if is_empty else f"{statement.where}: the section {section} must be an object, as in {{ ... }}"
        meant = nearest(key, [".".join(known) for known in self._known[owner]])
        all_keys = ", ".join(dict.fromkeys(known[0] for known in self._known[owner]))
        cure = f'did you mean "{meant}"?' if meant else f"it has {all_keys}"
        return f'{statement.where}: the section {section} has no key "{masked(key)}": {cure}'

    def _is_known(self, section: _Keys, keys: _Keys) -> bool:
        """Whether a value stands at these keys, within a value there (an object), or beside others below them."""
        known = [tuple(normal(key) for key in path) for path in self._known.get(section, ())]
        return bool(keys) and any(path == keys[: len(path)] or keys == path[: len(keys)] for path in known)

    def _refuse_retired(self, section: str, statements: Iterable[Statement]) -> None:
        for statement in statements:
            if cure := RETIRED_KEYS.get(statement.keys):
                name = f"{section}.{statement.path[-1]}"
                raise SettingsError(f"{statement.where}: {name} = {statement.value!r} is refused: {cure}")


def _normal(section: str) -> _Keys:
    return tuple(normal(key) for key in split_path(section))
