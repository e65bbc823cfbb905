"""The port of a store for groups of errors: hosts tell what they saw, people look and say what they think of it."""

from collections.abc import Sequence
from typing import Protocol

from dawam.measures.errors import ErrorGroup, ErrorMark, SeenError


class ErrorStore(Protocol):
    """Groups are for people: what a host did not tell before it died is only in the records of its attempts."""

    async def keep_errors(self, seen: Sequence[SeenError]) -> None:
        """Adds these to their groups, in one transaction; the same again, after a lost answer, changes nothing.

        Groups that were not seen for as long as measures are kept at all are forgotten.
        """
        ...

    async def error_groups(self, limit: int) -> list[ErrorGroup]:
        """Up to `limit` groups: those that were seen last come first."""
        ...

    async def error_group(self, fingerprint: str) -> ErrorGroup | None: ...

    async def mark_error(self, fingerprint: str, mark: ErrorMark) -> bool:
        """Notes what somebody thinks of it, as of now. False where there is no such group."""
        ...
