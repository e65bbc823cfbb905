"""Ticks whose host is gone: recorded as lost, and due again."""

from dataclasses import replace
from typing import Any

import pytest

from dawam.ids import HostId
from dawam.jobs.outcome import SettleAnswer
from dawam.stores.values import Rescue
from dawam.testing.conformance.stores.bench import DAY, HOUR, LEASE, MINUTE
from dawam.testing.conformance.stores.worker_bench import ENOUGH, EVERY_MINUTE, WorkerBench
from dawam.workers.record import LOST_TICK_LIMIT, AfterCrash, TickClaim, TickOutcome, TickRecord


class TickRescuing(WorkerBench):
    """`rescue` and `give_up`, as far as they are about ticks."""

    async def frozen(self, **more: Any) -> tuple[HostId, TickClaim]:
        """A tick whose host has not been heard of for longer than its lease, and that host."""
        first_at = self.clock.now()
        await self.declared(await self.new_host(), first_at=first_at, **more)
        host = await self.new_host(lease=LEASE)
        await self.declared(host, first_at=first_at, **more)
        claim = await self.begun(host)
        await self.lapse()
        return host, claim

    async def test_a_tick_of_a_dead_host_is_recorded_as_lost_and_due_again(self) -> None:
        host, claim = await self.frozen()
        began = (await self.row()).claimed_at

        assert await self.store.rescue(10) == Rescue(dead_hosts=(host,), lost_ticks=("press.refill",))

        found, now = await self.row(), self.clock.now()
        assert (found.host, found.claimed_at, found.next_at) == (None, None, claim.planned_at)
        assert (found.tick_count, found.failure_count) == (0, 0)
        last = (found.last_outcome, found.last_planned_at, found.last_started_at, found.last_ended_at)
        assert last == (TickOutcome.LOST, claim.planned_at, began, now)
        (record,) = await self.store.tick_records("press.refill", ENOUGH)
        assert found.last_error == f"HostLost: {record.error_message}"
        assert record == TickRecord(
            worker="press.refill",
            place="",
            outcome=TickOutcome.LOST,
            planned_at=claim.planned_at or now,
            fence=claim.fence + 1,
            host=host,
            started_at=began,
            ended_at=now,
            error_type="HostLost",
            error_message=record.error_message,
        )
        tick = await self.due_tick(found.declared_by[0])
        assert (tick.next_at, tick.lost_count, tick.is_triggered) == (claim.planned_at, 1, False)
        assert await self.store.rescue(10) == Rescue()

    async def test_ticks_that_are_lost_at_once_are_recorded_by_name_and_place(self) -> None:
        for name in ("press-b", "press-c", "press-a"):
            host = replace(self.host_info(), id=HostId(name))
            await self.store.register(host, LEASE)
            await self.begun(await self.declared(host.id, place=name, first_at=self.clock.now()))
        await self.lapse()

        await self.store.rescue(10)

        records = await self.store.tick_records("press.refill", ENOUGH)
        assert [record.place for record in records] == ["press-c", "press-b", "press-a"]

    async def test_ticks_are_taken_back_whatever_the_limit(self) -> None:
        await self.frozen()

        assert (await self.store.rescue(0)).lost_ticks == ("press.refill",)

    async def test_a_tick_whose_host_is_live_is_left_alone(self) -> None:
        host, claim = await self.ticking(await self.new_host(lease=2 * HOUR))

        assert await self.store.rescue(10) == Rescue()

        assert await self.end(host, claim) is SettleAnswer.ACCEPTED

    async def test_a_host_that_gives_up_loses_its_ticks(self) -> None:
        host, claim = await self.ticking()
        other = await self.declared()

        assert await self.store.give_up(host) == Rescue(dead_hosts=(host,), lost_ticks=("press.refill",))

        assert await self.outcomes() == [TickOutcome.LOST]
        assert (await self.due_tick(other)).next_at == claim.planned_at
        assert (await self.row()).declared_by == (other,)

    async def test_a_host_that_comes_back_too_late_settles_nothing(self) -> None:
        host, claim = await self.frozen()
        await self.store.rescue(10)

        assert await self.end(host, claim) is SettleAnswer.LOST

        assert await self.outcomes() == [TickOutcome.LOST]

    async def test_a_host_that_comes_back_before_anybody_rescued_settles_its_tick(self) -> None:
        host, claim = await self.frozen()

        assert await self.end(host, claim) is SettleAnswer.ACCEPTED

    async def test_losses_are_counted_until_the_tick_ends(self) -> None:
        witness = await self.declared(first_at=self.clock.now())
        for count in range(1, LOST_TICK_LIMIT + 2):
            host = await self.declared()
            await self.begun(host)
            await self.store.give_up(host)
            assert (await self.due_tick(witness)).lost_count == count

        await self.ticked(witness, next_at=self.clock.now(), due_at=None)

        assert (await self.due_tick(witness)).lost_count == 0

    async def test_a_plan_that_goes_on_ends_the_count_of_losses(self) -> None:
        await self.frozen()
        await self.store.rescue(10)
        (host,) = (await self.row()).declared_by
        claim = self.claim(await self.due_tick(host), planned_at=None, next_at=self.clock.now())

        assert await self.store.claim_ticks(host, [claim]) == [True]

        assert (await self.due_tick(host)).lost_count == 0

    async def test_a_plan_that_was_made_anew_meanwhile_stands(self) -> None:
        await self.frozen()
        await self.store.reschedule_worker("press.refill", EVERY_MINUTE, self.later(MINUTE))

        await self.store.rescue(10)

        assert (await self.row()).next_at == self.later(MINUTE)
        await self.pass_time(MINUTE)
        (host,) = (await self.row()).declared_by
        assert (await self.due_tick(host)).lost_count == 0

    async def test_a_worker_that_was_paused_meanwhile_stays_paused(self) -> None:
        await self.frozen()
        await self.store.pause_worker("press.refill")

        await self.store.rescue(10)

        (host,) = (await self.row()).declared_by
        assert await self.due(host) == []

    @pytest.mark.parametrize("after_crash", list(AfterCrash))
    async def test_a_triggered_tick_that_was_lost_is_asked_for_again_if_its_worker_says_so(
        self, after_crash: AfterCrash
    ) -> None:
        planned_at = self.later(DAY)
        witness = await self.declared(first_at=planned_at, after_crash=after_crash)
        await self.store.trigger_worker("press.refill")
        host = await self.declared(first_at=planned_at, after_crash=after_crash)
        await self.begun(host)

        await self.store.give_up(host)

        found = await self.row()
        assert (found.is_triggered, found.next_at) == (after_crash is AfterCrash.AGAIN, planned_at)
        assert await self.due(witness) == (["press.refill"] if found.is_triggered else [])
        (record,) = await self.store.tick_records("press.refill", ENOUGH)
        assert record.is_triggered

    async def test_a_triggered_tick_is_asked_for_again_a_few_times_only(self) -> None:
        witness = await self.declared(first_at=self.later(DAY))
        await self.store.trigger_worker("press.refill")
        for _ in range(LOST_TICK_LIMIT):
            assert (await self.row()).is_triggered
            host = await self.declared(first_at=self.later(DAY))
            await self.begun(host)
            await self.store.give_up(host)

        assert not (await self.row()).is_triggered
        assert await self.due(witness) == []
        await self.pass_time(DAY)
        assert (await self.due_tick(witness)).lost_count == 0, "these were not losses of the planned tick"

    async def test_the_own_rows_of_a_dead_host_go_with_it_and_their_records_stay(self) -> None:
        host, other = await self.new_host(), await self.new_host()
        await self.declared(other, place=other)
        await self.ticking(host, place=host)

        rescue = await self.store.give_up(host)

        assert rescue.lost_ticks == ("press.refill",)
        assert [each.place for each in await self.store.worker("press.refill")] == [other]
        (record,) = await self.store.tick_records("press.refill", ENOUGH)
        assert (record.place, record.outcome) == (host, TickOutcome.LOST)

    async def test_the_own_rows_of_a_host_that_lapsed_go_when_it_is_rescued(self) -> None:
        host = await self.new_host(lease=LEASE)
        await self.declared(host, place=host)
        await self.lapse()
        assert [each.declared_by for each in await self.store.worker("press.refill")] == [()]

        await self.store.rescue(10)

        assert await self.store.worker("press.refill") == []
