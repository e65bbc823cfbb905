"""Guards of ours that can be left out, to see that a simulation finds what they are there for."""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta

from msgspec import structs

from dawam.host.auditor import Auditor
from dawam.host.heartbeat import Heartbeat
from dawam.host.lanes import Lanes
from dawam.ids import HostId
from dawam.jobs.outcome import HandedBack, Settlement
from dawam.jobs.state import StoredState
from dawam.stores.memory import settling
from dawam.stores.memory.row import Row
from dawam.stores.memory.shelf import Place
from dawam.stores.ticking.row import WorkerRow
from dawam.workers.record import TickClaim


def _fence_in_settlements() -> None:
    settle_one = settling._settle_one

    def careless(place: Place, settlement: Settlement, follow_ups: list[Row]) -> object:
        row = place.section.rows.get(settlement.id)
        is_running = row is not None and row.state is StoredState.RUNNING
        fence = row.fence if row is not None and is_running else settlement.fence
        return settle_one(place, structs.replace(settlement, fence=fence), follow_ups)

    _put(settling, "_settle_one", careless)


def _hand_back_without_charge() -> None:
    settle_one = settling._settle_one

    def greedy(place: Place, settlement: Settlement, follow_ups: list[Row]) -> object:
        row = place.section.rows.get(settlement.id)
        if row is not None and isinstance(settlement.outcome, HandedBack):
            row.attempt_count += 1
        return settle_one(place, settlement, follow_ups)

    _put(settling, "_settle_one", greedy)


def _lease_in_rescues() -> None:
    def nobody(_: Place) -> Iterable[HostId]:
        return ()

    _put(Place, "live_hosts", nobody)


def _lease_of_the_judge() -> None:
    def always(_: Heartbeat) -> bool:
        return True

    _put(Heartbeat, "may_judge_others", always)


def _look_for_lost_answers() -> None:
    async def blind(_: Auditor) -> timedelta | None:
        return None

    _put(Auditor, "_look", blind)


def _fence_in_ticks() -> None:
    def careless(_: WorkerRow, __: TickClaim) -> bool:
        return True

    _put(WorkerRow, "allows", careless)


def _excess() -> None:
    _put(Lanes, "take_excess", lambda _: [])


def _put(place: object, name: str, value: object) -> None:
    assert hasattr(place, name), f"{place} has no {name} any more"
    setattr(place, name, value)


GUARDS: Mapping[str, Callable[[], None]] = {
    "the fence in settlements": _fence_in_settlements,
    "no charge for what is handed back": _hand_back_without_charge,
    "the lease in rescues": _lease_in_rescues,
    "the lease of the judge": _lease_of_the_judge,
    "the look for lost answers": _look_for_lost_answers,
    "the fence in ticks": _fence_in_ticks,
    "what a limit does not allow goes back": _excess,
}
