"""One connection for coroutines: it brings its settings along, and waits for a silent server only for so long."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from dawam.errors import StoreUnavailableError
from dawam.stores.postgres.access import Access
from dawam.stores.postgres.address import Address
from dawam.stores.postgres.connection import AsyncConnection
from dawam.stores.postgres.link import Link
from dawam.stores.postgres.statements import statements

SET_UP = statements("public")["set_up"]
PLANS = b"SELECT current_setting('plan_cache_mode'), current_setting('statement_timeout')"


def link_to(url: str) -> Link:
    link = Link(Access(Address.of(url), lambda: None), "test", SET_UP)
    link.open()
    return link


@pytest_asyncio.fixture(params=["", "?session=off"])
async def link(request: pytest.FixtureRequest, emptied_postgres_url: str) -> AsyncIterator[Link]:
    link = link_to(emptied_postgres_url + request.param)
    yield link
    await link.close()


async def test_a_transaction_has_our_settings_whoever_owns_the_session(link: Link) -> None:
    async def settings_of(db: AsyncConnection) -> tuple[str, ...]:
        async with link.transaction(db):
            rows = await (await db.execute(PLANS)).fetchall()
        found: tuple[str, ...] = rows[0]
        return found

    assert await link.run(settings_of) == ("force_generic_plan", "30s")


async def test_a_silent_server_is_given_up_also_after_the_link_was_opened_again(emptied_postgres_url: str) -> None:
    link = link_to(f"{emptied_postgres_url}?statement_timeout=100ms")

    async def silent(db: AsyncConnection) -> None:
        await db.execute(b"SET statement_timeout = 0")  # of a server that does not keep to it
        await db.execute(b"SELECT pg_sleep(60)")

    for _ in range(2):
        link.open()
        with pytest.raises(StoreUnavailableError, match="did not answer"):
            await link.run(silent)
        await link.close()
