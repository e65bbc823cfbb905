"""What every request and every answer goes through: sizes, cross-site requests, and headers for the browser."""

from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

Refuse = Callable[[Scope, int, str], Response]
MOST_BYTES = 1_000_000
"""Of a request's body: args may have half of that."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class Shield:
    """Refuses what no page of ours sends, and tells the browser to trust nothing else."""

    def __init__(self, app: ASGIApp, refuse: Refuse) -> None:
        self._app, self._refuse = app, refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refused = _nonsense(scope) or (None if scope["method"] in SAFE else _complaint(headers))
        if refused is not None:
            status, text = refused
            await self._refuse(scope, status, text)(scope, receive, _with_headers(send))
            return
        await self._app(scope, _bounded(receive), _with_headers(send))


def _nonsense(scope: Scope) -> tuple[int, str] | None:
    """What no database takes, and no page of ours asks for."""
    is_so = "\0" in scope["path"] or b"%00" in scope["query_string"] or b"\0" in scope["query_string"]
    return (400, "a NUL is in the address\n") if is_so else None


def _complaint(headers: Headers) -> tuple[int, str] | None:
    """Why a request that would change something is refused before anybody looks at it."""
    length = headers.get("content-length", "0")
    if not length.isascii() or not length.isdecimal() or int(length) > MOST_BYTES:
        return 413, f"too large: {MOST_BYTES:,} bytes at most were expected\n"
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return 403, "this request comes from a page of another site, and is refused\n"
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != headers.get("host"):
        return 403, "this request comes from a page of another site, and is refused\n"
    return None


class TooLargeError(Exception):
    """A body that did not say how long it is was longer than it may be."""


def _bounded(receive: Receive) -> Receive:
    seen = 0

    async def bounded() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > MOST_BYTES:
            raise TooLargeError
        return message

    return bounded


def _with_headers(send: Send) -> Send:
    async def told(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("Cache-Control", "no-store")
        await send(message)

    return told
