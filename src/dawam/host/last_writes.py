"""What a host writes at its end: the store may be away then, and nobody waits for it for long."""

import asyncio
import contextlib
from collections.abc import Awaitable
from datetime import timedelta
from typing import TypeVar

T = TypeVar("T")
LAST_WRITE = timedelta(seconds=1)
"""How long each of the last three writes may take: the store may be away, and the lease tells the others as well."""


async def try_briefly(writing: Awaitable[T]) -> T | None:
    """The answer of a last write; None when the store did not give one in time."""
    with contextlib.suppress(Exception):
        async with asyncio.timeout(LAST_WRITE.total_seconds()):
            return await writing
    return None
