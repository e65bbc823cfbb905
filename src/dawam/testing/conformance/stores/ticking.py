"""`due_ticks`, `claim_ticks` and `ticks_of`: whose time has come, and who runs it."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from dawam.ids import new_host_id
from dawam.jobs.outcome import SettleAnswer
from dawam.testing.conformance.stores.bench import HOUR, LEASE, MINUTE, SECOND
from dawam.testing.conformance.stores.worker_bench import ENOUGH, EVERY_HOUR, EVERY_MINUTE, WorkerBench
from dawam.workers.record import AfterCrash, DueTick, MissedTicks, RunningTick, TickOutcome, TickRecord


class Ticking(WorkerBench):
    """`TickClaimer`, up to the begin of a tick."""

    # -- due

    async def test_a_worker_is_due_when_its_moment_has_come(self) -> None:
        host = await self.declared(first_at=self.later(HOUR))
        first_at = self.later(HOUR)
        assert await self.store.due_ticks(host, ENOUGH) == self.nothing_due(first_at)

        await self.pass_time(HOUR)

        assert await self.due(host) == ["press.refill"]

    async def test_a_due_tick_says_all_that_a_host_needs(self) -> None:
        host, said = await self.new_host(), self.recurring(catch_up=2, jitter=SECOND, after_crash=AfterCrash.SKIP)
        await self.store.declare_workers(host, [said])
        await self.pass_time(HOUR)

        tick = await self.due_tick(host)

        assert tick == DueTick(
            name="report",
            place="",
            fence=tick.fence,
            revision=tick.revision,
            schedule=EVERY_HOUR,
            next_at=said.first_at,
            is_triggered=False,
            lost_count=0,
            tick_count=0,
            catch_up=2,
            jitter=SECOND,
            after_crash=AfterCrash.SKIP,
            job=said.job,
        )

    async def test_the_earliest_due_comes_first_and_no_more_than_asked_for(self) -> None:
        host = await self.new_host()
        for name, minutes in (("c", 1), ("a", 3), ("b", 2), ("later", 90)):
            await self.declared(host, name, first_at=self.later(minutes * MINUTE))
        later = self.later(90 * MINUTE)
        await self.pass_time(HOUR)

        assert await self.due(host) == ["c", "b", "a"]
        assert await self.due(host, 2) == ["c", "b"]
        assert await self.store.due_ticks(host, 0) == self.nothing_due(later)

    async def test_with_nothing_planned_there_is_nothing_to_wait_for(self) -> None:
        host = await self.declared(first_at=None)

        assert await self.store.due_ticks(host, ENOUGH) == self.nothing_due(None)

    async def test_a_host_runs_what_it_declared_what_is_its_own_and_what_people_put_there(self) -> None:
        host, other = await self.new_host(), await self.new_host()
        first_at = self.later(timedelta(0))
        for each in (host, other):
            await self.declared(each, f"of {'host' if each == host else 'other'}", first_at=first_at)
            await self.declared(each, "own", place=each, first_at=first_at)
        await self.store.put_recurring(self.recurring("put", first_at=first_at))

        assert [(tick.name, tick.place) for tick in (await self.store.due_ticks(host, ENOUGH)).ticks] == [
            ("of host", ""),
            ("own", host),
            ("put", ""),
        ]

    async def test_the_next_moment_is_one_of_what_the_host_may_run(self) -> None:
        host, other = await self.new_host(), await self.new_host()
        await self.declared(other, "theirs", first_at=self.later(SECOND))
        await self.declared(host, "mine", first_at=self.later(MINUTE))

        assert (await self.store.due_ticks(host, ENOUGH)).next_at == self.later(MINUTE)

    # -- claimed

    @pytest.mark.guide(7)
    async def test_a_tick_that_begins_belongs_to_one_host(self) -> None:
        first, second = await self.declared(), await self.declared()
        await self.pass_time(HOUR)
        claim = self.claim(await self.due_tick(first))

        assert await self.store.claim_ticks(first, [claim]) == [True]
        assert await self.store.claim_ticks(second, [claim]) == [False]

        found = await self.row()
        assert (found.host, found.claimed_at) == (first, self.clock.now())
        assert await self.store.ticks_of(first) == [
            RunningTick("press.refill", "", claim.fence + 1, self.clock.now(), self.clock.now(), False)
        ]
        assert await self.store.ticks_of(second) == []
        assert await self.due(first) == await self.due(second) == []

    async def test_two_claims_of_one_row_in_a_batch_begin_one_tick(self) -> None:
        host = await self.declared()
        await self.pass_time(HOUR)
        claim = self.claim(await self.due_tick(host))

        assert await self.store.claim_ticks(host, [claim, claim]) == [True, False]

    async def test_two_stores_on_one_place_begin_a_tick_once(self) -> None:
        beside = await self.open_store()
        first, second = await self.declared(), await self.declared()
        await self.pass_time(HOUR)
        (tick,) = (await beside.due_ticks(second, ENOUGH)).ticks

        assert await self.store.claim_ticks(first, [self.claim(tick)]) == [True]
        assert await beside.claim_ticks(second, [self.claim(tick)]) == [False]

    async def test_a_batch_answers_for_each_claim(self) -> None:
        host = await self.new_host()
        await self.store.declare_workers(
            host, [self.declaration(name, first_at=self.clock.now()) for name in ("a", "b", "c")]
        )
        a, b, c = (self.claim(tick) for tick in (await self.store.due_ticks(host, ENOUGH)).ticks)

        assert await self.store.claim_ticks(host, [a, replace(b, fence=77), replace(c, name="d"), c]) == [
            True, False, False, True,
        ]  # fmt: skip
        assert [name for name, *_ in await self.store.ticks_of(host)] == ["a", "c"]
        assert await self.store.claim_ticks(host, []) == []

    async def test_only_a_live_host_that_is_not_stopping_begins_ticks(self) -> None:
        stopping, lapsed = await self.declared(), await self.new_host(lease=LEASE)
        await self.store.mark_stopping(stopping)
        await self.pass_time(HOUR)
        claim = self.claim(await self.due_tick(stopping))

        for host in (stopping, lapsed, new_host_id()):
            assert await self.store.claim_ticks(host, [claim]) == [False]

    async def test_what_was_paused_after_it_was_read_does_not_begin(self) -> None:
        host = await self.declared()
        await self.pass_time(HOUR)
        claim = self.claim(await self.due_tick(host))
        await self.store.pause_worker("press.refill")

        assert await self.store.claim_ticks(host, [claim]) == [False]

        await self.store.resume_worker("press.refill", self.later(MINUTE))
        assert await self.store.claim_ticks(host, [claim]) == [False]

    async def test_what_was_planned_anew_after_it_was_read_does_not_begin(self) -> None:
        host = await self.declared()
        await self.pass_time(HOUR)
        claim = self.claim(await self.due_tick(host))
        await self.store.reschedule_worker("press.refill", EVERY_MINUTE, claim.planned_at)
        assert await self.store.claim_ticks(host, [claim]) == [False]

        claim = self.claim(await self.due_tick(host))
        await self.store.reschedule_worker("press.refill", None, claim.planned_at)
        await self.declared(host, schedule=EVERY_MINUTE, first_at=claim.planned_at)
        assert await self.store.claim_ticks(host, [claim]) == [False]

    async def test_a_trigger_after_it_was_read_is_no_hindrance_and_comes_next(self) -> None:
        host = await self.declared()
        await self.pass_time(HOUR)
        claim = self.claim(await self.due_tick(host))
        await self.store.trigger_worker("press.refill")

        assert await self.store.claim_ticks(host, [claim]) == [True]
        assert await self.end(host, claim) is SettleAnswer.ACCEPTED

        assert (await self.due_tick(host)).is_triggered

    # -- without a tick

    async def test_the_plan_goes_on_without_a_tick_and_what_was_missed_leaves_one_record(self) -> None:
        host = await self.declared()
        await self.pass_time(5 * HOUR)
        tick, now = await self.due_tick(host), self.clock.now()
        missed = MissedTicks(now - 4 * HOUR, now, 5)
        claim = self.claim(tick, planned_at=None, missed=missed, next_at=now + HOUR, due_at=now + HOUR + SECOND)

        assert await self.store.claim_ticks(host, [claim, claim]) == [True, False]

        found = await self.row()
        assert (found.next_at, found.host, found.tick_count, found.last_outcome) == (now + HOUR, None, 0, None)
        assert await self.store.due_ticks(host, ENOUGH) == self.nothing_due(now + HOUR + SECOND)
        assert await self.store.tick_records("press.refill", ENOUGH) == [
            TickRecord(
                worker="press.refill",
                place="",
                outcome=TickOutcome.MISSED,
                planned_at=now - 4 * HOUR,
                planned_until=now,
                count=5,
                ended_at=now,
            )
        ]

    async def test_a_plan_may_come_to_its_end_without_a_tick(self) -> None:
        host = await self.declared()
        await self.pass_time(HOUR)
        claim = self.claim(await self.due_tick(host), planned_at=None, next_at=None)

        assert await self.store.claim_ticks(host, [claim]) == [True]

        assert await self.store.due_ticks(host, ENOUGH) == self.nothing_due(None)

    async def test_a_tick_may_begin_beside_missed_ones(self) -> None:
        host = await self.declared()
        await self.pass_time(3 * HOUR)
        now = self.clock.now()

        claim = await self.begun(host, planned_at=now, missed=MissedTicks(now - 2 * HOUR, now - HOUR, 2))

        assert await self.end(host, claim) is SettleAnswer.ACCEPTED
        assert await self.outcomes() == [TickOutcome.SUCCEEDED, TickOutcome.MISSED]

    async def test_a_claim_that_does_not_hold_leaves_no_record(self) -> None:
        host = await self.declared()
        await self.pass_time(HOUR)
        now = self.clock.now()
        claim = self.claim(await self.due_tick(host), missed=MissedTicks(now, now, 1))

        assert await self.store.claim_ticks(host, [replace(claim, fence=claim.fence + 9)]) == [False]

        assert await self.outcomes() == []
