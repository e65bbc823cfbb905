"""What code works for: said with `carry`, read with `CurrentContext`, and forgotten where a host begins."""

import asyncio
import threading
from collections.abc import Generator
from contextvars import ContextVar, copy_context
from typing import Any

import pytest

from dawam.errors import ArgsError, NotRunningError
from dawam.jobs.context import JobContext
from dawam.jobs.current import CurrentContext, carried_headers, carry, current_job, fresh_context
from tests.support.claims import claimed

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
current = CurrentContext()


class TestCarrying:
    def test_every_known_field_is_current_in_the_block_and_not_after_it(self) -> None:
        with carry(tenant="acme", user="lina", correlation_id="c-1", traceparent=TRACE, culture="ar"):
            assert (current.tenant, current.user, current.culture) == ("acme", "lina", "ar")
            assert (current.correlation_id, current.traceparent) == ("c-1", TRACE)
        assert (current.tenant, current.user, current.culture) == (None, None, None)
        assert (current.correlation_id, current.traceparent) == (None, None)

    def test_texts_of_ones_own_are_headers(self) -> None:
        with carry(tenant="acme", region="north"):
            assert current.headers == {"tenant": "acme", "region": "north"}

    def test_an_inner_block_changes_what_it_names_and_leaves_the_rest(self) -> None:
        with carry(tenant="acme", user="lina"), carry(user="amal"):
            assert current.headers == {"tenant": "acme", "user": "amal"}

    def test_none_takes_away(self) -> None:
        with carry(tenant="acme", region="north", user="lina"), carry(tenant=None, region=None, culture=None):
            assert current.headers == {"user": "lina"}

    def test_what_was_before_is_back_when_an_error_leaves_the_block(self) -> None:
        with carry(tenant="acme"):
            with pytest.raises(KeyError), carry(tenant="other"):
                raise KeyError
            assert current.tenant == "acme"

    def test_what_was_read_is_not_changed_by_who_reads(self) -> None:
        with carry(tenant="acme"):
            dict(current.headers).clear()
            seen: Any = current.headers
            seen["tenant"] = "other"
            assert current.tenant == "acme"

    @pytest.mark.parametrize("value", [7, b"acme", True, ["acme"]], ids=repr)
    def test_what_is_no_text_is_refused_where_it_is_said(self, value: Any) -> None:
        expected = r"carry\(tenant=.*\): a text was expected, as in str\(\.\.\.\)"
        with pytest.raises(ArgsError, match=expected), carry(tenant=value):
            pass
        assert current.tenant is None

    @pytest.mark.parametrize("value", ["a\0b", "\ud800"], ids=ascii)
    def test_what_no_store_keeps_is_refused(self, value: str) -> None:
        with pytest.raises(ArgsError, match=r"it cannot be carried: carry\(user=\.\.\.\) holds"), carry(user=value):
            pass

    def test_a_block_that_ends_in_another_context_saw_nothing_and_says_so(self) -> None:
        def dependency() -> Generator[None]:
            with carry(tenant="acme"):
                yield

        stepping = dependency()
        copy_context().run(next, stepping)
        with pytest.raises(NotRunningError, match="ended in another context"):
            copy_context().run(next, stepping)


class TestWhereItIsCurrent:
    async def test_in_tasks_that_the_block_starts(self) -> None:
        async def tenant() -> str | None:
            return current.tenant

        with carry(tenant="acme"):
            task = asyncio.create_task(tenant())
        assert await task == "acme"

    async def test_two_tasks_do_not_see_each_others(self) -> None:
        both = asyncio.Barrier(2)

        async def work(tenant: str) -> str | None:
            with carry(tenant=tenant):
                await both.wait()
                return current.tenant

        assert await asyncio.gather(work("acme"), work("other")) == ["acme", "other"]

    async def test_in_threads_to_which_asyncio_brings_it(self) -> None:
        with carry(tenant="acme"):
            assert await asyncio.to_thread(lambda: current.tenant) == "acme"

    def test_not_in_a_thread_of_ones_own(self) -> None:
        seen: list[str | None] = []
        with carry(tenant="acme"):
            thread = threading.Thread(target=lambda: seen.append(current.tenant))
            thread.start()
            thread.join()
        assert seen == [None]


class TestInAJob:
    def test_its_headers_are_current_until_it_says_something_else(self) -> None:
        def work() -> None:
            current_job.set(JobContext(claimed(headers={"tenant": "acme", "correlation_id": "c-1"})))
            assert (current.tenant, current.correlation_id) == ("acme", "c-1")
            with carry(tenant=None, user="lina"):
                assert carried_headers() == {"correlation_id": "c-1", "user": "lina"}
            assert carried_headers() == {"tenant": "acme", "correlation_id": "c-1"}

        copy_context().run(work)

    def test_without_a_correlation_id_its_own_id_is_that(self) -> None:
        def work() -> None:
            job = claimed(headers={"tenant": "acme"})
            current_job.set(JobContext(job))
            assert current.correlation_id == str(job.id)
            with carry(user="lina"):
                assert current.correlation_id == str(job.id)
            with carry(correlation_id=None):
                assert current.correlation_id is None

        copy_context().run(work)


class TestAFreshContext:
    def test_has_nothing_of_who_was_there_but_what_is_not_ours(self) -> None:
        of_the_application: ContextVar[str] = ContextVar("of_the_application")
        of_the_application.set("kept")
        current_job.set(JobContext(claimed(headers={"user": "lina"})))
        with carry(tenant="acme"):
            fresh = fresh_context()
            assert current.tenant == "acme"
        assert fresh.run(carried_headers) == {}
        assert fresh.run(current_job.get) is None
        assert fresh.run(of_the_application.get) == "kept"
        current_job.set(None)
