"""Where jobs are kept, and how that place is."""

from datetime import UTC, datetime, timedelta

from starlette.responses import Response

from dawam.dashboard.pages.room import Room
from dawam.dashboard.visit import Visit
from dawam.stores.keeper import StoreGauge, doubts_of

_NOTABLE = timedelta(seconds=1)
"""By which the clock of this machine may differ from the store's, before anybody is told."""


async def show(room: Room, visit: Visit) -> Response:
    store = visit.parts.store
    is_measured = isinstance(store, StoreGauge)
    wanted = visit.query.get("measure") == "yes"
    return room.pages.render(
        visit,
        "store.html",
        description=store.description,
        capabilities=sorted(store.capabilities),
        schema=await store.check(),
        doubts=await doubts_of(store),
        differs_by=_difference(store.clock.now(), datetime.now(UTC)),
        is_measured=is_measured,
        stats=await store.stats() if wanted and isinstance(store, StoreGauge) else None,
    )


def _difference(there: datetime, here: datetime) -> timedelta | None:
    """By how much the clock of this machine differs from the store's, whose time counts; None: it hardly does."""
    found = abs(there - here)
    return found if found >= _NOTABLE else None
