"""`declare_workers`, `withdraw_workers`, `needs_declaring` and `forget_workers`: which workers code has."""

from datetime import timedelta

from dawam.ids import new_host_id
from dawam.jobs.outcome import SettleAnswer
from dawam.testing.conformance.stores.bench import DAY, HOUR, LEASE, MINUTE, SECOND
from dawam.testing.conformance.stores.worker_bench import EVERY_HOUR, EVERY_MINUTE, WorkerBench
from dawam.workers.record import AfterCrash, WorkerInfo


class Declaring(WorkerBench):
    """`TickClaimer`, as far as it is about code."""

    # -- declared

    async def test_a_new_worker_is_seen_as_it_was_declared(self) -> None:
        host = await self.new_host()
        said = self.recurring(
            catch_up=3, jitter=timedelta(microseconds=7), after_crash=AfterCrash.SKIP, first_at=self.later(DAY)
        )

        await self.store.declare_workers(host, [said])

        assert await self.row("report") == WorkerInfo(
            name="report",
            place="",
            schedule=EVERY_HOUR,
            declared_schedule=EVERY_HOUR,
            is_stored=False,
            is_paused=False,
            is_triggered=False,
            catch_up=3,
            jitter=timedelta(microseconds=7),
            after_crash=AfterCrash.SKIP,
            next_at=said.first_at,
            host=None,
            claimed_at=None,
            declared_by=(host,),
            tick_count=0,
            failure_count=0,
            last_outcome=None,
            last_planned_at=None,
            last_started_at=None,
            last_ended_at=None,
            last_error=None,
            job=said.job,
        )

    async def test_declaring_again_changes_nothing(self) -> None:
        host = await self.declared()
        await self.pass_time(HOUR)
        await self.ticked(host, next_at=self.later(MINUTE))
        before = await self.row()

        await self.declared(host)

        assert await self.row() == before

    async def test_a_host_that_is_not_registered_declares_nothing(self) -> None:
        await self.declared(new_host_id())

        assert await self.store.workers(10) == []

    async def test_of_two_declarations_of_one_name_the_later_one_counts(self) -> None:
        host = await self.new_host()

        await self.store.declare_workers(host, [self.declaration(), self.declaration(schedule=EVERY_MINUTE)])

        assert (await self.row()).schedule == EVERY_MINUTE

    async def test_what_a_host_does_not_name_again_stays_declared(self) -> None:
        host = await self.declared(name="press.refill")
        await self.declared(host, name="press.clean")

        assert [(each.name, each.declared_by) for each in await self.store.workers(10)] == [
            ("press.clean", (host,)),
            ("press.refill", (host,)),
        ]

    async def test_every_host_may_have_a_row_of_its_own(self) -> None:
        hosts = sorted([await self.new_host(), await self.new_host()])
        for host in hosts:
            await self.declared(host, place=host)

        assert [(each.place, each.declared_by) for each in await self.store.worker("press.refill")] == [
            (host, (host,)) for host in hosts
        ]

    async def test_a_worker_that_is_never_planned_is_never_due(self) -> None:
        host = await self.declared(first_at=None)
        await self.pass_time(DAY)

        assert (await self.row()).next_at is None
        assert await self.due(host) == []

    # -- another definition

    async def test_a_definition_that_was_never_seen_holds_at_once(self) -> None:
        old, new = await self.declared(), await self.new_host()

        await self.declared(new, schedule=EVERY_MINUTE, first_at=self.later(MINUTE))

        found = await self.row()
        assert (found.schedule, found.next_at) == (EVERY_MINUTE, self.later(MINUTE))
        assert set(found.declared_by) == {old, new}

    async def test_the_earlier_definition_does_not_come_back_while_a_live_host_has_the_later_one(self) -> None:
        old, new = await self.declared(), await self.new_host()
        await self.declared(new, schedule=EVERY_MINUTE)

        await self.declared(old)
        await self.declared(await self.new_host())

        assert (await self.row()).schedule == EVERY_MINUTE
        assert not await self.store.needs_declaring(old)

    async def test_the_earlier_definition_comes_back_when_the_last_host_with_the_later_one_is_gone(self) -> None:
        old, new = await self.declared(), await self.new_host()
        await self.declared(new, schedule=EVERY_MINUTE)
        await self.store.give_up(new)
        assert await self.store.needs_declaring(old)

        await self.declared(old, first_at=self.later(2 * HOUR))

        found = await self.row()
        assert (found.schedule, found.next_at) == (EVERY_HOUR, self.later(2 * HOUR))
        assert not await self.store.needs_declaring(old)

    async def test_a_host_that_is_alone_may_go_back_to_its_earlier_definition(self) -> None:
        host = await self.declared()
        await self.declared(host, schedule=EVERY_MINUTE)

        await self.declared(host)

        assert (await self.row()).schedule == EVERY_HOUR

    async def test_a_host_whose_lease_lapsed_does_not_hold_its_definition(self) -> None:
        old, new = await self.declared(), await self.new_host(lease=LEASE)
        await self.declared(new, schedule=EVERY_MINUTE)
        await self.lapse()

        assert await self.store.needs_declaring(old)
        await self.declared(old)

        assert (await self.row()).schedule == EVERY_HOUR

    async def test_the_plan_stays_where_the_schedule_does(self) -> None:
        host = await self.declared(first_at=self.later(MINUTE))
        planned = (await self.row()).next_at

        await self.declared(host, catch_up=5, first_at=self.later(HOUR))

        found = await self.row()
        assert (found.catch_up, found.next_at) == (5, planned)

    async def test_another_definition_changes_nothing_else_of_the_row(self) -> None:
        host = await self.declared()
        await self.pass_time(HOUR)
        await self.ticked(host)
        await self.store.pause_worker("press.refill")
        before = await self.row()

        await self.declared(host, schedule=EVERY_MINUTE)

        after = await self.row()
        assert (after.is_paused, after.tick_count, after.last_ended_at) == (True, 1, before.last_ended_at)
        assert after.schedule == EVERY_MINUTE

    async def test_a_declaration_during_a_tick_makes_a_plan_that_the_tick_leaves(self) -> None:
        host, claim = await self.ticking()
        await self.declared(host, schedule=EVERY_MINUTE, first_at=self.later(MINUTE))

        assert await self.end(host, claim, next_at=self.later(DAY)) is SettleAnswer.ACCEPTED

        assert (await self.row()).next_at == self.later(MINUTE)

    # -- at the start

    async def test_a_worker_that_runs_on_start_is_triggered_by_the_first_host_only(self) -> None:
        first = await self.declared(run_on_start=True)
        assert (await self.row()).is_triggered
        await self.ticked(first)

        await self.declared(await self.new_host(), run_on_start=True)
        await self.declared(first, run_on_start=True)

        assert not (await self.row()).is_triggered

    async def test_a_worker_that_runs_on_start_is_triggered_again_when_all_hosts_were_gone(self) -> None:
        first = await self.declared(run_on_start=True)
        await self.ticked(first)
        planned = (await self.row()).next_at
        await self.store.give_up(first)

        second = await self.declared(run_on_start=True, first_at=self.later(DAY))

        found = await self.row()
        assert (found.is_triggered, found.next_at) == (True, planned)
        assert await self.due(second) == ["press.refill"]

    # -- withdrawn

    async def test_a_row_that_the_last_host_withdraws_is_deleted_with_its_records(self) -> None:
        first, second = await self.declared(), await self.declared()
        await self.pass_time(HOUR)
        await self.ticked(first)

        await self.store.withdraw_workers(first, ["press.refill"])
        assert (await self.row()).declared_by == (second,)
        await self.store.withdraw_workers(second, ["press.refill", "press.unknown"])

        assert await self.store.worker("press.refill") == []
        assert await self.store.tick_records("press.refill", 10) == []
        assert not await self.store.needs_declaring(second)

    async def test_what_a_host_never_declared_it_cannot_withdraw(self) -> None:
        await self.declared()

        await self.store.withdraw_workers(await self.new_host(), ["press.refill"])

        assert await self.row()

    async def test_a_tick_of_a_row_that_was_withdrawn_finds_nothing_to_settle(self) -> None:
        host, claim = await self.ticking()
        follow_up = self.new_job()
        await self.store.withdraw_workers(host, ["press.refill"])

        assert await self.end(host, claim, new_jobs=(follow_up,)) is SettleAnswer.LOST

        assert await self.store.get(follow_up.id) is None

    async def test_a_row_that_comes_back_never_hands_out_a_fence_again(self) -> None:
        host, old = await self.ticking()
        await self.store.withdraw_workers(host, ["press.refill"])
        _, new = await self.ticking(host)

        assert await self.end(host, old) is SettleAnswer.LOST
        assert new.fence > old.fence
        assert await self.end(host, new) is SettleAnswer.ACCEPTED

    # -- needed

    async def test_a_row_that_a_person_removed_is_to_be_declared_again(self) -> None:
        host = await self.declared()
        assert not await self.store.needs_declaring(host)
        await self.store.remove_worker("press.refill")
        assert await self.store.needs_declaring(host)

        await self.declared(host)

        assert not await self.store.needs_declaring(host)
        assert not await self.store.needs_declaring(new_host_id())

    # -- forgotten

    async def test_what_no_live_host_declares_is_forgotten_after_a_while(self) -> None:
        gone, host = await self.declared(name="press.old"), await self.declared(name="press.refill")
        await self.store.give_up(gone)

        assert await self.store.forget_workers(HOUR) == 0
        await self.pass_time(HOUR - SECOND)
        assert await self.store.forget_workers(HOUR) == 0
        await self.pass_time(SECOND)
        assert await self.store.forget_workers(HOUR) == 1

        assert [each.name for each in await self.store.workers(10)] == ["press.refill"]
        assert (await self.row()).declared_by == (host,)

    async def test_the_while_counts_anew_when_somebody_declared_it_meanwhile(self) -> None:
        await self.store.give_up(await self.declared())
        await self.store.forget_workers(HOUR)
        await self.pass_time(HOUR)
        await self.store.give_up(await self.declared())

        assert await self.store.forget_workers(HOUR) == 0
        await self.pass_time(HOUR)
        assert await self.store.forget_workers(HOUR) == 1

    async def test_a_host_that_comes_back_to_life_keeps_its_workers(self) -> None:
        host = await self.new_host(lease=LEASE)
        await self.declared(host)
        await self.lapse()
        assert await self.store.forget_workers(HOUR) == 0
        await self.store.register(self.host_info(), LEASE)
        link = self.store.heartbeat_link(host)
        assert link.extend(DAY)
        link.close()
        assert await self.store.forget_workers(HOUR) == 0
        await self.pass_time(2 * HOUR)

        assert await self.store.forget_workers(HOUR) == 0

        assert await self.row()

    async def test_a_row_with_a_running_tick_is_not_forgotten(self) -> None:
        host, claim = await self.ticking()
        other = await self.new_host()
        await self.declared(other, place=other)
        await self.store.declare_workers(host, [self.declaration(place=host)])
        await self.store.forget_workers(timedelta(0))

        assert await self.store.forget_workers(timedelta(0)) == 0

        assert await self.end(host, claim) is SettleAnswer.ACCEPTED
        assert await self.store.forget_workers(timedelta(0)) == 1

    async def test_records_of_hosts_own_workers_outlive_them_until_they_are_forgotten(self) -> None:
        host = await self.new_host()
        await self.ticking(host, place=host)
        await self.store.give_up(host)
        assert len(await self.store.tick_records("press.refill", 10)) == 1

        await self.store.forget_workers(HOUR)
        assert len(await self.store.tick_records("press.refill", 10)) == 1
        await self.pass_time(HOUR + SECOND)
        await self.store.forget_workers(HOUR)

        assert await self.store.tick_records("press.refill", 10) == []

    async def test_what_people_put_there_is_never_forgotten(self) -> None:
        await self.store.put_recurring(self.recurring())
        await self.store.forget_workers(timedelta(0))

        assert await self.store.forget_workers(timedelta(0)) == 0

        assert await self.row("report")
