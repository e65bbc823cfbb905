"""Stands between clients and a PostgreSQL server, and does to them what networks do.

async with Proxy(server.url()) as proxy:
    url = proxy.url(server.new_database())
    proxy.stall()
"""

import asyncio
import re
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable
from contextlib import suppress
from typing import Self
from urllib.parse import urlsplit

_READY = re.compile(rb"Z\x00\x00\x00\x05[ITE]\Z")
"""The end of an answer: the server waits for the next request."""
_NAME = re.compile(rb"application_name\x00([^\x00]+)")
_ENOUGH = 1 << 16
Match = Callable[["Exchange"], bool]


class Exchange:
    """A request that a client sent, and the whole answer of the server, as bytes."""

    def __init__(self, client: str, request: bytes, answer: bytes) -> None:
        self.client, self.request, self.answer = client, request, answer


class Proxy:
    """Passes everything on, until it is told otherwise. Lives on the loop on which it is opened."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._place = (parts.hostname or "127.0.0.1", parts.port or 5432)
        self._server: asyncio.Server | None = None
        self._lines: set[_Line] = set()
        self._held: str | None = None
        self._goes = asyncio.Event()
        self._lost: list[Exchange] = []
        self._loses: Match | None = None
        self._has_lost = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        self.go_on()
        self.cut()
        await asyncio.gather(*(line.ended.wait() for line in self._lines))

    def url(self, url: str) -> str:
        """The same database, through this proxy."""
        assert self._server is not None
        port = self._server.sockets[0].getsockname()[1]
        parts = urlsplit(url)
        user, at, _ = parts.netloc.rpartition("@")
        return parts._replace(netloc=f"{user}{at}127.0.0.1:{port}").geturl()

    @property
    def count(self) -> int:
        """How many connections there are."""
        return len(self._lines)

    def stall(self, client: str = "") -> None:
        """From now on nothing is passed on of clients whose names begin so, in either direction, and nobody is told."""
        self._held = client
        self._goes.clear()

    def go_on(self) -> None:
        """Passes on what was held, and all that comes."""
        self._held = None
        self._goes.set()

    async def lets_pass(self, client: str) -> None:
        while self._held is not None and client.startswith(self._held):
            await self._goes.wait()

    def cut(self, client: str = "") -> int:
        """Breaks every connection of clients whose names begin so. Answers how many those were."""
        lines = [line for line in self._lines if line.client.startswith(client)]
        for line in lines:
            line.abort()
        return len(lines)

    def lose_answer(self, match: Match) -> None:
        """Of the next exchange that matches the client never gets the answer: its connection breaks instead."""
        self._loses = match
        self._has_lost.clear()

    async def has_lost(self) -> Exchange:
        """Waits until that has happened."""
        await self._has_lost.wait()
        return self._lost[-1]

    def may_pass(self, exchange: Exchange) -> bool:
        if self._loses is None or not self._loses(exchange):
            return True
        self._loses = None
        self._lost.append(exchange)
        self._has_lost.set()
        return False

    @property
    def is_picky(self) -> bool:
        return self._loses is not None

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        line = _Line(self, writer)
        self._lines.add(line)
        try:
            await line.serve(reader, self._place)
        finally:
            self._lines.discard(line)


class _Line:
    """One connection."""

    def __init__(self, proxy: Proxy, writer: StreamWriter) -> None:
        self._proxy, self._writers = proxy, [writer]
        self.client = ""
        self.ended = asyncio.Event()
        self._request = b""
        self._held = b""
        self._is_let_in = False

    async def serve(self, reader: StreamReader, place: tuple[str, int]) -> None:
        try:
            await self._proxy.lets_pass("")
            with suppress(OSError):
                from_server, to_server = await asyncio.open_connection(*place)
                self._writers.append(to_server)
                client = self._writers[0]
                ways = [self._pass(reader, to_server, self._asked), self._pass(from_server, client, self._answered)]
                tasks = [asyncio.create_task(way) for way in ways]
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
        finally:
            self.abort()
            self.ended.set()

    def abort(self) -> None:
        """Without a good-bye, in both directions."""
        for writer in self._writers:
            writer.transport.abort()

    async def _pass(self, reader: StreamReader, writer: StreamWriter, see: Callable[[bytes], bytes | None]) -> None:
        while data := await reader.read(_ENOUGH):
            if not self.client and (name := _NAME.search(data)):
                self.client = name[1].decode()
            await self._proxy.lets_pass(self.client)
            passed = see(data)
            if passed is None:
                return
            writer.write(passed)
            await writer.drain()

    def _asked(self, data: bytes) -> bytes:
        self._request += data
        return data

    def _answered(self, data: bytes) -> bytes | None:
        """What the client gets of the answer so far; None: nothing more, ever."""
        answer, self._held = self._held + data, b""
        is_whole = _READY.search(answer[-6:]) is not None
        if self._is_let_in and self._proxy.is_picky and not is_whole:
            self._held = answer
            return b""
        self._is_let_in = self._is_let_in or is_whole
        exchange = Exchange(self.client, self._request, answer)
        if is_whole:
            self._request = b""
        return answer if self._proxy.may_pass(exchange) else None
