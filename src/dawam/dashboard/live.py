"""Tells open pages to ask for themselves anew, as often as it is worth it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from weakref import WeakSet

from starlette.responses import Response, StreamingResponse

MOST_LISTENERS = 100
_EVERY = 2.0
_TIMES = 5
"""Then the page connects again: a server that is to end waits for streams, and we hear of it only when they ended."""
_CHANGE = b"event: change\ndata: \n\n"


class Live:
    """One beat for each open page: every two seconds something has changed.

    It does not listen for rings. To be told of every job that ends, hosts would have to ring for each of them: with
    20,000 jobs a second that took some 6 % of their time, and a page cannot be drawn so often anyway.
    """

    def __init__(self) -> None:
        self._streams = WeakSet[AsyncGenerator[bytes, None]]()
        self._closed = asyncio.Event()

    def serve(self) -> Response:
        """The stream of one page."""
        if self._closed.is_set() or len(self._streams) >= MOST_LISTENERS:
            return Response("too many pages are open: this one is not live\n", 503, headers={"Retry-After": "30"})
        stream = self._beat()
        self._streams.add(stream)
        return StreamingResponse(stream, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})

    def close(self) -> None:
        """Ends all streams."""
        self._closed.set()

    async def _beat(self) -> AsyncGenerator[bytes, None]:
        yield b": here\n\n"
        for _ in range(_TIMES):
            with suppress(TimeoutError):
                async with asyncio.timeout(_EVERY):
                    await self._closed.wait()
                    return
            yield _CHANGE
