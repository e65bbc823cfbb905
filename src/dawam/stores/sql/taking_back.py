"""How a running job is taken from a host that is gone: handed back, lost, or crashed."""

from typing import Any, NamedTuple
from uuid import UUID

from dawam.ids import HostId
from dawam.jobs.fingerprint import fingerprint
from dawam.stores.blame import bystander_message, crash_message
from dawam.stores.sql.database import Database
from dawam.stores.sql.ending import cancelled_line, finish
from dawam.stores.sql.place import Place
from dawam.stores.values import LOST_LIMIT, Rescue


class Taken(NamedTuple):
    """A row of `select_orphans` or `select_of_host`."""

    key: Any
    fence: int
    settled_fence: int
    host: str | None
    claimed_at: int | None
    attempt_count: int
    lost_count: int
    crash_count: int
    cancel_requested: bool | int
    cancel_reason: str


class Fates:
    """Takes rows back one by one, and remembers where each went."""

    def __init__(self, db: Database, place: Place) -> None:
        self._db, self._place = db, place
        self._now = place.now()
        self._keys: dict[str, list[Any]] = {"readied": [], "failed": [], "cancelled": []}
        self._handed_back: list[Any] = []

    def hand_back(self, row: Taken) -> None:
        """Uncharged: nothing says that it had begun."""
        if not row.cancel_requested:
            self._keys["readied"].append(row.key)
            self._handed_back.append(row.key)
            return
        why = cancelled_line(row.cancel_reason)
        self._keys["cancelled"].append(row.key)
        settled_fence = row.settled_fence
        finish(
            self._db, self._place, row.key, "cancelled", finished_at=self._now, settled_fence=settled_fence, error=why
        )

    def lose(self, row: Taken) -> None:
        """Its host was not heard of for longer than its lease."""
        is_last = row.lost_count + 1 > LOST_LIMIT
        message = f"the host {row.host} stopped extending its lease"
        self._take(row, "HostLost", message, losses=1, is_last=is_last)

    def lose_bystander(self, row: Taken) -> None:
        """It ran when its process died, and somebody else is the suspect."""
        self._take(row, "HostLost", bystander_message(row.host or ""), losses=1)

    def crash(self, row: Taken, *, is_last: bool) -> None:
        """It ran when its process died, and may have been the cause."""
        self._take(row, "HostCrashed", crash_message(row.host or "", is_last=is_last), crashes=1, is_last=is_last)

    def rescue(self, dead: tuple[HostId, ...], crashed: tuple[UUID, ...] = ()) -> Rescue:
        """What was done, as the answer of a verb; all that was handed back is written here."""
        if self._handed_back:
            self._db.execute("hand_back", (*self._db.many(self._handed_back), self._place.application))
        readied, failed, cancelled = (tuple(map(self._db.id_of, keys)) for keys in self._keys.values())
        return Rescue(readied, failed, cancelled, dead, crashed)

    def _take(
        self, row: Taken, error_type: str, message: str, *, losses: int = 0, crashes: int = 0, is_last: bool = False
    ) -> None:
        db, place, why = self._db, self._place, f"{error_type}: {message}"
        known_by = fingerprint(error_type, message)
        fate = "cancelled" if row.cancel_requested else "failed" if is_last else "readied"
        if fate == "readied":
            db.execute("ready_again", (row.key, why, place.application, losses, crashes, known_by))
        else:
            shown = (cancelled_line(row.cancel_reason) or why) if fate == "cancelled" else why
            finish(
                db, place, row.key, fate, finished_at=self._now, settled_fence=row.settled_fence, losses=losses,
                crashes=crashes, error=shown, fingerprint=known_by,
            )  # fmt: skip
        if fate == "readied" or place.keeps(fate):
            times = (row.claimed_at, self._now)
            ended = (row.key, row.fence, row.attempt_count + 1, row.host or "", *times, error_type, message, "")
            db.execute("add_attempt", (*ended, place.application))
        self._keys[fate].append(row.key)
