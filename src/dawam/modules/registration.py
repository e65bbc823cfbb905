"""What modules say about services, as plain values: nothing is built and nothing is checked against each other here."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Lifetime(StrEnum):
    """How long a service lives."""

    TRANSIENT = "transient"
    """Made anew for everyone who asks."""
    SCOPED = "scoped"
    """One for each run of a job, tick of a worker or call of a handler."""
    SINGLETON = "singleton"
    """One for the application."""


@dataclass(frozen=True, slots=True)
class Registration:
    """Under which type a service is asked for, and what makes it: a class, a function or a generator function."""

    provides: Any
    source: Any
    lifetime: Lifetime


@dataclass(frozen=True, slots=True)
class InstanceRegistration:
    """A service that exists already."""

    provides: Any
    value: Any


AnyRegistration = Registration | InstanceRegistration


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """Something that Dawam itself builds or calls: a job, a worker, a handler, a function with injected parameters."""

    target: Any
    """The class, or the function."""
    kind: str
    """What it is, for people: `job`, `worker`, `event handler`."""
    is_blocking: bool = False
    """Whether it is built and run in a thread."""
    is_singleton: bool = False
    """Whether it is built once for the application, as a custom worker is."""
    parameters: Mapping[str, Any] | None = None
    """Of a function: what is injected into which parameter. None for a class, whose constructor says it."""
