"""Reads, writes and shortens the activity log, in a session that somebody else begins and ends."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from examples.inventory.activity.entities import ActivityEntry


class ActivityLog:
    """The whole log."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, at: datetime, product_id: UUID, text: str) -> None:
        """Writes one entry; it is kept when the session commits."""
        self._session.add(ActivityEntry(at=at, product_id=product_id, text=text))

    async def latest(self, count: int) -> Sequence[ActivityEntry]:
        """The last entries, newest first."""
        query = select(ActivityEntry).order_by(ActivityEntry.at.desc(), ActivityEntry.id.desc()).limit(count)
        return (await self._session.scalars(query)).all()

    async def delete_before(self, moment: datetime, at_most: int) -> int:
        """Deletes the oldest entries from strictly before a moment; answers how many these were."""
        oldest = select(ActivityEntry.id).where(ActivityEntry.at < moment).order_by(ActivityEntry.at).limit(at_most)
        deletion = delete(ActivityEntry).where(ActivityEntry.id.in_(oldest)).returning(ActivityEntry.id)
        return len((await self._session.scalars(deletion)).all())
