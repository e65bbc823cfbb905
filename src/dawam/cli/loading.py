"""Finds the application that a command names: `module:app`, `file.py`, a factory, or what pyproject.toml says."""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from inspect import iscoroutine, signature
from pathlib import Path
from types import ModuleType
from typing import Any

from dawam.app import App
from dawam.cli.importing import module_by_name, module_from_file, near, put_on_path, run_users
from dawam.errors import AppNotFoundError

_HOW_TO_NAME_ONE = (
    'name it, as in `dawam run module:app` or `dawam run file.py`, or write `[tool.dawam] app = "module:app"` into '
    "pyproject.toml"
)
_LISTED = 12


@dataclass(frozen=True, slots=True)
class LoadedApp:
    """An application, and the words by which it was found."""

    app: App
    target: str


def load_app(target: str | None, folder: Path) -> LoadedApp:
    """The application that the target names, else the one of `[tool.dawam] app` in the folder's pyproject.toml.

    The folder, and that of a file, are put on Python's path. `AppNotFoundError` says what was found instead.
    """
    named = configured_target(folder) if target is None else target
    if named is None:
        raise AppNotFoundError(
            f"no application was named, neither here nor in {folder}/pyproject.toml: {_HOW_TO_NAME_ONE}"
        )
    put_on_path(folder)
    place, name = _split(named)
    module = module_from_file(folder / place) if _is_file_name(place) else module_by_name(place, folder)
    return LoadedApp(_app_in(module, place, name), named)


def configured_target(folder: Path) -> str | None:
    """What `[tool.dawam] app` in pyproject.toml says; None when it says nothing, or there is no such file."""
    path = folder / "pyproject.toml"
    if not path.is_file():
        return None
    try:
        app: Any = tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {}).get("dawam", {}).get("app")
    except (OSError, ValueError, AttributeError) as error:
        raise AppNotFoundError(f"{path} cannot be read: {error}") from error
    if app is not None and not (isinstance(app, str) and app.strip()):
        raise AppNotFoundError(f'{path}: [tool.dawam] app = {app!r}: a text was expected, as in "module:app"')
    return app


def _split(target: str) -> tuple[str, str | None]:
    place, colon, name = target.strip().rpartition(":")
    if not colon or "\\" in name:  # the colon of a drive, not of a name
        place, name = target.strip(), ""
        colon = ""
    if not place or (colon and not name):
        raise AppNotFoundError(f"{target!r} names no application: {_HOW_TO_NAME_ONE}")
    return place, name or None


def _is_file_name(place: str) -> bool:
    return place.endswith(".py") or "/" in place or "\\" in place


def _app_in(module: ModuleType, place: str, name: str | None) -> App:
    if name is not None:
        found = _attribute(module, place, name)
        app = _as_app(found, f"{place}:{name}")
        if app is not found:
            app.made_by(module.__name__, name)
        return app
    apps = {name: value for name, value in vars(module).items() if isinstance(value, App)}
    if len({id(app) for app in apps.values()}) == 1:
        return next(iter(apps.values()))
    if apps:
        raise AppNotFoundError(
            f"{place} holds {len(apps)} applications, {', '.join(apps)}: say which, as in {place}:{next(iter(apps))}"
        )
    raise AppNotFoundError(
        f"{place} holds no application, as in `app = App()`; it holds {_contents(module)}{_factory(module, place)}"
    )


def _attribute(module: ModuleType, place: str, name: str) -> Any:
    value: Any = module
    for part in name.split("."):
        if not hasattr(value, part):
            other = near(part, [each for each in dir(value) if not each.startswith("_")])
            raise AppNotFoundError(f"{place} has no {name!r}{other}; it holds {_contents(module)}")
        value = getattr(value, part)
    return value


def _as_app(value: Any, target: str) -> App:
    if isinstance(value, App):
        return value
    if not callable(value):
        raise AppNotFoundError(
            f"{target} is of the type {type(value).__qualname__}: an App, or a function that returns one, was expected"
        )
    made: Any = run_users(f"{target}()", _without_arguments(value, target))
    if isinstance(made, App):
        return made
    if iscoroutine(made):
        made.close()  # said here, instead of in a warning that it was never awaited
    raise AppNotFoundError(f"{target}() returned {type(made).__qualname__}: an App was expected")


def _without_arguments(factory: Callable[..., Any], target: str) -> Callable[[], Any]:
    try:
        signature(factory).bind()
    except TypeError as error:
        raise AppNotFoundError(
            f"{target} cannot be called without arguments ({error}): a factory that needs none was expected"
        ) from None
    return factory


def _contents(module: ModuleType) -> str:
    """The names that the module itself defines, each with what it is."""
    own = [
        f"{name} ({type(value).__name__})"
        for name, value in vars(module).items()
        if not name.startswith("_")
        and not isinstance(value, ModuleType)
        and not (hasattr(value, "__qualname__") and value.__module__ != module.__name__)
    ]
    more = [f"{len(own) - _LISTED} more"] if len(own) > _LISTED else []
    return ", ".join([*own[:_LISTED], *more]) or "nothing"


def _factory(module: ModuleType, place: str) -> str:
    """Names the function that, by its annotation, makes the application."""
    for name, value in vars(module).items():
        returned = getattr(value, "__annotations__", {}).get("return") if callable(value) else None
        if returned is App or returned in ("App", "dawam.App"):
            return f". If {name} makes it, say so: {place}:{name}"
    return ""
