"""What can be a handler, what it is given, and how args without a class are stored."""

import functools
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from dawam.errors import ArgsError, ArgsUnreadableError, RegistrationError
from dawam.jobs.context import JobContext
from dawam.jobs.handlers import DynamicJobContext, HandlerJob, JsonCodec
from tests.support.claims import claimed


class Ledger: ...


class Services:
    """A scope that has one service."""

    def __init__(self) -> None:
        self.ledger = Ledger()

    def get(self, wanted: Any, /) -> Any:
        return {Ledger: self.ledger}[wanted]


class AsyncServices(Services):
    async def get(self, wanted: Any, /) -> Any:  # type: ignore[override]  # the same question, for coroutines
        return super().get(wanted)


def job() -> JobContext:
    return JobContext(claimed("shop.import", b'{"rows": [1, 2]}'))


class TestWhatAHandlerIsGiven:
    async def test_a_coroutine_gets_the_value_the_text_the_attempt_and_services(self) -> None:
        services, attempt = AsyncServices(), job()

        async def handler(context: DynamicJobContext) -> tuple[Any, ...]:
            return context.job_name, context.args, context.text, context.job, await context.get(Ledger)

        answer = await HandlerJob("shop.import", handler).run(attempt, {"rows": [1, 2]}, services)
        assert answer == ("shop.import", {"rows": [1, 2]}, '{"rows": [1, 2]}', attempt, services.ledger)

    def test_a_plain_function_gets_its_services_without_an_await(self) -> None:
        services = Services()

        def handler(context: DynamicJobContext) -> Ledger:
            return context.get_blocking(Ledger)

        assert HandlerJob("shop.import", handler).run_blocking(job(), None, services) is services.ledger

    async def test_asking_in_the_wrong_way_says_which_is_right(self) -> None:
        with pytest.raises(RuntimeError, match=r"'shop.import' runs in a thread: use context.get_blocking\(Ledger\)"):
            await DynamicJobContext(job(), None, blocking_services=Services()).get(Ledger)
        with pytest.raises(RuntimeError, match=r"'shop.import' runs on the loop: use await context.get\(Ledger\)"):
            DynamicJobContext(job(), None, services=AsyncServices()).get_blocking(Ledger)


class Importer:
    async def __call__(self, context: DynamicJobContext) -> None: ...

    async def import_rows(self, context: DynamicJobContext) -> None: ...

    def import_slowly(self, context: DynamicJobContext) -> None: ...


async def with_more(shop: str, context: DynamicJobContext) -> None: ...


class TestWhatCanBeAHandler:
    @pytest.mark.parametrize(
        ("handler", "is_async"),
        [
            (Importer(), True),
            (Importer().import_rows, True),
            (Importer().import_slowly, False),
            (functools.partial(with_more, "acme"), True),
            (lambda context: None, False),
        ],
        ids=["object", "method", "blocking method", "partial", "lambda"],
    )
    def test_whatever_can_be_called_with_the_context(self, handler: Any, is_async: bool) -> None:
        assert HandlerJob("shop.import", handler).is_async is is_async

    @pytest.mark.parametrize(
        ("handler", "problem"),
        [
            (7, "is no function"),
            (Importer, "is no function"),
            (lambda: None, "cannot be called with the context alone"),
            (with_more, "cannot be called with the context alone"),
        ],
        ids=["number", "class", "no parameter", "two parameters"],
    )
    def test_nothing_else(self, handler: Any, problem: str) -> None:
        with pytest.raises(RegistrationError, match=rf"the handler .*{problem}.*: write `async def handler\("):
            HandlerJob("shop.import", handler)

    def test_no_generator(self) -> None:
        async def rows(context: DynamicJobContext) -> AsyncIterator[int]:
            yield 1

        with pytest.raises(RegistrationError, match="is a generator: it is called once"):
            HandlerJob("shop.import", rows)

    @pytest.mark.parametrize("name", ["", " ", None, 7, "x" * 129], ids=repr)
    def test_the_name_has_to_be_one_that_is_stored(self, name: Any) -> None:
        with pytest.raises(RegistrationError, match=r"the handler Importer\.import_rows has "):
            HandlerJob(name, Importer().import_rows)

    def test_a_function_that_only_makes_a_coroutine_is_told_so_when_it_runs(self) -> None:
        importer = Importer()
        handler = HandlerJob("shop.import", lambda context: importer.import_rows(context))
        with pytest.raises(TypeError, match=r"'shop\.import' answered with a coroutine, which nobody runs: write"):
            handler.run_blocking(job(), None, Services())


class TestArgsWithoutAClass:
    @pytest.mark.parametrize("value", [None, 7, "دفتر", [1, {"a": None}], {"rows": [1.5, True]}], ids=repr)
    def test_a_json_value_comes_back_as_it_was(self, value: Any) -> None:
        codec = JsonCodec("shop.import")
        assert codec.decode(codec.encode(value)) == value

    def test_what_has_a_json_form_comes_back_as_that(self) -> None:
        codec = JsonCodec("shop.import")
        assert codec.decode(codec.encode({"at": datetime(2026, 1, 5, tzinfo=UTC)})) == {"at": "2026-01-05T00:00:00Z"}

    @pytest.mark.parametrize(
        ("value", "problem"),
        [
            ({"a": [float("nan")]}, r"args\['a'\]\[0\] is nan, which JSON cannot hold"),
            ({"a": "b\0"}, r"args\['a'\] holds a NUL character"),
            ({"a": object()}, "a value of the class object has no JSON form"),
        ],
        ids=["nan", "nul", "object"],
    )
    def test_what_would_be_lost_is_refused(self, value: Any, problem: str) -> None:
        with pytest.raises(ArgsError, match=f"the args given for job 'shop.import' cannot be stored: .*{problem}"):
            JsonCodec("shop.import").encode(value)

    def test_what_holds_itself_is_refused(self) -> None:
        rows: list[Any] = []
        rows.append(rows)
        with pytest.raises(ArgsError, match="hold themselves"):
            JsonCodec("shop.import").encode(rows)

    def test_what_is_no_json_is_told(self) -> None:
        with pytest.raises(ArgsUnreadableError, match="stored args cannot be read: "):
            JsonCodec("shop.import").decode(b"{")
