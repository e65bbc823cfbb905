"""What was measured: parts are put there and added up, in sums that are kept for as long as they are coarse."""

from datetime import datetime, timedelta
from typing import Any

from dawam.measures.compacting import FINEST, WINDOWS, floor
from dawam.measures.record import MERGED, Measure, summed
from dawam.measures.spread import Spread
from dawam.testing.conformance.stores.bench import DAY, HOUR, MINUTE, SECOND, Bench

_ALL = 1_000


class Measuring(Bench):
    """`MeasureStore`."""

    def part(self, number: int = 1, *, name: str = "orders.receipt", queue: str = "default", **more: Any) -> Measure:
        """One that a host puts there now: an attempt that had waited for a second and ran for a minute."""
        waits, runs = Spread(), Spread()
        waits.add(SECOND)
        runs.add(MINUTE)
        fields: dict[str, Any] = {"succeeded": 1, "part": f"host {number}", "waits": waits, "runs": runs, **more}
        return Measure(at=floor(self.clock.now(), FINEST), span=FINEST, name=name, queue=queue, **fields)

    async def kept(self, span: timedelta = FINEST, **chosen: str) -> list[Measure]:
        return await self.store.measures(span, self.clock.now() - 1_000 * DAY, self.clock.now() + DAY, **chosen)

    async def merged(self) -> list[Measure]:
        """What is there when the minute is over, and all that can be added up has been."""
        await self.pass_time(MINUTE)
        while await self.store.merge_measures(_ALL):
            pass
        return await self.kept()

    async def test_parts_are_there_as_they_were_put_oldest_first(self) -> None:
        first = self.part(1, failed=2, retried=3, cancelled=4)
        await self.pass_time(MINUTE)
        second = self.part(2, name="orders.ship")
        await self.store.keep_measures([second])
        await self.store.keep_measures([first])
        assert await self.kept() == [first, second]

    async def test_the_same_part_again_changes_nothing(self) -> None:
        await self.store.keep_measures([self.part()])
        await self.store.keep_measures([self.part(), self.part(2)])
        assert [each.part for each in await self.kept()] == ["host 1", "host 2"]

    async def test_some_are_chosen_by_name_by_queue_and_by_time(self) -> None:
        early = self.part(1, name="orders.ship", queue="mail")
        await self.pass_time(2 * MINUTE)
        late = self.part(2, name="orders.ship")
        await self.store.keep_measures([early, late, self.part(3)])
        assert await self.kept(name="orders.ship") == [early, late]
        assert await self.kept(queue="mail") == [early]
        assert await self.kept(name="orders.ship", queue="default") == [late]
        assert await self.store.measures(FINEST, early.at, late.at) == [early]
        assert await self.store.measures(FINEST, late.at, late.at) == []

    async def test_parts_of_one_name_in_one_queue_are_added_up(self) -> None:
        parts = [self.part(number, failed=number) for number in range(5)]
        others = [self.part(6, name="orders.ship"), self.part(7, queue="mail")]
        await self.store.keep_measures([*parts, *others])
        found = await self.merged()
        assert await self.kept(name="orders.receipt", queue="default") == [summed(parts)]
        assert len(found) == 3
        assert {each.part for each in found} == {MERGED}

    async def test_a_minute_that_is_not_over_is_not_added_up(self) -> None:
        await self.store.keep_measures([self.part(1), self.part(2)])
        assert await self.store.merge_measures(_ALL) == 0
        assert [each.part for each in await self.kept()] == ["host 1", "host 2"]
        await self.pass_time(MINUTE)
        assert await self.store.merge_measures(_ALL) == 2

    async def test_a_part_that_comes_later_is_added_to_the_sum(self) -> None:
        parts = [self.part(number) for number in range(3)]
        await self.pass_time(MINUTE)
        for part in parts:
            await self.store.keep_measures([part])
            assert await self.store.merge_measures(_ALL) == 1
        assert await self.kept() == [summed(parts)]

    async def test_where_nothing_is_to_be_added_up_nothing_is_done(self) -> None:
        assert await self.store.merge_measures(_ALL) == 0
        await self.store.keep_measures([self.part()])
        await self.pass_time(MINUTE)
        assert await self.store.merge_measures(0) == 0
        assert await self.store.merge_measures(_ALL) == 1
        assert await self.store.merge_measures(_ALL) == 0

    async def test_no_more_is_added_up_at_once_than_was_said(self) -> None:
        await self.store.keep_measures([self.part(number) for number in range(5)])
        await self.pass_time(MINUTE)
        assert [await self.store.merge_measures(2) for _ in range(4)] == [2, 2, 1, 0]
        assert [each.succeeded for each in await self.kept()] == [5]

    async def test_errors_are_counted_and_the_fullest_a_queue_was_is_kept(self) -> None:
        first = self.part(1, errors={"a": 2, "b": 1}, due=7, oldest=MINUTE)
        second = self.part(2, errors={"a": 3}, due=5, oldest=HOUR)
        await self.store.keep_measures([first, second])
        assert await self.kept() == [first, second]
        [found] = await self.merged()
        assert found.errors == {"a": 5, "b": 1}
        assert (found.due, found.oldest) == (7, HOUR)

    async def test_sums_of_each_span_say_the_same_for_as_long_as_they_are_kept(self) -> None:
        parts = list[Measure]()
        for number in range(20):
            parts.append(self.part(number))
            await self.store.keep_measures(parts[-1:])
            await self.pass_time(3 * MINUTE)
        begin = parts[0].at
        await self.merged()
        for number, window in enumerate(WINDOWS):
            for each in WINDOWS[number:]:
                found = await self.kept(each.span)
                assert {sum_.span for sum_ in found} == {each.span}
                assert sum(sum_.succeeded for sum_ in found) == sum(sum_.runs.count for sum_ in found) == len(parts)
                assert [sum_.at for sum_ in found] == _floors([part.at for part in parts], each.span)
            await self.pass_time(begin + window.kept - self.clock.now() + DAY)
            await self.merged()
            assert await self.kept(window.span) == []

    async def test_what_comes_much_too_late_goes_where_it_belongs(self) -> None:
        late = self.part()
        await self.pass_time(3 * HOUR)
        await self.store.keep_measures([late])
        assert await self.merged() == []
        [found] = await self.kept(WINDOWS[1].span)
        assert (found.span, found.at, found.count) == (WINDOWS[1].span, floor(late.at, WINDOWS[1].span), 1)

    async def test_those_of_another_application_are_neither_seen_nor_added_up(self) -> None:
        bakery = await self.open_store(application="bakery")
        await bakery.keep_measures([self.part()])
        await self.pass_time(MINUTE)
        assert await self.kept() == []
        assert await self.store.merge_measures(_ALL) == 0
        assert await bakery.merge_measures(_ALL) == 1


def _floors(moments: list[datetime], span: timedelta) -> list[datetime]:
    return sorted({floor(moment, span) for moment in moments})
