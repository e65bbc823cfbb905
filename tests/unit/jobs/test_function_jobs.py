"""Function jobs: called as plain functions, enqueued as jobs."""

import asyncio
import gc
import inspect
import logging
import sys
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from dawam.errors import ArgsError, JobFailedError, NotRunningError, RegistrationError
from dawam.jobs.awaited import Enqueueing
from dawam.jobs.codec import ResultCodec
from dawam.jobs.enqueued import EnqueuedJob
from dawam.jobs.function import JobCall, JobFunction
from dawam.jobs.options import JobOptions


async def _no_result(job_id: UUID, within: timedelta | None) -> bytes | None:
    return b'"Hello"'


def enqueued(name: str, waiter: Any = _no_result, codec: ResultCodec | None = None) -> EnqueuedJob[Any]:
    return EnqueuedJob(
        id=uuid4(),
        name=name,
        run_at=datetime(2026, 1, 1, tzinfo=UTC),
        created=True,
        waiter=waiter,
        codec=codec or ResultCodec(str, name),
    )


class Shelf:
    """An enqueuer that remembers what it was given."""

    def __init__(self) -> None:
        self.calls: list[JobCall[Any]] = []

    async def enqueue_call(self, call: JobCall[Any]) -> EnqueuedJob[Any]:
        return self.enqueue_call_sync(call)

    def enqueue_call_sync(self, call: JobCall[Any]) -> EnqueuedJob[Any]:
        self.calls.append(call)
        return enqueued(call.job_name)


async def greet(name: str, times: int = 1) -> str:
    """Says hello."""
    return f"Hello {name}! " * times


def add(first: int, second: int, /) -> int:
    return first + second


@pytest.fixture
def greeting() -> JobFunction[..., str]:
    return JobFunction(greet)


@pytest.mark.guide(17)
async def test_calling_it_runs_the_plain_function(greeting: JobFunction[..., str]) -> None:
    assert await greeting("Amal", times=2) == "Hello Amal! Hello Amal! "
    assert JobFunction(add)(1, 2) == 3


def test_it_looks_like_the_function_that_it_wraps(greeting: JobFunction[..., str]) -> None:
    assert (greeting.__doc__, greeting.__name__) == ("Says hello.", "greet")
    assert str(inspect.signature(greeting)) == "(name: str, times: int = 1) -> str"
    assert repr(greeting) == f"<job function {__name__}.greet>"


def test_its_name_is_its_module_and_name_or_the_one_given(greeting: JobFunction[..., str]) -> None:
    assert greeting.name == f"{__name__}.greet"
    named = JobFunction(greet, name="shop.greet", aliases=("old.greet",), options=JobOptions(queue="mail"))
    assert (named.name, named.aliases, named.options.queue) == ("shop.greet", ("old.greet",), "mail")


def test_its_name_is_that_of_the_program_as_others_import_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async def hello() -> None: ...

    hello.__module__ = "__main__"
    monkeypatch.setattr(sys.modules["__main__"], "__spec__", None)
    monkeypatch.setattr(sys.modules["__main__"], "__file__", "/somewhere/hello.py", raising=False)
    assert JobFunction(hello).name == "hello.hello"


@pytest.mark.parametrize("name", ["", " ", "x" * 129])
def test_a_name_that_cannot_be_stored_is_refused(name: str) -> None:
    with pytest.raises(RegistrationError, match="the job function greet"):
        JobFunction(greet, name=name)


@pytest.mark.parametrize("thing", [3, JobOptions, "greet"])
def test_what_is_no_function_is_refused(thing: Any) -> None:
    with pytest.raises(RegistrationError, match="is no function"):
        JobFunction(thing)


def test_a_call_is_a_value(greeting: JobFunction[..., str]) -> None:
    call = greeting.call("Amal", times=2)
    assert call.function is greeting
    assert call.job_name == greeting.name
    assert call == greeting.call(name="Amal", times=2)
    assert greeting.signature.call_arguments(call.args) == {"name": "Amal", "times": 2}


def test_the_host_calls_by_keyword_even_where_parameters_are_positional_only() -> None:
    adding = JobFunction(add)
    call = adding.call(1, 2)
    assert adding.function(**adding.signature.call_arguments(call.args)) == 3


async def test_enqueueing_goes_to_whoever_is_bound(greeting: JobFunction[..., str]) -> None:
    shelf = Shelf()
    greeting.bind(shelf)
    job = await greeting.enqueue("Amal", times=2)
    assert job.name == greeting.name
    assert greeting.enqueue_sync("Badr").name == greeting.name
    assert shelf.calls == [greeting.call("Amal", times=2), greeting.call("Badr")]


async def test_a_harness_takes_over_and_gives_back(greeting: JobFunction[..., str]) -> None:
    app, harness = Shelf(), Shelf()
    greeting.bind(app)
    greeting.bind(harness)
    await greeting.enqueue("Amal")
    greeting.unbind(harness)
    greeting.unbind(harness)
    await greeting.enqueue("Badr")
    assert (len(harness.calls), len(app.calls)) == (1, 1)


async def test_an_app_that_closes_first_leaves_the_harness_in_charge(greeting: JobFunction[..., str]) -> None:
    app, harness = Shelf(), Shelf()
    greeting.bind(app)
    greeting.bind(harness)
    greeting.unbind(app)
    await greeting.enqueue("Amal")
    assert len(harness.calls) == 1


def test_enqueueing_before_the_app_is_open_is_refused_with_the_cure(greeting: JobFunction[..., str]) -> None:
    for enqueue in (greeting.enqueue, greeting.enqueue_sync):
        with pytest.raises(NotRunningError, match="async with app"):
            enqueue("Amal")


def test_a_wrong_call_is_refused_where_it_is_written(greeting: JobFunction[..., str]) -> None:
    greeting.bind(Shelf())
    with pytest.raises(ArgsError, match="tmes"):
        greeting.enqueue("Amal", tmes=2)


class TestAnEnqueueThatNobodyAwaits:
    @pytest.fixture
    def shelf(self, greeting: JobFunction[..., str]) -> Shelf:
        shelf = Shelf()
        greeting.bind(shelf)
        return shelf

    def test_logs_an_error_that_names_the_job(
        self, greeting: JobFunction[..., str], shelf: Shelf, caplog: pytest.LogCaptureFixture
    ) -> None:
        greeting.enqueue("Amal")  # type: ignore[unused-coroutine]
        gc.collect()
        [record] = caplog.records
        assert (record.name, record.levelno) == ("dawam.jobs", logging.ERROR)
        assert f"job {greeting.name} was not enqueued" in record.getMessage()
        assert shelf.calls == []

    @pytest.mark.parametrize(("subject", "name"), [("shop.greet", "shop.greet"), (Shelf, "Shelf"), (Shelf(), "Shelf")])
    def test_is_named_by_whatever_was_to_be_enqueued(
        self, subject: object, name: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        Enqueueing(asyncio.sleep(0), subject)
        gc.collect()
        assert f"job {name} was not enqueued" in caplog.text

    async def test_is_silent_however_it_is_awaited(
        self, greeting: JobFunction[..., str], shelf: Shelf, caplog: pytest.LogCaptureFixture
    ) -> None:
        await greeting.enqueue("a")
        await asyncio.gather(greeting.enqueue("b"), greeting.enqueue("c"))
        await asyncio.create_task(greeting.enqueue("d"))
        await asyncio.wait_for(greeting.enqueue("e"), 5)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(greeting.enqueue("f"))
        greeting.enqueue("g").close()
        gc.collect()
        assert len(shelf.calls) == 6
        assert caplog.records == []

    async def test_passes_on_what_is_thrown_into_it(self) -> None:
        async def fail() -> None:
            await asyncio.sleep(60)

        task = asyncio.create_task(Enqueueing(fail(), "x"))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


class TestAnEnqueuedJob:
    def test_is_shown_as_its_id(self) -> None:
        job = enqueued("greet")
        assert str(job) == str(job.id)
        assert "name='greet'" in repr(job)

    async def test_waits_for_its_result_and_reads_it_as_annotated(self) -> None:
        asked: list[tuple[UUID, timedelta | None]] = []

        async def wait(job_id: UUID, within: timedelta | None) -> bytes | None:
            asked.append((job_id, within))
            return b'"2f4b5d0e-0000-7000-8000-000000000000"'

        job = enqueued("greet", wait, ResultCodec(UUID, "greet"))
        assert await job.result(within=timedelta(seconds=1)) == UUID("2f4b5d0e-0000-7000-8000-000000000000")
        assert asked == [(job.id, timedelta(seconds=1))]

    async def test_raises_what_the_waiter_raises(self) -> None:
        async def wait(job_id: UUID, within: timedelta | None) -> bytes | None:
            raise JobFailedError(job_id, "failed")

        with pytest.raises(JobFailedError):
            await enqueued("greet", wait).result()
