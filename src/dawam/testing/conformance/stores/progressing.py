"""What running jobs say of themselves is seen while they run, and the last word is the settlement's."""

import pytest

from dawam.jobs.outcome import HandedBack, Succeeded
from dawam.stores.values import ProgressNote
from dawam.testing.conformance.stores.bench import Bench


class Progressing(Bench):
    """`note_progress`."""

    async def test_what_a_running_job_says_is_seen_while_it_runs(self) -> None:
        host = await self.new_host()
        job = await self.running(host=host)
        for text in ("0.2500 a quarter", "0.5000 half of it"):
            await self.store.note_progress(host, [ProgressNote(job.id, job.fence, text)])
            assert (await self.info(job.id)).progress == text

    async def test_it_is_kept_where_the_settlement_says_nothing(self) -> None:
        host = await self.new_host()
        job = await self.running(host=host)
        await self.store.note_progress(host, [ProgressNote(job.id, job.fence, "0.5000")])
        await self.settle(job, Succeeded())
        assert (await self.info(job.id)).progress == "0.5000"

    async def test_and_else_the_settlement_has_the_last_word(self) -> None:
        host = await self.new_host()
        job = await self.running(host=host)
        await self.store.note_progress(host, [ProgressNote(job.id, job.fence, "0.5000")])
        await self.settle(job, Succeeded(), progress="1.0000 done")
        assert (await self.info(job.id)).progress == "1.0000 done"

    async def test_whoever_lost_the_claim_says_nothing_any_more(self) -> None:
        host = await self.new_host()
        job = await self.running(host=host)
        await self.settle(job, HandedBack())
        again = await self.claimed()
        await self.store.note_progress(host, [ProgressNote(job.id, job.fence, "0.9000 of the old one")])
        assert again.id == job.id
        assert (await self.info(job.id)).progress is None

    async def test_one_that_is_gone_keeps_nobody_else_from_being_heard(self) -> None:
        host = await self.new_host()
        gone = await self.running(host=host)
        await self.settle(gone, Succeeded())
        job = await self.running(host=host)
        notes = [ProgressNote(gone.id, gone.fence, "0.1000"), ProgressNote(job.id, job.fence, "0.2000")]
        await self.store.note_progress(host, notes)
        assert (await self.info(gone.id)).progress is None
        assert (await self.info(job.id)).progress == "0.2000"

    @pytest.mark.parametrize("outcome", ["failed", "retrying", "handed back", "parked"])
    async def test_a_retry_by_hand_begins_without_it(self, outcome: str) -> None:
        job = await self.running()
        await self.settle(job, self.outcome(outcome), progress="0.5000")
        assert (await self.info(job.id)).progress == "0.5000"

        await self.store.retry(job.id)

        assert (await self.info(job.id)).progress is None
