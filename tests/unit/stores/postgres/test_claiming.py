"""A claim asks no more often than it has to."""

from typing import Any

from dawam.ids import HostId, new_id
from dawam.stores.postgres.claiming import Claimer, Row, is_expired
from dawam.stores.postgres.statements import statements

HOST = HostId("press")


class Server:
    """Has one job that can be claimed, once, and one that has expired, which every look sees again."""

    def __init__(self) -> None:
        self.fresh = [self._row(is_expired=False)]
        self.expired = self._row(is_expired=True)
        self.asked_count = 0

    async def fetch(self, *_: Any) -> list[Row]:
        self.asked_count += 1
        return [*(self.fresh.pop() for _ in self.fresh[:]), self.expired]

    async def look(self, *_: Any) -> None:
        """Nothing is late."""

    def _row(self, *, is_expired: bool) -> Row:
        return (-15, 0, 1, new_id(), 1, "orders.receipt", b"{}", 1, "json", "mail", "", 0, 0, 0, 1, 1, 1, is_expired)


async def test_a_job_that_has_expired_is_seen_once_however_many_are_asked_for() -> None:
    server: Any = Server()
    claimer = Claimer(server, server, statements("public"), "shop", None)

    rows = await claimer.ready(HOST, ["mail", "print"], 10_000)

    assert [is_expired(row) for row in rows] == [False, True]
    assert server.asked_count == 1
