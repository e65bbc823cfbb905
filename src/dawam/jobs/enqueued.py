"""What an enqueue answers with."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar
from uuid import UUID

from dawam.jobs.codec import ResultCodec

R_co = TypeVar("R_co", covariant=True)

ResultWaiter = Callable[[UUID, timedelta | None], Awaitable[bytes | None]]
"""Waits until a job has ended, at most so long, and answers with its stored result."""


class EnqueuedJob(Generic[R_co]):
    """A job that was enqueued. `str()` of it is its id."""

    __slots__ = ("_codec", "_waiter", "created", "id", "name", "run_at")

    def __init__(
        self,
        *,
        id: UUID,  # noqa: A002  (a job's id is called id everywhere)
        name: str,
        run_at: datetime,
        created: bool,
        waiter: ResultWaiter,
        codec: ResultCodec,
    ) -> None:
        self.id = id
        self.name = name
        self.run_at = run_at
        """The moment from which on it may run."""
        self.created = created
        """False: the job was there already, and nothing was stored."""
        self._waiter = waiter
        self._codec = codec

    async def result(self, *, within: timedelta | None = None) -> R_co:
        """Waits until the job has succeeded, and answers with what it returned.

        Args:
            within: how long to wait at most; None waits for as long as it takes.

        Raises `JobFailedError`, `JobCancelledError`, `ResultTimeoutError`, or `ResultNotKeptError` where there is
        nothing to wait for.
        """
        answer: Any = self._codec.decode(await self._waiter(self.id, within))
        result: R_co = answer
        return result

    def __str__(self) -> str:
        return str(self.id)

    def __repr__(self) -> str:
        return f"EnqueuedJob(id={self.id}, name={self.name!r}, run_at={self.run_at}, created={self.created})"
