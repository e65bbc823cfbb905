"""Which files, variables and arguments settings come from, and which environment this is."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dawam.errors import SettingsError

DEFAULT_ENVIRONMENT = "Production"
DEFAULT_FILES = ("appsettings.json", "dawam.toml")
ENVIRONMENT_VARIABLE = "DAWAM_ENVIRONMENT"
_ENVIRONMENT_VARIABLES = (ENVIRONMENT_VARIABLE, "ASPNETCORE_ENVIRONMENT")
_READABLE = (".json", ".toml")


@dataclass(frozen=True, slots=True)
class SettingsSources:
    """Everything that settings are read from. Later files win over earlier ones, and each further field over those."""

    files: tuple[Path, ...] = ()
    environment: str = DEFAULT_ENVIRONMENT
    environ: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    command_line: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    overrides: Mapping[str, object] = field(default_factory=dict[str, object], repr=False)

    @classmethod
    def discover(
        cls,
        path: str | Path | None = None,
        *,
        folder: Path,
        environ: Mapping[str, str],
        command_line: Mapping[str, str] | None = None,
        overrides: Mapping[str, object] | None = None,
    ) -> "SettingsSources":
        """Finds the settings file and, beside it, the one of this environment.

        A file that was named must be there; the default ones (`appsettings.json` or `dawam.toml` in the folder)
        may be missing, and so may the environment's file (`appsettings.Development.json`).
        """
        environment = environment_name(environ)
        base = _default_file(folder, environment) if path is None else _named_file(folder / path)
        own = _of_environment(base, environment)
        return cls(
            files=tuple(file for file in (base, own) if _is_there(file)),
            environment=environment,
            environ=environ,
            command_line=command_line or {},
            overrides=overrides or {},
        )


def process_environment() -> Mapping[str, str]:
    """The environment variables as they are now: the only place where Dawam reads them."""
    return dict(os.environ)


def environment_name(environ: Mapping[str, str]) -> str:
    """`DAWAM_ENVIRONMENT`, else `ASPNETCORE_ENVIRONMENT`, else Production."""
    for variable in _ENVIRONMENT_VARIABLES:
        name = environ.get(variable, "").strip()
        if name and not re.fullmatch(r"[\w-]+(?:\.[\w-]+)*", name):
            raise SettingsError(
                f"{variable}={name!r}: an environment is named by letters, digits, '-', '_' and '.', as in Development"
            )
        if name:
            return name
    return DEFAULT_ENVIRONMENT


def _named_file(path: Path) -> Path:
    if path.suffix not in _READABLE and not path.is_dir():
        raise SettingsError(f"{path}: a settings file ends in .json or .toml, as in appsettings.json")
    if not _is_there(path):
        raise SettingsError(f"there is no settings file {path}: create it, or name another one")
    return path


def _default_file(folder: Path, environment: str) -> Path:
    candidates = [folder / name for name in DEFAULT_FILES]
    used = [path for path in candidates if _is_there(path) or _is_there(_of_environment(path, environment))]
    if len(used) > 1:
        raise SettingsError(
            f"{folder} holds settings in {' and '.join(DEFAULT_FILES)}: keep one of them, or name the file to use"
        )
    return used[0] if used else candidates[0]


def _of_environment(path: Path, environment: str) -> Path:
    return path.with_name(f"{path.stem}.{environment}{path.suffix}")


def _is_there(path: Path) -> bool:
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:  # it may be there: reading it will say what is wrong
        return True
    return True
