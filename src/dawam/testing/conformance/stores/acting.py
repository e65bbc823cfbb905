"""The record of what people did by hand: it is there before anything is done, and says how it went."""

from typing import Any
from uuid import UUID

from dawam.ids import new_id
from dawam.jobs.priority import Priority
from dawam.jobs.state import JobState
from dawam.stores.actions import KEPT, Action
from dawam.stores.values import ArgsMatch, JobFilter
from dawam.testing.conformance.stores.bench import DAY, HOUR, MINUTE, SECOND, Bench


class Acting(Bench):
    """`ActionStore`."""

    async def acted(self, **more: Any) -> Action:
        """Amal begins to retry something."""
        now = self.clock.now()
        fields: dict[str, Any] = {"by": "amal", "via": "dashboard", "verb": "retry", "subject": "job 1", **more}
        action = Action(id=new_id(), asked_at=now, told_at=now, **fields)
        await self.store.begin_action(action)
        return action

    async def known(self, action: Action) -> Action:
        found = await self.store.action(action.id)
        assert found is not None
        return found

    async def action_ids(self, limit: int = 10, after: UUID | None = None, **chosen: bool) -> list[UUID]:
        return [each.id for each in await self.store.actions(limit, after, **chosen)]

    async def test_what_was_begun_is_there_whole(self) -> None:
        chosen = JobFilter(
            states=frozenset({JobState.FAILED, JobState.WAITING}), queue="mail", priority=Priority.HIGH, took=MINUTE,
            args=ArgsMatch("customer.id", "12"), created_from=self.clock.now(),
        )  # fmt: skip
        action = await self.acted(subject="", chosen=chosen, reason="ticket 12", total=100_000)
        assert await self.known(action) == action
        await self.store.begin_action(action)
        assert await self.store.actions(10) == [action]
        assert await self.store.action(new_id()) is None

    async def test_it_says_how_far_it_is_and_how_it_ended(self) -> None:
        action = await self.acted(total=10)
        await self.pass_time(SECOND)
        assert await self.store.tell_action(action.id, total=12, done=5, changed=4)
        under_way = await self.known(action)
        assert (under_way.total, under_way.done, under_way.changed) == (12, 5, 4)
        assert (under_way.told_at, under_way.ended_at) == (self.clock.now(), None)
        await self.pass_time(SECOND)
        await self.store.end_action(action.id, "done", done=12, changed=11)
        over = await self.known(action)
        assert (over.outcome, over.done, over.changed, over.ended_at) == ("done", 12, 11, self.clock.now())

    async def test_whoever_goes_on_with_it_hears_that_the_rest_is_to_be_left(self) -> None:
        action = await self.acted()
        assert await self.store.stop_action(action.id)
        assert not await self.store.tell_action(action.id, total=None, done=5, changed=4)
        assert (await self.known(action)).is_stopping
        await self.store.end_action(action.id, "stopped", done=5, changed=4)
        assert not await self.store.stop_action(action.id)
        assert not await self.store.stop_action(new_id())
        assert not await self.store.tell_action(new_id(), total=None, done=1, changed=1)

    async def test_the_newest_come_first_page_by_page(self) -> None:
        first, second, third = [await self.acted() for _ in range(3)]
        assert await self.action_ids() == [third.id, second.id, first.id]
        assert await self.action_ids(2) == [third.id, second.id]
        assert await self.action_ids(2, second.id) == [first.id]
        await self.store.end_action(second.id, "done", done=0, changed=0)
        assert await self.action_ids(under_way=True) == [third.id, first.id]

    async def test_nobody_goes_on_with_what_was_not_heard_of_for_long(self) -> None:
        action = await self.acted()
        assert not action.is_silent(self.clock.now())
        assert action.is_silent(self.clock.now() + MINUTE)
        await self.store.end_action(action.id, "done", done=0, changed=0)
        assert not (await self.known(action)).is_silent(self.clock.now() + MINUTE)

    async def test_what_was_done_long_ago_is_forgotten(self) -> None:
        await self.acted()
        await self.pass_time(KEPT - HOUR)
        middle = await self.acted()
        assert len(await self.action_ids()) == 2
        await self.pass_time(DAY)
        last = await self.acted()
        assert await self.action_ids() == [last.id, middle.id]

    async def test_what_was_done_in_another_application_is_not_seen(self) -> None:
        action = await self.acted()
        bakery = await self.open_store(application="bakery")
        assert await bakery.actions(10) == []
        assert await bakery.action(action.id) is None
        assert not await bakery.stop_action(action.id)
