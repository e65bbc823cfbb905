"""`rescue`: what all SQL stores do, and the rows of claims that nobody else removes."""

from datetime import timedelta

from dawam.stores.sql import leasing
from dawam.stores.sql.database import Database
from dawam.stores.sql.place import Place
from dawam.stores.values import Rescue

_OLD = timedelta(minutes=1)
"""A claim of that age is looked at, whether any of its jobs still runs."""


def needs_rescue(db: Database, place: Place) -> tuple[int | None, bool]:
    """As `leasing.needs_rescue`, and whether there are claims of that age."""
    asked_at = leasing.needs_rescue(db, place)
    return asked_at, db.execute("has_old_claims", (place.application, _old(place))).fetchone() is not None


def rescue(db: Database, place: Place, limit: int, asked_at: int | None) -> Rescue:
    """As `leasing.rescue`, where somebody has to be rescued; then forgets old claims."""
    found = Rescue() if asked_at is None else leasing.rescue(db, place, limit, asked_at)
    db.execute("forget_old_claims", (place.application, _old(place)))
    return found


def _old(place: Place) -> int:
    return place.now() - _OLD // timedelta(microseconds=1)
