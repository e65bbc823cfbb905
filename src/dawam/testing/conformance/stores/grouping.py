"""Groups of errors: what hosts saw is added up, and people say what they think of it."""

from datetime import timedelta
from typing import Any

from dawam.ids import new_id
from dawam.jobs.outcome import ErrorDetails
from dawam.measures.compacting import WINDOWS
from dawam.measures.errors import ErrorGroup, ErrorMark, SeenError
from dawam.testing.conformance.stores.bench import DAY, MINUTE, SECOND, Bench

PAPER = ErrorDetails("OSError", "the printer is out of paper", "Traceback ...", "0123456789abcdef")
INK = ErrorDetails("OSError", "the printer is out of ink", "", "fedcba9876543210")


class Grouping(Bench):
    """`ErrorStore`."""

    def seen(self, error: ErrorDetails = PAPER, *, ago: timedelta = timedelta(0), **more: Any) -> SeenError:
        """What a host saw once."""
        at = self.clock.now() - ago
        fields: dict[str, Any] = {"name": "orders.receipt", "queue": "default", "job_id": new_id(), **more}
        return SeenError(error=error, first_seen_at=at, last_seen_at=at, **fields)

    async def group(self, error: ErrorDetails = PAPER) -> ErrorGroup:
        found = await self.store.error_group(error.fingerprint)
        assert found is not None, f"nobody has seen {error.message}"
        return found

    async def test_what_was_seen_is_there_whole(self) -> None:
        seen = self.seen()
        await self.store.keep_errors([seen])
        assert await self.group() == ErrorGroup(
            fingerprint=PAPER.fingerprint,
            error_type=PAPER.type,
            error_message=PAPER.message,
            traceback=PAPER.traceback,
            name=seen.name,
            queue=seen.queue,
            job_id=seen.job_id,
            first_seen_at=seen.first_seen_at,
            last_seen_at=seen.last_seen_at,
        )
        assert await self.store.error_group(INK.fingerprint) is None

    async def test_the_newest_occurrence_stands_for_all(self) -> None:
        old, new = self.seen(ago=MINUTE), self.seen(ErrorDetails("OSError", "no paper", "", PAPER.fingerprint))
        await self.store.keep_errors([new])
        await self.store.keep_errors([old])
        found = await self.group()
        assert (found.error_message, found.job_id) == ("no paper", new.job_id)
        assert (found.first_seen_at, found.last_seen_at) == (old.first_seen_at, new.last_seen_at)

    async def test_those_seen_last_come_first_and_no_more_than_were_asked_for(self) -> None:
        assert await self.store.error_groups(10) == []
        await self.store.keep_errors([self.seen(ago=MINUTE), self.seen(INK)])
        assert [each.fingerprint for each in await self.store.error_groups(10)] == [INK.fingerprint, PAPER.fingerprint]
        assert [each.fingerprint for each in await self.store.error_groups(1)] == [INK.fingerprint]
        await self.pass_time(SECOND)
        await self.store.keep_errors([self.seen()])
        assert [each.fingerprint for each in await self.store.error_groups(1)] == [PAPER.fingerprint]

    async def test_one_that_is_resolved_is_open_again_when_it_comes_again(self) -> None:
        await self.store.keep_errors([self.seen()])
        assert (await self.group()).is_open
        await self.pass_time(SECOND)
        assert await self.store.mark_error(PAPER.fingerprint, ErrorMark.RESOLVED)
        resolved = await self.group()
        assert (resolved.mark, resolved.marked_at) == (ErrorMark.RESOLVED, self.clock.now())
        assert not resolved.is_open
        await self.pass_time(SECOND)
        await self.store.keep_errors([self.seen()])
        again = await self.group()
        assert again.has_come_back
        assert again.is_open

    async def test_one_that_is_ignored_stays_so_until_somebody_opens_it(self) -> None:
        await self.store.keep_errors([self.seen()])
        assert await self.store.mark_error(PAPER.fingerprint, ErrorMark.IGNORED)
        await self.pass_time(SECOND)
        await self.store.keep_errors([self.seen()])
        assert not (await self.group()).is_open
        assert await self.store.mark_error(PAPER.fingerprint, ErrorMark.OPEN)
        opened = await self.group()
        assert (opened.is_open, opened.marked_at) == (True, None)

    async def test_what_nobody_has_seen_cannot_be_marked(self) -> None:
        assert not await self.store.mark_error(INK.fingerprint, ErrorMark.RESOLVED)

    async def test_one_that_was_not_seen_for_long_is_forgotten(self) -> None:
        await self.store.keep_errors([self.seen()])
        await self.pass_time(WINDOWS[-1].kept - SECOND)
        await self.store.keep_errors([self.seen(INK)])
        assert len(await self.store.error_groups(10)) == 2
        await self.pass_time(DAY)
        await self.store.keep_errors([self.seen(INK)])
        assert [each.fingerprint for each in await self.store.error_groups(10)] == [INK.fingerprint]

    async def test_those_of_another_application_are_not_seen(self) -> None:
        bakery = await self.open_store(application="bakery")
        await bakery.keep_errors([self.seen()])
        assert await self.store.error_groups(10) == []
        assert await self.store.error_group(PAPER.fingerprint) is None
        assert not await self.store.mark_error(PAPER.fingerprint, ErrorMark.RESOLVED)
