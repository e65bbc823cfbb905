"""Opens a store that may be away yet: the parts of a cluster start in any order."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from itertools import count
from typing import Any

from dawam.errors import StoreUnavailableError
from dawam.events.lifecycle import LifecycleEvents, ServiceFailed

_FIRST_WAIT, _LONGEST_WAIT = 0.5, 5.0


async def open_patiently(
    opening: Callable[[], Coroutine[Any, Any, None]], events: LifecycleEvents, stopped: asyncio.Event
) -> bool:
    """Tries to open it until it is there; False when told to stop first. What cannot mend itself is raised."""
    told = asyncio.create_task(stopped.wait())
    try:
        for failure_count in count(1):
            attempt = asyncio.create_task(opening())
            await asyncio.wait({attempt, told}, return_when=asyncio.FIRST_COMPLETED)
            if not attempt.done():
                attempt.cancel()
                await asyncio.wait([attempt])
                return False
            error = attempt.exception()
            if error is None:
                return True
            if not isinstance(error, StoreUnavailableError) or not error.is_away:
                raise error
            wait = min(_FIRST_WAIT * 2 ** min(failure_count - 1, 10), _LONGEST_WAIT)
            events.emit(ServiceFailed("store", error, failure_count, timedelta(seconds=wait)))
            await asyncio.wait([told], timeout=wait)
            if told.done():
                return False
    finally:
        told.cancel()
    raise AssertionError("it counts for ever")
