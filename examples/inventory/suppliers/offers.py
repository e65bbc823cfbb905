"""Reads and keeps offers, in a session that somebody else begins and ends."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from examples.inventory.database import insert_into
from examples.inventory.suppliers.entities import SupplierOffer
from examples.inventory.suppliers.page import OfferItem

_COLUMNS = ("sku", "name", "price")


class Offers:
    """All offers."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def all(self) -> Sequence[SupplierOffer]:
        """Every offer, by the supplier's id."""
        return (await self._session.scalars(select(SupplierOffer).order_by(SupplierOffer.external_id))).all()

    async def put(self, items: Iterable[OfferItem], at: datetime) -> int:
        """Inserts what is new and updates what is different, by the supplier's id; answers how many these were.

        It is one statement for the database, which decides: two processes that put the same items make no doubles, and
        the second one changes nothing.
        """
        latest = {item.id: item for item in items}  # one that stands twice would change to and fro with every sync
        rows = [
            {"external_id": item.id, "sku": item.sku, "name": item.name, "price": item.price, "changed_at": at}
            for item in latest.values()
        ]
        if not rows:
            return 0
        statement = insert_into(self._session, SupplierOffer)
        new = statement.excluded
        statement = statement.on_conflict_do_update(
            index_elements=[SupplierOffer.external_id],
            set_={name: new[name] for name in (*_COLUMNS, "changed_at")},
            where=or_(*(getattr(SupplierOffer, name).is_distinct_from(new[name]) for name in _COLUMNS)),
        )
        put = await self._session.scalars(statement.returning(SupplierOffer.external_id), rows)
        return len(put.all())
