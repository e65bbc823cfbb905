"""Values come back exactly as they went in: text, bytes, ids, moments."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest

from dawam.jobs.outcome import ErrorDetails, Failed, Succeeded
from dawam.testing.conformance.stores.bench import Bench

MICROSECOND = timedelta(microseconds=1)
ODD_TEXTS = [
    "",
    " leading and trailing ",
    'it\'s "quoted"; -- DROP TABLE',
    "100 % _ \\ ? :name $1 {}",
    "مخزون منخفض",
    "e\u0301 and \u00e9 are not the same",
    "\u202eright to left\u202c, \ufeffmark, \u200bnothing",
    "🖨️ 👩‍👩‍👧 \U0010ffff",
    "tab\tline\nreturn\r\x01\x1f",
    "nu\uff4cl, True, 1e400, NaN",
]


class Exactness(Bench):
    """What every verb does to values: nothing."""

    @pytest.mark.parametrize("text", ODD_TEXTS, ids=range(len(ODD_TEXTS)))
    async def test_odd_text_is_kept_in_every_place_that_takes_text(self, text: str) -> None:
        name, queue = text or "name", text or "queue"
        job = self.new_job(name, queue=queue, headers={text: text}, tags=(text, "plain", text))
        await self.store.add([job])

        (claimed,) = await self.store.claim(await self.new_host(), [queue], 1)
        found = await self.info(job.id)

        assert (claimed.name, claimed.queue, claimed.headers) == (name, queue, {text: text})
        assert (found.name, found.queue, found.headers, found.tags) == (name, queue, {text: text}, job.tags)
        await self.settle(claimed, Failed(ErrorDetails("Odd", text, text)), progress=text)
        (record,) = await self.store.attempts(job.id)
        assert (record.error_message, record.traceback) == (text, text)
        found = await self.info(job.id)
        assert (found.last_error, found.progress) == (f"Odd: {text}", text)
        assert found.headers == {text: text}

    async def test_names_and_queues_match_exactly(self) -> None:
        for queue in ("Mail", "mail ", "MAIL"):
            await self.added(queue=queue)
        host = await self.new_host()

        assert await self.store.claim(host, ["mail"], 10) == []
        assert [job.queue for job in await self.store.claim(host, ["MAIL"], 10)] == ["MAIL"]

    @pytest.mark.parametrize("size", [0, 1, 100_000, 1_048_576])
    async def test_args_and_results_of_any_size_are_kept(self, size: int) -> None:
        args = b"" if size == 0 else b'"' + b"x" * (size - 2) + b'"'

        claimed = await self.running(args=args)
        await self.settle(claimed, Succeeded(args))

        assert claimed.args == args
        found = await self.info(claimed.id)
        assert (found.args, found.result) == (args.decode(), args.decode())

    async def test_no_result_and_an_empty_one_are_two_things(self) -> None:
        nothing, null = await self.finished(Succeeded(None)), await self.finished(Succeeded(b"null"))

        assert ((await self.info(nothing)).result, (await self.info(null)).result) == (None, "null")

    @pytest.mark.parametrize("number", [0, 1, 2**63, 2**64 - 1, 2**127, 2**128 - 1])
    async def test_any_uuid_is_an_id(self, number: int) -> None:
        job = self.new_job(id=UUID(int=number), parent=UUID(int=2**128 - 1 - number))
        await self.store.add([job])

        assert (await self.claimed()).id == job.id
        assert (await self.info(job.id)).parent == job.parent

    async def test_moments_are_exact_to_the_microsecond(self) -> None:
        moments = [self.clock.now() - timedelta(days=days, microseconds=1) for days in (0, 1, 7_000)]
        for moment in moments:
            job = self.new_job(created_at=moment, run_at=moment + MICROSECOND)
            await self.store.add([job])

            found = await self.info(job.id)
            assert (found.created_at, found.run_at, found.first_due_at) == (moment, job.run_at, job.run_at)
            assert found.run_at.utcoffset() == timedelta(0)
            claimed = await self.claimed()
            assert (claimed.created_at, claimed.run_at, claimed.counted_from) == (moment, job.run_at, job.run_at)

    async def test_a_microsecond_decides_what_is_due_and_what_goes_first(self) -> None:
        due, later = await self.added(), await self.added(due_in=MICROSECOND)

        assert (await self.store.counts()).due == 1
        await self.pass_time(MICROSECOND)
        await self.store.promote(10)

        jobs = await self.store.claim(await self.new_host(), ["default"], 10)
        assert [job.id for job in jobs] == [due, later]

    async def test_a_moment_far_away_is_kept(self) -> None:
        job = self.new_job(run_at=datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC))
        await self.store.add([job])

        assert (await self.info(job.id)).run_at == job.run_at
        assert (await self.store.promote(10)).next_run_at == job.run_at

    async def test_a_moment_of_another_time_zone_is_the_same_moment(self) -> None:
        riyadh = timezone(timedelta(hours=3))
        job = self.new_job(run_at=self.clock.now().astimezone(riyadh))
        await self.store.add([job])

        found = await self.info(job.id)

        assert (found.run_at, found.run_at.utcoffset()) == (self.clock.now(), timedelta(0))
        assert (await self.claimed()).run_at.utcoffset() == timedelta(0)
