"""Carries rings through the server: NOTIFY on the connection of whoever enqueues, LISTEN on one of its own."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from hashlib import blake2b

from dawam.doorbells.postgres import ECHO, NotHeardError
from dawam.stores.postgres.access import Access
from dawam.stores.postgres.address import Address
from dawam.stores.postgres.connection import AsyncConnection, translated
from dawam.stores.postgres.link import Link
from dawam.stores.postgres.statements import Statement

_LOOK_EVERY = 30.0
"""Seconds without a ring after which is asked whether the server is still there: a connection that was cut somewhere on
the way is silent as well."""
_PATIENCE = 10.0


def channel(address: Address, application: str) -> str:
    """The name of the channel of one application in one schema: whatever its name is, it fits and needs no quotes."""
    return f"dawam_{blake2b(f'{address.schema} {application}'.encode(), digest_size=12).hexdigest()}"


class NotifyWire:
    """See `dawam.doorbells.postgres.Wire`."""

    def __init__(self, access: Access, application: str, link: Link, statements: Mapping[str, Statement]) -> None:
        self._access, self._link = access, link
        self._notify, self._question = statements["notify"], statements["backend"]
        self._channel = channel(access.address, application)

    async def send(self, words: str) -> None:
        await self._link.fetch(self._notify, [self._channel, words])

    @property
    def name(self) -> str:
        """Of the channel: what a ring in somebody's own transaction has to name."""
        return self._channel

    async def hear(self) -> AsyncGenerator[str, None]:
        db = await self._access.connect("doorbell")
        if not db.has_session:  # some session of the server would listen, and tell whoever happens to have it
            await db.close()
            raise NotHeardError
        try:
            await db.execute(f"LISTEN {self._channel}".encode(), prepare=False)
            yield ""
            while True:
                async with aclosing(db.notifies(timeout=_LOOK_EVERY)) as notifications:
                    async for notification in notifications:
                        if notification.pid != self._link.backend or notification.payload == ECHO:
                            yield notification.payload
                await self._ask(db)
        except Exception as error:
            raise translated(error, self._access.address) from error
        finally:
            await db.close()

    async def _ask(self, db: AsyncConnection) -> None:
        late = asyncio.get_running_loop().call_later(_PATIENCE, db.cut)
        try:
            await db.execute(self._question.query, prepare=False)
        finally:
            late.cancel()
