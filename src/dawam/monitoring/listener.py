"""Answers GET over HTTP, a few pages of plain text, for probes and scrapers: no web framework is needed for that."""

import asyncio
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import contextmanager, suppress

from msgspec import Struct

_PATIENCE = 5.0
"""Seconds for a request to arrive, and for its answer to be taken."""
_LONGEST = 8_192
_TEXT = "text/plain; charset=utf-8"
_PHRASES = {200: "OK", 404: "Not Found", 405: "Method Not Allowed", 501: "Not Implemented", 503: "Service Unavailable"}


class Answer(Struct, frozen=True):
    """What is said."""

    status: int
    text: str
    content_type: str = _TEXT


Route = Callable[[], Awaitable[Answer]]


class Listener:
    """One request for each connection."""

    def __init__(self, routes: Mapping[str, Route], *, address: str, port: int, port_count: int = 1) -> None:
        """`port` 0: any that is free. Else the first that is, of so many from it on."""
        self._routes, self._address = routes, address
        self._port, self._last = port, port + (port_count - 1 if port else 0)
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """Where it listens; after the start."""
        return int(self._server.sockets[0].getsockname()[1]) if self._server is not None else self._port

    async def start(self) -> None:
        """Raises `OSError` where none of the ports can be had."""
        for port in range(self._port, self._last + 1):
            try:
                self._server = await asyncio.start_server(self._serve, self._address, port, limit=_LONGEST)
            except OSError:
                if port == self._last:
                    raise
            else:
                return

    async def stop(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError), _abandoned_late(writer):
            async with asyncio.timeout(_PATIENCE):
                head = await reader.readuntil(b"\r\n\r\n")
                method, _, rest = head.decode("latin-1").partition(" ")
                answer = await self._answer(method, rest.partition(" ")[0].partition("?")[0])
                body = b"" if method == "HEAD" else answer.text.encode()
                writer.write(_head(answer, len(answer.text.encode())) + body)
                await writer.drain()
                writer.close()
                await writer.wait_closed()
        writer.close()

    async def _answer(self, method: str, path: str) -> Answer:
        route = self._routes.get(path)
        if route is None:
            return Answer(404, f"there is nothing here but {', '.join(self._routes)}\n")
        if method not in ("GET", "HEAD"):
            return Answer(405, "only GET is answered\n")
        return await route()


@contextmanager
def _abandoned_late(writer: asyncio.StreamWriter) -> Generator[None, None, None]:
    """Who neither asks nor takes the answer in time is not waited for."""
    try:
        yield
    except TimeoutError:
        writer.transport.abort()


def _head(answer: Answer, length: int) -> bytes:
    return (
        f"HTTP/1.1 {answer.status} {_PHRASES[answer.status]}\r\nContent-Type: {answer.content_type}\r\n"
        f"Content-Length: {length}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
    ).encode()
