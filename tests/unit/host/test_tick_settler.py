"""How ticks ended is written in batches, kept while the store is away, and one refusal keeps nobody else."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from dawam.doorbells.local import LocalDoorbell
from dawam.errors import StoreUnavailableError
from dawam.events.lifecycle import LifecycleEvents, WorkerTickRejected
from dawam.host.tick_settler import TickSettler
from dawam.ids import HostId
from dawam.jobs.outcome import SettleAnswer
from dawam.workers.record import TickOutcome, TickSettlement

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Shelf:
    """A store that takes settlements, refuses those of some names, and may be away."""

    def __init__(self, *refused: str) -> None:
        self.refused = refused
        self.is_away = False
        self.answer = SettleAnswer.ACCEPTED
        self.written: list[str] = []

    async def settle_ticks(self, host: HostId, settlements: Sequence[TickSettlement]) -> list[SettleAnswer]:
        if self.is_away:
            raise StoreUnavailableError("the disk is gone")
        if any(each.name in self.refused for each in settlements):
            raise ValueError("this row cannot be written")
        self.written += [each.name for each in settlements]
        return [self.answer] * len(settlements)


def settled(name: str) -> TickSettlement:
    return TickSettlement(
        name=name, place="", fence=1, outcome=TickOutcome.SUCCEEDED, planned_at=NOON, is_triggered=False,
        started_at=NOON, ended_at=NOON, next_at=None, due_at=None,
    )  # fmt: skip


def settler_of(shelf: Shelf, events: LifecycleEvents | None = None) -> TickSettler:
    return TickSettler(
        store=shelf,  # type: ignore[arg-type]
        doorbell=LocalDoorbell(),
        events=events or LifecycleEvents(),
        host=HostId("here-1-ab"),
        on_settled=lambda: None,
    )


async def test_what_ended_is_written_in_order() -> None:
    shelf = Shelf()
    settler = settler_of(shelf)
    for name in ("a", "b", "c"):
        settler.put(settled(name))
    await settler.flush()
    assert shelf.written == ["a", "b", "c"]
    assert settler.keys() == set()


async def test_while_the_store_is_away_everything_is_kept() -> None:
    shelf = Shelf()
    settler = settler_of(shelf)
    settler.put(settled("a"))
    shelf.is_away = True
    with pytest.raises(StoreUnavailableError):
        await settler.flush()
    assert settler.keys() == {("a", "", 1)}
    shelf.is_away = False
    await settler.flush()
    assert shelf.written == ["a"]


async def test_one_that_the_store_refuses_keeps_nobody_else() -> None:
    shelf = Shelf("bad")
    settler = settler_of(shelf)
    for name in ("a", "b", "bad", "c", "d", "e"):
        settler.put(settled(name))
    with pytest.raises(ValueError, match="cannot be written"):
        await settler.flush()
    assert shelf.written == ["a", "b", "c", "d", "e"]
    assert settler.keys() == {("bad", "", 1)}
    settler.put(settled("f"))
    with pytest.raises(ValueError, match="cannot be written"):
        await settler.flush(timedelta(seconds=5))
    assert shelf.written[-1] == "f"


async def test_a_tick_that_was_taken_back_meanwhile_is_told() -> None:
    shelf, events, told = Shelf(), LifecycleEvents(), list[str]()
    events.subscribe(WorkerTickRejected, lambda event: told.append(event.worker))
    shelf.answer = SettleAnswer.LOST
    settler = settler_of(shelf, events)
    settler.put(settled("a"))
    await settler.flush()
    assert told == ["a"]
