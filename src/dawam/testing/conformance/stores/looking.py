"""Lists and passes by parts: whoever looks at so many jobs and goes on finds what a look at all of them finds."""

from uuid import UUID

import pytest

from dawam.jobs.outcome import Parked, Succeeded
from dawam.jobs.priority import Priority
from dawam.jobs.state import JobState, StoredState
from dawam.stores.looks import Bookmark
from dawam.stores.values import ArgsMatch, JobChange, JobFilter
from dawam.testing.conformance.stores.bench import HOUR, MINUTE, SECOND, Bench

EVERYTHING = JobFilter()
FAILED = JobFilter(states=frozenset({JobState.FAILED}))
FILTERS = [
    EVERYTHING,
    FAILED,
    JobFilter(states=frozenset({JobState.WAITING}), queue="mail"),
    JobFilter(args=ArgsMatch("order", "7")),
    JobFilter(name="nobody"),
    JobFilter(fingerprint="0123456789abcdef"),
    JobFilter(attempts_from=1, error="paper"),
]


class Looking(Bench):
    """`JobReader.look`, `ids` and `count`, with `within` and bookmarks."""

    async def some_of_everything(self) -> None:
        for _ in range(4):
            await self.finished(self.failed(), args=b'{"order":7}')
            await self.pass_time(SECOND)
            await self.finished(Succeeded())
        parked = await self.running()
        await self.settle(parked, Parked("unknown"))
        await self.running()
        for index in range(12):
            due_in = (HOUR + index * MINUTE) if index % 4 == 0 else -index * SECOND
            queue, priority = ("mail", "print", "default")[index % 3], list(Priority)[index % 5]
            await self.added(due_in=due_in, queue=queue, priority=priority)
        await self.added(args=b'{"order":7}')

    async def found(self, chosen: JobFilter, within: int, limit: int = 3) -> list[UUID]:
        """The jobs of a list, look by look."""
        look = await self.store.look(chosen, limit, None, within)
        found, looks = [job.id for job in look.jobs], 1
        while look.bookmark is not None:
            assert looks < 200, "it comes to no end"
            look = await self.store.look(chosen, limit, Bookmark.of_text(look.bookmark.to_text()), within)
            found += [job.id for job in look.jobs]
            looks += 1
        return found

    @pytest.mark.parametrize("within", [1, 2, 5, 1_000])
    async def test_looks_together_are_the_whole_list_in_its_order(self, within: int) -> None:
        await self.some_of_everything()
        for chosen in FILTERS:
            assert await self.found(chosen, within) == [job.id for job in await self.listed(chosen)], chosen

    async def test_a_look_in_vain_ends_soon_and_says_where_it_was(self) -> None:
        for _ in range(20):
            await self.added()
        wanted = await self.added(tags=("wanted",))

        look = await self.store.look(JobFilter(tag="wanted"), 10, None, 5)

        assert look.jobs == []
        assert look.bookmark is not None
        assert await self.found(JobFilter(tag="wanted"), 5) == [wanted]

    async def test_a_list_goes_on_where_it_was_though_that_job_has_moved_or_is_gone(self) -> None:
        jobs = [await self.added() for _ in range(6)]
        first = await self.store.look(EVERYTHING, 2)
        await self.store.delete(jobs[1])
        await self.claimed()

        second = await self.store.look(EVERYTHING, 3, first.bookmark)

        assert [job.id for job in first.jobs + second.jobs] == jobs[:5]

    @pytest.mark.parametrize(
        "text",
        ["nowhere.0.0.0.00000000000000000000000000000001", "due.0.00000000000000000000000000000001", "due.0.0.0.-"],
    )
    async def test_a_bookmark_that_no_list_made_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match="no place in a list"):
            await self.store.look(EVERYTHING, 10, Bookmark.of_text(text))

    @pytest.mark.parametrize("within", [1, 3, None])
    async def test_a_pass_meets_each_job_that_is_meant_once(self, within: int | None) -> None:
        await self.some_of_everything()
        for chosen in FILTERS:
            meant = sorted(job.id for job in await self.listed(chosen))
            assert sorted(await self.passed(chosen, 2, within)) == meant, chosen
            assert await self.counted(chosen, within) == len(meant), chosen

    async def test_a_pass_meets_no_job_again_that_has_moved_meanwhile(self) -> None:
        failed = [await self.finished(self.failed()) for _ in range(3)]
        waiting = [await self.added(due_in=HOUR + index * MINUTE) for index in range(3)]
        look = await self.store.ids(EVERYTHING, 1)
        met = [*look.ids]
        for _ in range(20):
            for job_id in look.ids:
                await self._change(job_id)
            if look.bookmark is None:
                break
            look = await self.store.ids(EVERYTHING, 1, look.bookmark)
            met += look.ids

        assert sorted(met) == sorted([*waiting, *failed])
        assert look.bookmark is None

    async def _change(self, job_id: UUID) -> None:
        """A waiting job moves away; a failed one is retried, and fails again."""
        await self.pass_time(SECOND)
        if await self.state_of(job_id) is not StoredState.FAILED:
            await self.store.change(job_id, JobChange(run_at=self.clock.now() + HOUR, priority=Priority.LOW))
            return
        await self.store.retry(job_id)
        job = await self.claimed()
        assert job.id == job_id
        await self.settle(job, self.failed())
