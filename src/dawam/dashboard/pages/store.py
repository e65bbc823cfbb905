"""Where jobs are kept, and how that place is."""

from starlette.responses import Response

from dawam.dashboard.pages.room import Room
from dawam.dashboard.visit import Visit
from dawam.stores.keeper import DoubtfulPlace, StoreGauge


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
        doubts=await store.durability_doubts() if isinstance(store, DoubtfulPlace) else (),
        is_measured=is_measured,
        stats=await store.stats() if wanted and isinstance(store, StoreGauge) else None,
    )
