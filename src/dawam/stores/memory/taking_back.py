"""How a running job is taken from a host that is gone: handed back, lost, or crashed."""

from uuid import UUID

from dawam.ids import HostId
from dawam.jobs.fingerprint import fingerprint
from dawam.jobs.record import AttemptRecord
from dawam.jobs.state import StoredState
from dawam.stores.blame import bystander_message, crash_message
from dawam.stores.memory.row import Row
from dawam.stores.memory.shelf import Place
from dawam.stores.values import LOST_LIMIT, Rescue


class Fates:
    """Takes rows back one by one, and remembers where each went."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._now = place.clock.now()
        self._ids: dict[StoredState, list[UUID]] = {
            state: [] for state in (StoredState.READY, StoredState.FAILED, StoredState.CANCELLED)
        }

    def hand_back(self, row: Row) -> None:
        """Uncharged: nothing says that it had begun."""
        self._move(row, is_last=False)

    def lose(self, row: Row) -> None:
        """Its host was not heard of for longer than its lease."""
        self._record(row, "HostLost", f"the host {row.host} stopped extending its lease")
        row.lost_count += 1
        self._move(row, is_last=row.lost_count > LOST_LIMIT)

    def lose_bystander(self, row: Row) -> None:
        """It ran when its process died, and somebody else is the suspect."""
        self._record(row, "HostLost", bystander_message(row.host or ""))
        row.lost_count += 1
        self._move(row, is_last=False)

    def crash(self, row: Row, *, is_last: bool) -> None:
        """It ran when its process died, and may have been the cause."""
        self._record(row, "HostCrashed", crash_message(row.host or "", is_last=is_last))
        row.crash_count += 1
        self._move(row, is_last=is_last)

    def rescue(self, dead: tuple[HostId, ...], crashed: tuple[UUID, ...] = ()) -> Rescue:
        """What was done, as the answer of a verb."""
        readied, failed, cancelled = (tuple(ids) for ids in self._ids.values())
        return Rescue(readied, failed, cancelled, dead, crashed)

    def _move(self, row: Row, *, is_last: bool) -> None:
        if row.cancel_requested:
            fate = StoredState.CANCELLED
            self._place.cancel(row, self._now, row.cancel_reason)
        elif is_last:
            fate = StoredState.FAILED
            self._place.finish(row, StoredState.FAILED, self._now)
        else:
            fate = StoredState.READY
            self._place.section.wait(row, StoredState.READY)
        self._ids[fate].append(row.id)

    def _record(self, row: Row, error_type: str, message: str) -> None:
        row.last_error, row.fingerprint = f"{error_type}: {message}", fingerprint(error_type, message)
        row.attempts.append(
            AttemptRecord(
                job_id=row.id,
                fence=row.fence,
                attempt=row.attempt_count + 1,
                host=row.host or "",
                started_at=row.claimed_at,
                ended_at=self._now,
                error_type=error_type,
                error_message=message,
                traceback="",
            )
        )
