"""Carries rings through the server: NOTIFY on the connection of whoever enqueues, LISTEN on one of its own."""

from collections.abc import AsyncGenerator
from hashlib import blake2b

from dawam.doorbells.postgres import ECHO
from dawam.stores.postgres.address import Address
from dawam.stores.postgres.connection import connect, translated
from dawam.stores.postgres.lane import Lane
from dawam.stores.postgres.statements import Statement


def channel(address: Address, application: str) -> str:
    """The name of the channel of one application in one schema: whatever its name is, it fits and needs no quotes."""
    return f"dawam_{blake2b(f'{address.schema} {application}'.encode(), digest_size=12).hexdigest()}"


class NotifyWire:
    """See `dawam.doorbells.postgres.Wire`."""

    def __init__(self, address: Address, application: str, lane: Lane, notify: Statement) -> None:
        self._address, self._lane, self._notify = address, lane, notify
        self._channel = channel(address, application)

    async def send(self, words: str) -> None:
        await self._lane.fetch(self._notify, [self._channel, words])

    @property
    def name(self) -> str:
        """Of the channel: what a ring in somebody's own transaction has to name."""
        return self._channel

    async def hear(self) -> AsyncGenerator[str, None]:
        db = await connect(self._address, "doorbell")
        try:
            await db.execute(f"LISTEN {self._channel}".encode(), prepare=False)
            yield ""
            async for notification in db.notifies():
                if notification.pid != self._lane.backend or notification.payload == ECHO:
                    yield notification.payload
        except Exception as error:
            raise translated(error, self._address) from error
        finally:
            await db.close()
