"""What jobs logged is kept beside them, by whoever ran them, and goes with them."""

from dawam.ids import HostId, new_id
from dawam.jobs.log import AttemptLog, LogLine
from dawam.jobs.outcome import Succeeded
from dawam.jobs.record import ClaimedJob
from dawam.stores.values import KEPT_LOGS, Retention
from dawam.testing.conformance.stores.bench import AT_ONCE, DAY, SECOND, Bench


class LogKeeping(Bench):
    """`keep_logs` and `logs`."""

    def log_of(self, job: ClaimedJob, *texts: str, missing: int = 0, host: str = "a") -> AttemptLog:
        """What an attempt logged."""
        lines = tuple(LogLine(self.clock.now(), "INFO", "shop.mail", text) for text in texts)
        return AttemptLog(
            job_id=job.id, fence=job.fence, attempt=job.attempt, host=HostId(host), lines=lines, missing=missing
        )

    async def test_what_a_running_job_logs_is_seen_while_it_runs(self) -> None:
        job = await self.running()
        first, more = self.log_of(job, "began"), self.log_of(job, "began", "half of it is done", missing=3)
        for log in (first, more):
            await self.store.keep_logs([log])
            assert await self.store.logs(job.id) == [log]

    async def test_nothing_was_logged_by_a_job_that_nobody_knows(self) -> None:
        assert await self.store.logs(new_id()) == []
        await self.store.keep_logs([])

    async def test_each_attempt_keeps_its_own_after_the_job_has_ended(self) -> None:
        job = await self.running()
        await self.settle(job, self.retrying(after=-SECOND))
        again = await self.claimed()
        await self.settle(again, Succeeded())
        late = [
            self.log_of(again, "it went well"),
            self.log_of(job, "it did not work", "Traceback ...\n  in the middle"),
        ]
        await self.store.keep_logs(late)
        assert again.id == job.id
        assert await self.store.logs(job.id) == [late[1], late[0]]

    async def test_every_text_comes_back_as_it_was(self) -> None:
        job = await self.running()
        log = self.log_of(job, "", "مرحبا \u200f😀", "\t'\"\\ %s $1 ?1 {}\n\r")
        await self.store.keep_logs([log])
        assert await self.store.logs(job.id) == [log]

    async def test_one_without_lines_is_removed(self) -> None:
        job, other = await self.running(), await self.running()
        kept = self.log_of(other, "here")
        await self.store.keep_logs([self.log_of(job, "here"), kept])
        await self.store.keep_logs([self.log_of(job)])
        assert await self.store.logs(job.id) == []
        assert await self.store.logs(other.id) == [kept]

    async def test_of_very_many_claims_the_newest_are_kept(self) -> None:
        job = await self.running()
        logs: list[AttemptLog] = []
        for _ in range(KEPT_LOGS + 2):
            logs.append(self.log_of(job, f"of claim {job.fence}"))
            await self.store.keep_logs(logs[-1:])
            await self.settle(job, self.outcome("handed back"))
            job = await self.claimed()
        assert await self.store.logs(job.id) == logs[2:]

    async def test_it_goes_with_its_job(self) -> None:
        job = await self.running()
        await self.settle(job, self.outcome("failed"))
        await self.store.keep_logs([self.log_of(job, "here")])
        assert await self.store.delete(job.id)
        assert await self.store.logs(job.id) == []

    async def test_it_goes_with_a_job_that_is_pruned(self) -> None:
        job = await self.running()
        await self.settle(job, Succeeded())
        await self.store.keep_logs([self.log_of(job, "here")])
        await self.pass_time(2 * DAY)
        assert await self.store.prune(Retention(succeeded=DAY), 10) == 1
        assert await self.store.logs(job.id) == []

    async def test_nothing_is_kept_of_a_job_that_is_gone_and_what_was_is_removed(self) -> None:
        self.store = await self.open_store(retention=AT_ONCE)
        job = await self.running()
        await self.store.keep_logs([self.log_of(job, "here")])
        await self.settle(job, Succeeded())
        await self.store.keep_logs([self.log_of(job, "here", "and here")])
        assert await self.store.logs(job.id) == []

    async def test_the_log_of_an_earlier_attempt_goes_when_the_job_succeeds_and_is_not_kept(self) -> None:
        self.store = await self.open_store(retention=AT_ONCE)
        job = await self.running()
        await self.store.keep_logs([self.log_of(job, "here")])
        await self.settle(job, self.retrying(after=-SECOND))
        again = await self.claimed()
        await self.settle(again, Succeeded())
        assert await self.store.logs(job.id) == []

    async def test_another_application_sees_nothing_of_it(self) -> None:
        job = await self.running()
        kept = self.log_of(job, "here")
        await self.store.keep_logs([kept])
        other = await self.open_store(application="bakery")
        await other.keep_logs([self.log_of(job, "there")])
        assert await other.logs(job.id) == []
        assert await self.store.logs(job.id) == [kept]
