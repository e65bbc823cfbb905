"""What `dawam settings show` prints: every value, where it comes from and what it shadowed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import cast

from dawam.settings.durations import duration_text
from dawam.settings.masking import masked
from dawam.settings.names import pascal

DEFAULT = "default"
CODE = "code"


@dataclass(frozen=True, slots=True)
class SettingValue:
    """One setting as it came out. Secrets are masked here already, so that no reader of the report can leak them."""

    section: str
    key: str
    """`GiveUpAfter`; inside a nested section `DefaultRetry.MaxAttempts`."""
    value: object
    source: str
    """`default`, `code`, `appsettings.json:4`, `DAWAM__STORE__URL`, `command line`, `test harness`."""
    shadowed: tuple[tuple[str, object], ...] = ()
    """(source, value) of what it overruled, the nearest first."""
    is_secret: bool = False

    @property
    def name(self) -> str:
        """The setting's whole name, as in `Store.Url`."""
        return f"{self.section}.{self.key}"

    @property
    def text(self) -> str:
        """The value as people write it in a settings file."""
        return as_text(self.value)


def setting_value(section: str, key: str, said: list[tuple[str, object]], *, is_secret: bool) -> SettingValue:
    """The report of one setting, of which these sources spoke; the last one won."""
    (source, value), *shadowed = reversed([(source, masked(value, is_secret=is_secret)) for source, value in said])
    return SettingValue(section, key, value, source, tuple(shadowed), is_secret)


def as_text(value: object) -> str:
    """A value in words of a settings file: `60s`, `true`, `null`, `High`."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case timedelta():
            return duration_text(value)
        case Enum():
            return pascal(value.name.lower())
        case list() | tuple() | set() | frozenset():
            return ", ".join(as_text(item) for item in cast("list[object]", value))
        case Mapping():
            pairs = cast("Mapping[object, object]", value)
            return ", ".join(f"{key}={as_text(item)}" for key, item in pairs.items())
        case _:
            return str(value)
