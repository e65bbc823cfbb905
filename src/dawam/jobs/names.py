"""How things are called where they are stored: never by a name that only this process understands."""

import sys
from pathlib import Path
from typing import Any

from dawam.errors import RegistrationError

NAME_LIMIT = 128


def full_name(thing: Any) -> str:
    """`module.qualname`, under which another process can import the same class.

    The module that was started as a program calls itself `__main__`; it is named as others import it.
    """
    return f"{importable_module(thing)}.{thing.__qualname__}"


def importable_module(thing: Any) -> str:
    """The module of a class or function, as others import it."""
    module: str = thing.__module__
    return main_module_name(thing.__qualname__) if module == "__main__" else module


def main_module_name(what: str) -> str:
    """What other processes call the module that was started as a program."""
    main = sys.modules["__main__"]
    spec = getattr(main, "__spec__", None)
    if spec is not None:
        return str(spec.name)
    file = getattr(main, "__file__", None)
    if file is None or not Path(file).stem.isidentifier():
        raise RegistrationError(
            f"{what} was defined where no other process can import it (an interactive session, or a file whose name is "
            f"no module name), so it has no name to be stored under: give it one, as in @job_args('shop.{what}') "
            f"for args, @app.job('shop.{what}') for a function or @app.worker(name='shop.{what}', ...) for a worker"
        )
    return Path(file).stem


def checked_name(name: object, owner: str) -> str:
    """The name, if it can be stored; `owner` says in the error whose name it is."""
    if not isinstance(name, str) or not name.strip():
        raise RegistrationError(f"{owner} has the name {name!r}: a text that is not blank was expected")
    if len(name) > NAME_LIMIT:
        raise RegistrationError(
            f"{owner} has a name of {len(name)} characters, {name[:40]!r}...: at most {NAME_LIMIT} are stored; "
            "give it a shorter one"
        )
    if "\0" in name or any("\ud800" <= character <= "\udfff" for character in name):
        raise RegistrationError(
            f"{owner} has the name {name!r}: a text without NUL and lone surrogates was expected, because databases "
            "refuse them"
        )
    return name
