"""A bad input: what somebody does wrong, and what they must be told."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Told:
    """What came of it: an error with its message, a line in the log, or what a command printed."""

    how: str
    """The class of the error, or the command with its exit code, or the logger."""
    message: str


Provoke = Callable[[Path], Coroutine[Any, Any, Told]]
"""Does the wrong thing for real, in a folder of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BadInput:
    """One row of docs/reference/errors.md. The last three are parts of the real message."""

    title: str
    written: str
    """What somebody wrote, or did, on one line."""
    provoke: Provoke
    how: str
    thing: str
    """What the message names."""
    problem: str
    """What it says is wrong, or was expected."""
    cure: str
    """How it says to mend it."""
