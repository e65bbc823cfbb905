"""What a session of ours is set to, whatever the database, the role or the URL are."""

import pytest

from dawam.stores.postgres.address import Address
from dawam.stores.postgres.connection import connect, connect_blocking
from tests.support.postgres import Postgres

_ISOLATION = b"SHOW transaction_isolation"


@pytest.mark.parametrize("isolation", ["serializable", "repeatable read"])
async def test_claims_are_made_in_read_committed_whatever_is_usual_in_the_database(
    postgres: Postgres, emptied_postgres_url: str, isolation: str
) -> None:
    name = emptied_postgres_url.rpartition("/")[2]
    statement = f"ALTER DATABASE {name} SET default_transaction_isolation = '{isolation}'"
    postgres.execute(statement.encode(), url=emptied_postgres_url)
    address = Address.of(f"{emptied_postgres_url}?options=-c%20work_mem=8MB")

    blocking = connect_blocking(address, "test")
    db = await connect(address, "test", hot=True)
    try:
        assert blocking.execute(_ISOLATION).fetchone() == ("read committed",)
        assert await (await db.execute(_ISOLATION)).fetchone() == ("read committed",)
        assert blocking.execute(b"SHOW work_mem").fetchone() == ("8MB",)
    finally:
        blocking.close()
        await db.close()
