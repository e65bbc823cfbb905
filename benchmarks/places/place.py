"""What a run must be able to do with the database that it gets for itself, and who makes such databases."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol


class PlaceMissingError(Exception):
    """There is no database of this kind here; the message says why."""


class Place(Protocol):
    """The database of one run."""

    @property
    def url(self) -> str:
        """What the measured programs are given."""
        ...

    @property
    def servers(self) -> tuple[int, ...]:
        """The first processes of the servers that keep it; none where no server is needed."""
        ...

    def query(self, text: str) -> list[tuple[Any, ...]]:
        """What a query of the driver's own answers."""
        ...

    def execute(self, statement: str) -> None:
        """Executes a statement of the driver's own."""
        ...

    def flush(self) -> None:
        """Does now what filling it has left to do, so that it is not in the way of what is measured."""
        ...

    def commits(self) -> int:
        """How many transactions it has seen; two readings tell how many lie between."""
        ...

    def writes(self) -> int:
        """How many of them, or how many rows, were written; two readings tell as well."""
        ...

    def snapshot_held(self) -> AbstractContextManager[None]:
        """While the context lasts, somebody else reads in a transaction that began at its start."""
        ...

    def keep(self, name: str) -> None:
        """What lies here is kept under a name, to be copied by `Places`; here it is no more."""
        ...

    def leave(self) -> None:
        """The run is over: nothing of it stays."""
        ...


class Places(Protocol):
    """One kind of database, in which every run has a place of its own."""

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    @property
    def servers(self) -> tuple[int, ...]:
        """The first processes of its servers."""
        ...

    @property
    def facts(self) -> dict[str, str]:
        """Its version, and the settings that decide how fast it is."""
        ...

    def open(self) -> None:
        """Starts what is needed; nothing is kept from earlier times. Raises `PlaceMissingError`."""
        ...

    def close(self) -> None:
        """Stops and removes all of it."""
        ...

    def new(self, folder: Path) -> Place:
        """An empty place for the run that works in this folder."""
        ...

    def is_kept(self, name: str) -> bool:
        """Whether something is kept under this name."""
        ...

    def copy(self, name: str, folder: Path) -> Place:
        """A place in which lies what is kept under this name."""
        ...
