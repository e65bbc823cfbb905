"""What people did by hand: the record of it, and the port of a store that keeps it."""

from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from msgspec import Struct

from dawam.stores.values import JobFilter

KEPT = timedelta(days=400)
"""So long is it known who did what."""
SILENT = timedelta(seconds=30)
"""After that nobody goes on with what was under way: the process that did it has ended."""


class Action(Struct, frozen=True, kw_only=True):
    """Something that somebody did by hand: to one thing, or to all jobs that a filter means."""

    id: UUID
    by: str
    """Who: the name of an account, as the dashboard or the operating system knows it."""
    via: str
    """`dashboard`, `api`, `command line` or `code`."""
    verb: str
    subject: str
    """To what: `job 0198...`, `queue mail`, `worker cleanup`, `host ...`; or which jobs, in words."""
    chosen: JobFilter | None = None
    """Which jobs are meant, where it is done to many."""
    reason: str = ""
    asked_at: datetime
    told_at: datetime
    """When something was last heard of it."""
    ended_at: datetime | None = None
    outcome: str = ""
    """How it ended, in a word or two."""
    total: int | None = None
    """About how many jobs were meant at its beginning."""
    done: int = 0
    """How many of them it has come to."""
    changed: int = 0
    """How many of those were still meant, and are changed."""
    is_stopping: bool = False
    """Somebody asked to leave the rest as it is."""

    def is_silent(self, now: datetime) -> bool:
        """It has not ended, and nobody goes on with it."""
        return self.ended_at is None and now - self.told_at > SILENT


class ActionStore(Protocol):
    """Keeps who did what, for `KEPT`."""

    async def begin_action(self, action: Action) -> None:
        """Adds the record, before anything is done; one that is there already is left as it is."""
        ...

    async def tell_action(self, id: UUID, *, total: int | None, done: int, changed: int) -> bool:  # noqa: A002
        """Notes how far it is. False: somebody asked to leave the rest as it is."""
        ...

    async def end_action(self, id: UUID, outcome: str, *, done: int, changed: int) -> None:  # noqa: A002
        """Notes that it is over, and how it went."""
        ...

    async def stop_action(self, id: UUID) -> bool:  # noqa: A002
        """Asks whoever goes on with it to leave the rest as it is. False where there is none, or it has ended."""
        ...

    async def actions(self, limit: int, after: UUID | None = None, *, under_way: bool = False) -> list[Action]:
        """Up to `limit` of them, newest first, behind one; `under_way`: only those that have not ended."""
        ...

    async def action(self, id: UUID) -> Action | None: ...  # noqa: A002
