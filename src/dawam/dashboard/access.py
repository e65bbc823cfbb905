"""Who may look, and who may act: roles, rights on queues, and ways to know who asks."""

import base64
import binascii
from collections.abc import Collection, Mapping
from enum import IntEnum
from hmac import compare_digest
from ipaddress import ip_address
from typing import Protocol

from msgspec import Struct
from starlette.requests import HTTPConnection

_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]", "::1")
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


class Role(IntEnum):
    """What somebody may do; each one may do what those before it may."""

    VIEW = 1
    """Look at everything."""
    OPERATE = 2
    """Retry, cancel and change jobs, enqueue new ones, pause queues, trigger workers."""
    ADMIN = 3
    """Delete jobs, remove workers."""


class Principal(Struct, frozen=True):
    """Whoever asks."""

    name: str
    role: Role = Role.VIEW
    queues: frozenset[str] | None = None
    """The only queues whose jobs are theirs to see and change; None: all of them."""

    def may(self, role: Role) -> bool:
        return self.role >= role

    def sees(self, queue: str | None) -> bool:
        """Whether what is about this queue is theirs to see; what is about none (None) is everybody's."""
        return self.queues is None or queue is None or queue in self.queues


class Authenticate(Protocol):
    """Says who asks. None: nobody who is known, and the page is refused."""

    async def __call__(self, request: HTTPConnection, /) -> Principal | None: ...


class LoopbackOnly:
    """Whoever is at this machine may do everything; nobody else may do anything. The default.

    What a proxy passes on comes from this machine as well, and is refused: say who may look there. So is a request for
    another host's name, which a page of somebody else's can make a browser send here.
    """

    async def __call__(self, request: HTTPConnection, /) -> Principal | None:
        if any(name in request.headers for name in _FORWARDED):
            return None
        host = request.headers.get("host", "").rsplit(":", 1)[0] if request.headers.get("host") else ""
        if request.client is None or not _is_loopback(request.client.host) or host not in _LOOPBACK_NAMES:
            return None
        return Principal("local", Role.ADMIN)


class Account(Struct, frozen=True):
    """Somebody with a password, or a token."""

    secret: str
    role: Role = Role.VIEW
    queues: Collection[str] | None = None

    def principal(self, name: str) -> Principal:
        return Principal(name, self.role, None if self.queues is None else frozenset(self.queues))


class BasicAuth:
    """Asks the browser for a name and a password: `BasicAuth({"amal": Account("...", Role.OPERATE)})`."""

    challenge = 'Basic realm="Dawam", charset="UTF-8"'

    def __init__(self, accounts: Mapping[str, Account]) -> None:
        self._accounts = {name: account for name, account in accounts.items() if account.secret}

    async def __call__(self, request: HTTPConnection, /) -> Principal | None:
        kind, _, value = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "basic":
            return None
        try:
            name, _, password = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        account = self._accounts.get(name)
        expected = account.secret if account else ""
        is_right = compare_digest(password.encode(), expected.encode())  # as long for a name that nobody has
        return account.principal(name) if account and is_right else None


class BearerAuth:
    """Takes tokens, for programs: `BearerAuth({"ci": Account("a long token", Role.VIEW)})`."""

    challenge = "Bearer"

    def __init__(self, accounts: Mapping[str, Account]) -> None:
        self._accounts = {name: account for name, account in accounts.items() if account.secret}

    async def __call__(self, request: HTTPConnection, /) -> Principal | None:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        found = None
        for name, account in self._accounts.items():  # all of them, so that the time tells nothing
            if kind.lower() == "bearer" and compare_digest(token.encode(), account.secret.encode()):
                found = account.principal(name)
        return found


class AnyOf:
    """The first of several that knows who asks."""

    def __init__(self, *ways: Authenticate) -> None:
        self._ways = ways
        self.challenge = next((each for way in ways if (each := getattr(way, "challenge", None))), None)

    async def __call__(self, request: HTTPConnection, /) -> Principal | None:
        for way in self._ways:
            if (found := await way(request)) is not None:
                return found
        return None


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
