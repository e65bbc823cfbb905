"""The human hand on workers, and what people see of them."""

import pytest

from dawam.testing.conformance.stores.bench import DAY, HOUR, MINUTE
from dawam.testing.conformance.stores.worker_bench import ENOUGH, EVERY_HOUR, EVERY_MINUTE, WorkerBench
from dawam.workers.record import TickOutcome


class WorkerControl(WorkerBench):
    """`WorkerController` and `WorkerReader`."""

    # -- pause, resume

    async def test_a_paused_worker_is_not_due(self) -> None:
        host = await self.declared()

        assert await self.store.pause_worker("press.refill")
        await self.pass_time(DAY)

        assert (await self.row()).is_paused
        assert await self.store.due_ticks(host, ENOUGH) == self.nothing_due(None)

    async def test_a_resumed_worker_goes_on_with_the_plan_that_is_given(self) -> None:
        host = await self.declared()
        await self.store.pause_worker("press.refill")
        await self.pass_time(DAY)

        assert await self.store.resume_worker("press.refill", self.later(MINUTE))

        found = await self.row()
        assert (found.is_paused, found.next_at) == (False, self.later(MINUTE))
        assert await self.store.due_ticks(host, ENOUGH) == self.nothing_due(self.later(MINUTE))

    async def test_resuming_what_is_not_paused_leaves_its_plan(self) -> None:
        await self.declared()
        before = await self.row()

        assert await self.store.resume_worker("press.refill", self.later(DAY))

        assert await self.row() == before

    # -- trigger

    async def test_a_triggered_worker_is_due_now_and_its_plan_stays(self) -> None:
        host, planned_at = await self.declared(), self.later(HOUR)

        assert await self.store.trigger_worker("press.refill")

        tick = await self.due_tick(host)
        assert (tick.is_triggered, tick.next_at) == (True, planned_at)
        await self.ticked(host, next_at=tick.next_at, due_at=tick.next_at)
        found = await self.row()
        assert (found.is_triggered, found.next_at) == (False, planned_at)
        (record,) = await self.store.tick_records("press.refill", ENOUGH)
        assert record.is_triggered

    async def test_a_paused_worker_can_be_triggered_and_stays_paused(self) -> None:
        host = await self.declared()
        await self.store.pause_worker("press.refill")
        await self.store.trigger_worker("press.refill")

        await self.ticked(host, next_at=self.clock.now(), due_at=None)

        assert (await self.row()).is_paused
        assert await self.due(host) == []

    async def test_a_paused_worker_that_is_triggered_begins_no_planned_tick(self) -> None:
        host = await self.declared()
        await self.store.pause_worker("press.refill")
        await self.store.trigger_worker("press.refill")
        tick = await self.due_tick(host)

        assert await self.store.claim_ticks(host, [self.claim(tick, is_triggered=False)]) == [False]

    async def test_a_trigger_during_a_tick_is_one_more_after_it(self) -> None:
        host, claim = await self.ticking()
        await self.store.trigger_worker("press.refill")
        assert await self.due(host) == []

        await self.end(host, claim)

        assert (await self.due_tick(host)).is_triggered

    async def test_triggering_twice_asks_for_one_tick(self) -> None:
        host = await self.declared()
        await self.store.trigger_worker("press.refill")
        await self.store.trigger_worker("press.refill")

        await self.ticked(host)

        assert await self.due(host) == []

    async def test_a_trigger_does_not_push_a_due_worker_back_in_the_line(self) -> None:
        host = await self.new_host()
        for name in ("first", "second"):
            await self.pass_time(MINUTE)
            await self.declared(host, name, first_at=self.clock.now())
        await self.pass_time(MINUTE)

        await self.store.trigger_worker("first")

        assert await self.due(host) == ["first", "second"]

    async def test_what_is_never_planned_again_can_be_triggered(self) -> None:
        host = await self.declared(first_at=None)
        await self.store.trigger_worker("press.refill")

        tick = await self.due_tick(host)

        assert (tick.is_triggered, tick.next_at) == (True, None)

    async def test_a_trigger_that_is_not_there_cannot_be_taken(self) -> None:
        host = await self.declared()
        await self.pass_time(HOUR)
        tick = await self.due_tick(host)

        assert await self.store.claim_ticks(host, [self.claim(tick, is_triggered=True)]) == [False]

    # -- reschedule

    async def test_a_persons_schedule_holds_until_it_is_taken_away(self) -> None:
        host = await self.declared()
        assert await self.store.reschedule_worker("press.refill", EVERY_MINUTE, self.later(MINUTE))
        found = await self.row()
        assert (found.schedule, found.declared_schedule) == (EVERY_MINUTE, EVERY_HOUR)
        assert found.next_at == self.later(MINUTE)

        assert await self.store.reschedule_worker("press.refill", None, self.later(HOUR))

        found = await self.row()
        assert (found.schedule, found.next_at) == (EVERY_HOUR, self.later(HOUR))
        assert await self.store.due_ticks(host, ENOUGH) == self.nothing_due(self.later(HOUR))

    async def test_a_persons_schedule_stays_whatever_is_deployed(self) -> None:
        await self.declared()
        await self.store.reschedule_worker("press.refill", EVERY_MINUTE, self.later(MINUTE))

        await self.declared(schedule="every 1d", first_at=self.later(DAY))

        found = await self.row()
        assert (found.schedule, found.declared_schedule) == (EVERY_MINUTE, "every 1d")
        assert found.next_at == self.later(MINUTE)

    async def test_taking_away_what_no_person_chose_leaves_the_plan(self) -> None:
        await self.declared()
        before = await self.row()

        assert await self.store.reschedule_worker("press.refill", None, self.later(DAY))

        assert await self.row() == before

    async def test_what_a_person_did_holds_for_hosts_that_come_later(self) -> None:
        host = await self.new_host()
        await self.declared(host, place=host)
        await self.store.pause_worker("press.refill")
        await self.store.reschedule_worker("press.refill", EVERY_MINUTE, self.later(MINUTE))
        await self.store.give_up(host)
        assert await self.store.worker("press.refill") == []

        later = await self.new_host()
        await self.declared(later, place=later)

        found = await self.row()
        assert (found.is_paused, found.schedule, found.declared_schedule) == (True, EVERY_MINUTE, EVERY_HOUR)
        assert await self.store.due_ticks(later, ENOUGH) == self.nothing_due(None)

    async def test_what_a_person_undid_does_not_come_back(self) -> None:
        host = await self.new_host()
        await self.declared(host, place=host)
        await self.store.pause_worker("press.refill")
        await self.store.reschedule_worker("press.refill", EVERY_MINUTE, self.later(MINUTE))
        await self.store.resume_worker("press.refill", self.later(MINUTE))
        await self.store.reschedule_worker("press.refill", None, self.later(MINUTE))
        await self.store.give_up(host)

        await self.declared()

        found = await self.row()
        assert (found.is_paused, found.schedule) == (False, EVERY_HOUR)

    async def test_what_a_person_removed_comes_back_without_what_people_did_to_it(self) -> None:
        host = await self.declared()
        await self.store.pause_worker("press.refill")
        await self.store.remove_worker("press.refill")

        await self.declared(host)

        assert not (await self.row()).is_paused

    # -- every verb

    @pytest.mark.parametrize("verb", ["pause", "resume", "trigger", "reschedule", "remove"])
    async def test_a_verb_says_whether_there_is_such_a_worker(self, verb: str) -> None:
        assert not await self._asked(verb)
        await self.declared()
        assert await self._asked(verb)

    async def test_a_verb_reaches_the_rows_of_all_hosts(self) -> None:
        for host in (await self.new_host(), await self.new_host()):
            await self.declared(host, place=host)

        await self.store.pause_worker("press.refill")
        assert [each.is_paused for each in await self.store.worker("press.refill")] == [True, True]

        assert await self.store.remove_worker("press.refill")
        assert await self.store.worker("press.refill") == []

    async def _asked(self, verb: str) -> bool:
        store, name = self.store, "press.refill"
        match verb:
            case "pause":
                return await store.pause_worker(name)
            case "resume":
                return await store.resume_worker(name, None)
            case "trigger":
                return await store.trigger_worker(name)
            case "reschedule":
                return await store.reschedule_worker(name, EVERY_MINUTE, None)
            case _:
                return await store.remove_worker(name)

    # -- recurring jobs that people put there

    async def test_a_recurring_job_that_a_person_puts_there_is_run_by_any_host(self) -> None:
        said = self.recurring(first_at=self.clock.now())

        assert await self.store.put_recurring(said)

        found = await self.row("report")
        assert (found.is_stored, found.declared_by, found.job) == (True, (), said.job)
        assert (await self.due_tick(await self.new_host())).job == said.job

    async def test_putting_it_again_changes_it_and_keeps_the_plan_where_the_schedule_stays(self) -> None:
        await self.store.put_recurring(self.recurring(first_at=self.later(HOUR)))

        assert await self.store.put_recurring(self.recurring(catch_up=4, first_at=self.later(DAY)))
        found = await self.row("report")
        assert (found.catch_up, found.next_at) == (4, self.later(HOUR))

        assert await self.store.put_recurring(self.recurring(schedule=EVERY_MINUTE, first_at=self.later(MINUTE)))
        found = await self.row("report")
        assert (found.schedule, found.next_at) == (EVERY_MINUTE, self.later(MINUTE))

    async def test_what_code_declares_cannot_be_put_there_by_people(self) -> None:
        host = await self.declared(name="report")
        before = await self.row("report")
        assert not await self.store.put_recurring(self.recurring())
        assert await self.row("report") == before

        await self.store.remove_worker("report")
        assert not await self.store.put_recurring(self.recurring())
        await self.store.give_up(host)
        assert await self.store.put_recurring(self.recurring())

    async def test_what_a_person_put_there_becomes_codes_when_code_declares_it(self) -> None:
        await self.store.put_recurring(self.recurring(schedule=EVERY_MINUTE, first_at=self.later(MINUTE)))
        await self.store.pause_worker("report")

        await self.declared(name="report", first_at=self.later(HOUR))

        found = await self.row("report")
        assert (found.is_stored, found.schedule, found.job) == (False, EVERY_HOUR, None)
        assert (found.is_paused, found.next_at) == (True, self.later(HOUR))

    async def test_args_are_kept_to_the_byte(self) -> None:
        said = self.recurring()
        assert said.job is not None
        template = type(said.job)(
            name="x", args=bytes(range(256)), args_version=7, queue="q\n", priority=said.job.priority
        )

        await self.store.put_recurring(self.recurring(job=template))

        assert (await self.row("report")).job == template

    async def test_a_removed_worker_leaves_no_record(self) -> None:
        host = await self.declared(first_at=self.clock.now())
        await self.ticked(host)

        await self.store.remove_worker("press.refill")

        assert await self.store.worker("press.refill") == []
        assert await self.store.tick_records("press.refill", ENOUGH) == []

    # -- seen

    async def test_workers_are_listed_by_name_and_place_a_page_at_a_time(self) -> None:
        host = await self.new_host()
        for name, place in (("b", ""), ("a", host), ("é", ""), ("c", ""), ("B", "")):
            await self.declared(host, name, place=place)
        keys = [("B", ""), ("a", host), ("b", ""), ("c", ""), ("é", "")]

        assert [(each.name, each.place) for each in await self.store.workers(ENOUGH)] == keys
        assert [(each.name, each.place) for each in await self.store.workers(2, keys[1])] == keys[2:4]
        assert await self.store.workers(0) == []
        assert await self.store.workers(ENOUGH, ("é", "z")) == []

    async def test_records_are_read_newest_first(self) -> None:
        host = await self.declared(first_at=self.clock.now())
        await self.ticked(host, TickOutcome.FAILED, next_at=self.clock.now(), due_at=None)
        await self.ticked(host)

        assert await self.outcomes() == [TickOutcome.SUCCEEDED, TickOutcome.FAILED]
        assert [record.outcome for record in await self.store.tick_records("press.refill", 1)] == [
            TickOutcome.SUCCEEDED
        ]
        assert await self.store.tick_records("press.refill", 0) == []

    async def test_workers_of_another_application_are_neither_seen_nor_touched(self) -> None:
        bakery = await self.open_store(application="bakery")
        baker = await self.new_host(bakery)
        await bakery.declare_workers(baker, [self.declaration(first_at=self.clock.now())])
        await bakery.put_recurring(self.recurring(first_at=self.clock.now()))
        (tick,) = [each for each in (await bakery.due_ticks(baker, ENOUGH)).ticks if each.name == "press.refill"]
        await bakery.claim_ticks(baker, [self.claim(tick)])
        before = await bakery.workers(ENOUGH)

        assert await self.store.workers(ENOUGH) == []
        assert await self.due(await self.new_host()) == []
        assert await self.store.ticks_of(baker) == []
        for verb in ("pause", "resume", "trigger", "reschedule", "remove"):
            assert not await self._asked(verb)
        await self.store.give_up(baker)
        assert await self.store.forget_workers(HOUR) == 0

        assert await bakery.workers(ENOUGH) == before
        assert len(await bakery.ticks_of(baker)) == 1
