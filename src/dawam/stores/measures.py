"""The port of a store for what was measured: hosts put parts there, somebody adds them up, and people read sums."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from dawam.measures.record import Measure


class MeasureStore(Protocol):
    """Measures are for people: they are kept with all else, and lost with a host that dies before it tells them."""

    async def keep_measures(self, rows: Sequence[Measure]) -> None:
        """Puts parts there, in one transaction. The same part again, after a lost answer, changes nothing."""
        ...

    async def merge_measures(self, limit: int) -> int:
        """Adds parts to the sums where they belong, as `measures.compacting` says, and deletes sums that are too old.

        Answers how many rows are gone, up to `limit`. One transaction, and alone: no part is counted twice.
        """
        ...

    async def measures(
        self, span: timedelta, since: datetime, until: datetime, *, name: str | None = None, queue: str | None = None
    ) -> list[Measure]:
        """The sums over this span that begin in [since, until), and the parts that were not added up yet; by time."""
        ...
