"""Imports the module that a user names, by its name or its file, and says in the user's words what went wrong."""

import sys
import traceback
from collections.abc import Callable
from difflib import get_close_matches
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import TypeVar

from dawam.errors import AppNotFoundError, DawamError

T = TypeVar("T")


def module_by_name(name: str, folder: Path) -> ModuleType:
    """The module of this dotted name, looked for in the folder first."""
    if not all(part.isidentifier() for part in name.split(".")):
        raise AppNotFoundError(f"{name!r} is no module name: `module:app` or `file.py` was expected")
    put_on_path(folder)
    try:
        return run_users(name, lambda: import_module(name))
    except ModuleNotFoundError as error:
        raise AppNotFoundError(f"there is no module {error.name!r}{_hint(name, folder)}") from None


def module_from_file(path: Path) -> ModuleType:
    """The module in this file, under the name by which others would import it; its folder is put on the path."""
    _check_file(path)
    put_on_path(path.resolve().parent)
    name = path.stem
    if name in sys.modules:
        return _already(sys.modules[name], path)
    spec = spec_from_file_location(name, path.resolve())
    if spec is None or spec.loader is None:
        raise AppNotFoundError(f"{path} cannot be loaded as a Python module")
    module, run = module_from_spec(spec), spec.loader.exec_module
    sys.modules[name] = module
    try:
        run_users(str(path), lambda: run(module))
    except BaseException:
        sys.modules.pop(name, None)
        raise
    return module


def run_users(what: str, act: Callable[[], T]) -> T:
    """What the user's code answers. If it fails, the error shows the user's own lines of the traceback.

    A `ModuleNotFoundError` for `what` itself passes through: it is not the user's code that failed.
    """
    try:
        return act()
    except DawamError:
        raise
    except SystemExit as error:
        raise AppNotFoundError(
            f"{what} ended the program while it was loaded (exit code {error.code}): keep what it starts below "
            '`if __name__ == "__main__":`'
        ) from error
    except Exception as error:
        if isinstance(error, ModuleNotFoundError) and error.name and f"{what}.".startswith(f"{error.name}."):
            raise
        raise AppNotFoundError(f"{what} failed while it was loaded:\n\n{_traceback(error)}{_cure(error)}") from error


def put_on_path(folder: Path) -> None:
    """Lets modules of this folder be imported, before all others."""
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))


def near(name: str, known: list[str]) -> str:
    """` (did you mean 'hello'?)`, if something known is like this name."""
    found = get_close_matches(name, known, n=1)
    return f" (did you mean {found[0]!r}?)" if found else ""


def _check_file(path: Path) -> None:
    if not path.is_file():
        other = near(path.name, [file.name for file in path.parent.glob("*.py")])
        raise AppNotFoundError(f"there is no file {path}{other}: a Python file with an application was expected")
    if path.suffix != ".py" or not path.stem.isidentifier():
        proper = "".join(mark if f"_{mark}".isidentifier() else "_" for mark in path.stem)
        raise AppNotFoundError(
            f"{path} has a name that no program can import, so its jobs would have none: a name such as {proper}.py "
            "was expected"
        )


def _already(module: ModuleType, path: Path) -> ModuleType:
    file = getattr(module, "__file__", None)
    if file is not None and Path(file).resolve() == path.resolve():
        return module
    raise AppNotFoundError(
        f"{path} has the name of the module {module.__name__!r}, which is loaded already ({file or 'built in'}): "
        "rename the file, because no program could import both"
    )


def _traceback(error: Exception) -> str:
    shown = traceback.TracebackException.from_exception(error)
    frames = [frame for frame in shown.stack if not _is_machinery(frame.filename)]
    shown.stack = traceback.StackSummary.from_list(frames)
    return "".join(shown.format(chain=True)).rstrip()


def _is_machinery(file: str) -> bool:
    return file == __file__ or file.startswith("<frozen importlib") or file.endswith("importlib/__init__.py")


def _cure(error: Exception) -> str:
    if isinstance(error, ImportError) and "relative import" in str(error):
        return "\n\nA file inside a package is named as a module, as in `dawam run package.module:app`"
    return ""


def _hint(name: str, folder: Path) -> str:
    here = [path.stem for path in folder.glob("*.py")] + [path.parent.name for path in folder.glob("*/__init__.py")]
    other = near(name.split(".", maxsplit=1)[0], here)
    return f" in {folder} or on Python's path{other}: `module:app` or `file.py` was expected"
