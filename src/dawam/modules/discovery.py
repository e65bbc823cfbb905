"""Finds what a package defines: jobs, args types, workers and event handlers, as ABP's conventions do."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from dawam.errors import RegistrationError
from dawam.events.bus import LocalEventHandler
from dawam.jobs.args import args_name
from dawam.jobs.job import AsyncBackgroundJob, BackgroundJob
from dawam.workers.worker import AsyncPeriodicBackgroundWorker, BackgroundWorker, PeriodicBackgroundWorker

_JOBS = (AsyncBackgroundJob, BackgroundJob)
_WORKERS = (AsyncPeriodicBackgroundWorker, PeriodicBackgroundWorker, BackgroundWorker)


@dataclass(frozen=True, slots=True)
class Discovered:
    """What was found, modules by name and within a module in the order of definition."""

    jobs: tuple[type[Any], ...]
    args_types: tuple[type[Any], ...]
    workers: tuple[type[Any], ...]
    event_handlers: tuple[type[LocalEventHandler[Any]], ...]


def discover(package: ModuleType | str) -> Discovered:
    """Imports a package with all its subpackages and finds the classes that are defined there.

    Abstract classes are passed over, as is what a module merely imports. Raises `RegistrationError` where a module
    cannot be imported, and where nothing at all was found.
    """
    root = _imported(package) if isinstance(package, str) else package
    classes: list[Any] = [each for module in _modules(root) for each in _classes(module)]
    found = Discovered(
        jobs=_subclasses(classes, *_JOBS),
        args_types=tuple(each for each in classes if _is_args_type(each)),
        workers=_subclasses(classes, *_WORKERS),
        event_handlers=_subclasses(classes, LocalEventHandler),
    )
    if found == Discovered((), (), (), ()):
        raise RegistrationError(
            f"discover({root.__name__!r}) found nothing: no job, no args type marked with @job_args, no worker and no "
            "event handler is defined there or below. Is it the right package, and has each folder an __init__.py?"
        )
    return found


def _subclasses(classes: list[Any], *bases: type[Any]) -> tuple[Any, ...]:
    return tuple(each for each in classes if issubclass(each, bases))


def _modules(root: ModuleType) -> Iterator[ModuleType]:
    yield root
    folders = getattr(root, "__path__", None)
    if folders is None:
        return
    names = sorted(each.name for each in pkgutil.iter_modules(folders, prefix=f"{root.__name__}."))
    for name in names:
        if name.rpartition(".")[2] != "__main__":  # importing it would run the program
            yield from _modules(_imported(name))


def _imported(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except Exception as error:  # a module may raise anything while it is imported
        is_unknown = isinstance(error, ModuleNotFoundError) and f"{name}.".startswith(f"{error.name}.")
        cure = '; name it as it is imported, as in services.discover("inventory.products")' if is_unknown else ""
        raise RegistrationError(
            f"discover: the module {name!r} cannot be imported: {type(error).__name__}: {error}{cure}"
        ) from error


def _classes(module: ModuleType) -> list[type[Any]]:
    return [
        each
        for name, each in vars(module).items()
        if isinstance(each, type)
        and each.__module__ == module.__name__
        and each.__name__ == name  # a second name for a class is not a second class
        and not inspect.isabstract(each)
        and not getattr(each, "__parameters__", ())  # a generic class is a base of those that say what they are for
    ]


def _is_args_type(each: type[Any]) -> bool:
    try:
        return args_name(each).is_explicit
    except RegistrationError:  # a class that could have no name is none that was given one
        return False
