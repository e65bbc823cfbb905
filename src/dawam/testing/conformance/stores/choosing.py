"""`JobFilter`: whatever is said of the jobs that are meant, all verbs that take it mean the same ones."""

from datetime import timedelta
from uuid import UUID

import pytest

from dawam.ids import new_id
from dawam.jobs.outcome import Cancelled, ErrorDetails, Failed, Retrying, Succeeded
from dawam.jobs.priority import Priority
from dawam.jobs.state import JobState, StoredState
from dawam.stores.values import ArgsMatch, CancelAnswer, JobFilter
from dawam.testing.conformance.stores.bench import AT_ONCE, HOUR, MINUTE, SECOND, Bench

EVERYTHING = JobFilter()
FAILED = JobFilter(states=frozenset({JobState.FAILED}))
WAITING = JobFilter(states=frozenset({JobState.WAITING}))


class Choosing(Bench):
    """`JobReader.look`, `ids`, `count` and `find_ids`, and the verbs of `JobController` that take a filter."""

    async def meant(self, chosen: JobFilter) -> set[UUID]:
        """The jobs that a filter means, by each of the verbs that read."""
        listed = [job.id for job in await self.listed(chosen)]
        assert sorted(listed) == sorted(await self.passed(chosen))
        assert await self.counted(chosen) == len(listed)
        return set(listed)

    async def test_jobs_are_chosen_by_priority(self) -> None:
        high = {await self.finished(priority=Priority.HIGH), await self.added(priority=Priority.HIGH, due_in=HOUR)}
        await self.added(priority=Priority.LOW)

        assert await self.meant(JobFilter(priority=Priority.HIGH)) == high
        assert await self.meant(JobFilter(priority=Priority.ABOVE_NORMAL)) == set()

    async def test_jobs_are_chosen_by_the_host_that_runs_them_or_ran_them_last(self) -> None:
        host, other = await self.new_host(), await self.new_host()
        done, running = await self.running(host=host), await self.running(host=host)
        await self.settle(done, Succeeded())
        await self.running(host=other)
        await self.added()

        assert await self.meant(JobFilter(host=host)) == {done.id, running.id}
        assert await self.meant(JobFilter(host=host[:-1])) == set()

    async def test_jobs_are_chosen_by_a_part_of_their_last_error_letter_by_letter(self) -> None:
        failed, retrying = await self.finished(self.failed()), await self.running()
        await self.settle(retrying, self.retrying())
        await self.finished()
        await self.added()

        assert await self.meant(JobFilter(error="has no paper")) == {failed, retrying.id}
        for other in ("has no Paper", "%paper%", "no_paper"):
            assert await self.meant(JobFilter(error=other)) == set()

    async def test_jobs_are_chosen_by_one_of_their_tags(self) -> None:
        both, one = await self.added(tags=("north", "web"), due_in=HOUR), await self.finished(tags=("web",))
        await self.added(tags=("webshop",))
        await self.added()

        assert await self.meant(JobFilter(tag="web")) == {both, one}
        assert await self.meant(JobFilter(tag="north")) == {both}

    async def test_jobs_are_chosen_by_when_they_were_created_to_the_microsecond(self) -> None:
        noon, instant = self.clock.now(), timedelta(microseconds=1)
        first, second, third = [await self.added(created_at=noon + step * instant, due_in=HOUR) for step in range(3)]

        assert await self.meant(JobFilter(created_from=noon + instant)) == {second, third}
        assert await self.meant(JobFilter(created_before=noon + instant)) == {first}
        assert await self.meant(JobFilter(created_from=noon + instant, created_before=noon + 2 * instant)) == {second}

    async def test_jobs_are_chosen_by_when_they_finished_and_unfinished_ones_are_not_meant(self) -> None:
        await self.added(due_in=-HOUR, created_at=self.clock.now() - HOUR)
        early = await self.finished(self.failed(), due_in=-2 * HOUR)
        await self.pass_time(SECOND)
        bound = self.clock.now()
        late = await self.finished(due_in=-2 * HOUR)

        assert await self.meant(JobFilter(finished_before=bound)) == {early}
        assert await self.meant(JobFilter(finished_before=bound + SECOND)) == {early, late}

    async def test_jobs_are_chosen_by_the_error_by_which_they_failed(self) -> None:
        failed, others = await self.finished(Failed(self.error(1))), await self.finished(Failed(self.error(2)))
        retrying = await self.running()
        await self.settle(retrying, Retrying(self.clock.now() + HOUR, self.error(1)))
        succeeded, cancelled = await self.running(), await self.running()
        for job, outcome in ((succeeded, Succeeded()), (cancelled, Cancelled())):
            await self.settle(job, Retrying(self.clock.now(), self.error(1)))
            await self.settle(await self.claimed(), outcome)
            assert (await self.info(job.id)).fingerprint is None

        assert await self.meant(JobFilter(fingerprint=self.error(1).fingerprint)) == {failed, retrying.id}
        assert await self.meant(JobFilter(fingerprint=self.error(2).fingerprint)) == {others}
        assert (await self.info(retrying.id)).fingerprint == self.error(1).fingerprint

    async def test_a_job_that_is_retried_by_hand_keeps_its_last_error_until_there_is_another(self) -> None:
        failed = await self.finished(Failed(self.error(1)))
        await self.store.retry(failed)
        assert await self.meant(JobFilter(fingerprint=self.error(1).fingerprint)) == {failed}
        await self.settle(await self.claimed(), Failed(self.error(2)))
        assert await self.meant(JobFilter(fingerprint=self.error(2).fingerprint)) == {failed}

    @pytest.mark.parametrize(
        ("path", "value"),
        [
            ("order", "7"), ("customer.name", "Amal O'Neil"), ("customer.name", 'with "quotes"'), ("paid", "true"),
            ("note", "null"), ("items.1", "TEA"), ("items.1", "1.5"), ("by_day.1", "3"), ("order", "أمل"),
            ("customer", '{"name":"Amal"}'),
        ],
    )  # fmt: skip
    async def test_jobs_are_chosen_by_what_stands_in_their_args(self, path: str, value: str) -> None:
        everything = {
            b'{"order":7}': ("order", "7"),
            b'{"order":"8","customer":{"name":"Amal O\'Neil"}}': ("customer.name", "Amal O'Neil"),
            b'{"customer":{"name":"with \\"quotes\\""}}': ("customer.name", 'with "quotes"'),
            b'{"paid":true,"items":[1]}': ("paid", "true"),
            b'{"note":null}': ("note", "null"),
            b'{"items":["COFFEE","TEA"]}': ("items.1", "TEA"),
            b'{"items":[1,1.5]}': ("items.1", "1.5"),
            b'{"by_day":{"1":3}}': ("by_day.1", "3"),
            '{"order":"أمل"}'.encode(): ("order", "أمل"),
            b'{"customer":{"name":"Amal"}}': ("customer", '{"name":"Amal"}'),
        }
        ids = {await self.added(args=args, due_in=HOUR): match for args, match in everything.items()}
        await self.added(args=b'{"order":7}', args_encoding="sealed", due_in=HOUR)

        meant = await self.meant(JobFilter(args=ArgsMatch(path, value)))
        assert meant == {job_id for job_id, match in ids.items() if match == (path, value)}

    async def test_args_that_hold_a_nul_are_passed_over(self) -> None:
        await self.added(args=b'{"order":"\\u0000"}', due_in=HOUR)
        assert await self.meant(JobFilter(args=ArgsMatch("order", "7"))) == set()

    async def test_jobs_are_chosen_by_how_many_attempts_are_charged_to_them(self) -> None:
        twice, once = await self.running(), None
        await self.settle(twice, Retrying(self.clock.now(), self.error(1)))
        await self.settle(await self.claimed(), Retrying(self.clock.now() + HOUR, self.error(1)))
        once = await self.finished(self.failed())
        await self.added()

        assert await self.meant(JobFilter(attempts_from=2)) == {twice.id}
        assert await self.meant(JobFilter(attempts_from=1)) == {twice.id, once}

    async def test_jobs_are_chosen_by_when_they_are_due(self) -> None:
        noon = self.clock.now()
        now, later = await self.added(), await self.added(due_in=HOUR)

        assert await self.meant(JobFilter(due_from=noon + SECOND)) == {later}
        assert await self.meant(JobFilter(due_before=noon + HOUR)) == {now}
        assert await self.meant(JobFilter(due_from=noon, due_before=noon + HOUR + SECOND)) == {now, later}

    async def test_jobs_are_chosen_by_how_long_they_took(self) -> None:
        slow = await self.running()
        await self.pass_time(MINUTE)
        await self.settle(slow, Succeeded())
        quick, cancelled, running = await self.finished(), await self.added(due_in=HOUR), await self.running()
        await self.store.cancel(cancelled)
        await self.pass_time(HOUR)

        assert await self.meant(JobFilter(took=MINUTE)) == {slow.id}
        assert await self.meant(JobFilter(took=timedelta(0))) == {slow.id, quick}
        assert running.id not in await self.meant(JobFilter(took=timedelta(0)))

    async def test_finished_jobs_are_chosen_from_a_moment_on(self) -> None:
        await self.finished()
        await self.pass_time(SECOND)
        late = await self.finished()
        await self.added()

        assert await self.meant(JobFilter(finished_from=self.clock.now())) == {late}

    def error(self, number: int) -> ErrorDetails:
        return ErrorDetails("OSError", f"error {number}", "", f"{number:016x}")

    @pytest.mark.parametrize(
        "chosen",
        [
            EVERYTHING,
            WAITING,
            FAILED,
            JobFilter(name="orders.receipt", queue="mail"),
            JobFilter(error="paper", priority=Priority.NORMAL),
            JobFilter(due_only=True),
        ],
    )
    async def test_pages_of_a_filtered_list_are_together_the_whole_list(self, chosen: JobFilter) -> None:
        await self._some_of_everything()
        whole = [job.id for job in await self.listed(chosen)]
        assert len(whole) > 3

        for size in (1, 2, 5):
            paged: list[UUID] = []
            while page := await self.listed(chosen, size, paged[-1] if paged else None):
                paged += [job.id for job in page]
            assert paged == whole

    async def test_behind_a_job_that_is_gone_there_is_nothing(self) -> None:
        await self.added()

        assert await self.listed(EVERYTHING, 10, new_id()) == []

    async def test_an_id_is_found_by_how_it_begins_and_by_how_it_ends(self) -> None:
        waiting, done = await self.added(), await self.finished(priority=Priority.HIGH)

        for job_id in (waiting, done):
            assert await self.store.find_ids(job_id.hex, 10) == [job_id]
            assert await self.store.find_ids(job_id.hex[-7:], 10) == [job_id]
            assert job_id in await self.store.find_ids(job_id.hex[:7], 10)
        assert await self.store.find_ids(waiting.hex[0], 10) == sorted({waiting, done})
        assert await self.store.find_ids(waiting.hex[0], 1) == [min(waiting, done)]
        assert await self.store.find_ids(waiting.hex[1:-1], 10) == []

    async def test_all_failed_jobs_of_one_error_are_retried_and_no_others(self) -> None:
        failed = [await self.finished(self.failed()) for _ in range(3)]
        done = await self.finished(Succeeded())

        answers = await self.store.retry_chosen([*failed, done, new_id()], FAILED)

        assert answers == [True, True, True]
        assert {await self.state_of(job_id) for job_id in failed} == {StoredState.READY}
        assert await self.state_of(done) is StoredState.SUCCEEDED

    async def test_a_job_that_moved_on_since_it_was_chosen_is_left_alone(self) -> None:
        job_id = await self.added()
        chosen = await self.passed(WAITING)
        job = await self.claimed()

        assert await self.store.cancel_chosen(chosen, WAITING) == []
        assert await self.store.delete_chosen(chosen, WAITING) == []

        assert await self.state_of(job_id) is StoredState.RUNNING
        await self.settle(job, Succeeded())
        assert await self.store.retry_chosen(chosen, WAITING) == []

    async def test_chosen_jobs_are_cancelled_or_asked_to_stop_or_too_late_with_the_reason(self) -> None:
        done, running = await self.finished(), (await self.running()).id
        waiting = await self.added()

        answers = await self.store.cancel_chosen([done, running, waiting], EVERYTHING, "sold out")

        assert answers == [CancelAnswer.FINISHED, CancelAnswer.REQUESTED, CancelAnswer.CANCELLED]
        assert (await self.info(waiting)).last_error == "Cancelled: sold out"

    async def test_chosen_jobs_are_deleted_with_their_records_and_running_ones_are_not(self) -> None:
        failed, running = await self.finished(self.failed()), (await self.running()).id
        waiting = await self.added()

        assert await self.store.delete_chosen([failed, running, waiting], EVERYTHING) == [True, False, True]

        assert await self.passed(EVERYTHING) == [running]
        assert await self.store.attempts(failed) == []

    async def test_chosen_jobs_that_are_cancelled_are_not_kept_where_nothing_is(self) -> None:
        store, job_id = await self.open_store(retention=AT_ONCE), await self.added()

        assert await store.cancel_chosen([job_id], WAITING) == [CancelAnswer.CANCELLED]

        assert await self.state_of(job_id) is None

    async def test_another_applications_jobs_are_never_chosen(self) -> None:
        theirs, bakery = await self.added(), await self.open_store(application="bakery")

        assert ((await bakery.ids(EVERYTHING, 10)).ids, (await bakery.count(EVERYTHING)).count) == ([], 0)
        assert await bakery.find_ids(theirs.hex[:8], 10) == []
        assert await bakery.delete_chosen([theirs], EVERYTHING) == []
        assert await self.state_of(theirs) is StoredState.READY

    async def _some_of_everything(self) -> None:
        for index in range(4):
            more = {"queue": ("mail", "print")[index % 2], "priority": list(Priority)[index % 5]}
            await self.finished(self.failed(), **more)
            await self.pass_time(SECOND)
            await self.finished(Succeeded(), queue="mail")
            await self.finished(Cancelled())
        for _ in range(4):
            await self.finished(self.failed())
            await self.running(queue="mail")
        for index in range(6):
            await self.added(queue=("mail", "print", "default")[index % 3], due_in=MINUTE * (index - 6))
            await self.added(queue="mail", due_in=HOUR + MINUTE * (index % 2))
