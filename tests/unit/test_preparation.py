"""From what a caller passes to a job that can be stored: looked up, checked, encoded; or refused with the cure."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest

from dawam import App, AsyncBackgroundJob, BackgroundJobOptions, JobContext, Module, Priority, Services, carry, job_args
from dawam.errors import ArgsError, ArgsTooLargeError, EnqueueError, EnqueueOptionError, UnknownJobError
from dawam.events.lifecycle import ArgsLarge
from dawam.jobs.current import current_job
from dawam.jobs.record import NewJob
from dawam.preparation import ABSENT, EnqueueOptions
from dawam.runtime import Runtime
from dawam.testing import ManualClock
from tests.support.applications import built, seen_by
from tests.support.claims import claimed

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


@job_args("orders.receipt", version=3, aliases=("receipt",))
@dataclass
class ReceiptArgs:
    order_id: int
    email: str = "shop@example.org"


class ReceiptJob(AsyncBackgroundJob[ReceiptArgs]):
    queue = "mail"
    priority = Priority.HIGH

    async def execute(self, args: ReceiptArgs) -> None:
        return None


class ElsewhereArgs(NamedTuple):
    number: int


class Unregistered(NamedTuple):
    number: int


class Shop(Module):
    def configure_services(self, services: Services) -> None:
        services.add_job(ReceiptJob)
        services.add_job_args(ElsewhereArgs)


def app() -> App:
    application = App(Shop)

    @application.job("greet")
    async def greet(name: str, times: int = 1) -> None:
        return None

    return application


@pytest.fixture
def runtime() -> Runtime:
    return built(app(), settings={"Store.Url": "memory://"}, clock=ManualClock(NOW))


def prepare(runtime: Runtime, job: Any, args: Any = ABSENT, **options: Any) -> NewJob:
    return runtime.parts.preparation.prepare(job, args, EnqueueOptions(**options)).job


def refused(runtime: Runtime, expected: type[EnqueueError], job: Any, args: Any = ABSENT, **options: Any) -> str:
    with pytest.raises(expected) as raised:
        prepare(runtime, job, args, **options)
    return str(raised.value)


class TestTheThreeForms:
    @pytest.mark.abp(6, 7)
    @pytest.mark.parametrize(
        ("job", "args"),
        [
            (ReceiptJob, ReceiptArgs(7)),
            (ReceiptArgs(7), ABSENT),
            ("orders.receipt", {"order_id": 7}),
            ("receipt", {"order_id": 7}),
        ],
        ids=["class", "args alone", "name", "alias"],
    )
    def test_by_class_by_args_and_by_name_make_the_same_job(self, runtime: Runtime, job: Any, args: Any) -> None:
        made = prepare(runtime, job, args)
        assert made.name == "orders.receipt"
        definition = runtime.parts.registry.for_args(ReceiptArgs)
        assert definition.codec.decode(made.args) == ReceiptArgs(7, "shop@example.org")
        assert (made.args_version, made.args_encoding) == (3, "json")
        assert (made.queue, made.priority) == ("mail", Priority.HIGH)
        assert (made.created_at, made.run_at) == (NOW, NOW)

    def test_a_call_of_a_function(self, runtime: Runtime) -> None:
        [greet] = runtime.parts.functions
        made = prepare(runtime, greet.call("Amal", times=2))
        assert (made.name, made.args) == ("greet", b'{"name":"Amal","times":2}')

    def test_a_function_by_its_name(self, runtime: Runtime) -> None:
        assert prepare(runtime, "greet", {"name": "Amal"}).args == b'{"name":"Amal","times":1}'

    def test_args_whose_job_is_in_another_process(self, runtime: Runtime) -> None:
        assert prepare(runtime, ElsewhereArgs(7)).name == f"{__name__}.ElsewhereArgs"

    def test_ids_are_made_here_and_grow(self, runtime: Runtime) -> None:
        ids = [prepare(runtime, ReceiptArgs(7)).id for _ in range(100)]
        assert ids == sorted(set(ids))
        assert {each.version for each in ids} == {7}


class TestRefusals:
    def test_args_of_a_type_that_nobody_registered(self, runtime: Runtime) -> None:
        said = refused(runtime, UnknownJobError, Unregistered(7))
        assert "no job takes args of the class Unregistered" in said
        assert "register its job class" in said

    def test_a_class_that_is_no_job_of_this_application(self, runtime: Runtime) -> None:
        class ReceiptJobs(AsyncBackgroundJob[ReceiptArgs]):
            async def execute(self, args: ReceiptArgs) -> None:
                return None

        assert "is no job of this application" in refused(runtime, UnknownJobError, ReceiptJobs, ReceiptArgs(7))

    @pytest.mark.abp(11)
    def test_an_unknown_name_says_the_nearest(self, runtime: Runtime) -> None:
        said = refused(runtime, UnknownJobError, "orders.reciept", {"order_id": 7})
        assert said == ("no job is registered under the name 'orders.reciept'; did you mean 'orders.receipt'?")

    def test_a_function_of_another_application(self, runtime: Runtime) -> None:
        other = App()

        @other.job("greet")
        async def greet(name: str) -> None:
            return None

        assert "belongs to another application" in refused(runtime, UnknownJobError, greet.call("Amal"))

    @pytest.mark.parametrize("args", [Unregistered(7), {"order_id": 7}, 7, None, ElsewhereArgs(7)], ids=repr)
    def test_args_of_the_wrong_class_for_a_job_class(self, runtime: Runtime, args: Any) -> None:
        assert "args of the class ReceiptArgs were expected" in refused(runtime, ArgsError, ReceiptJob, args)

    def test_a_field_of_the_wrong_type(self, runtime: Runtime) -> None:
        assert "order_id" in refused(runtime, ArgsError, ReceiptArgs("seven"))  # type: ignore[arg-type]

    @pytest.mark.parametrize("args", [{"order_id": "seven"}, {}, {"order": 7}], ids=repr)
    def test_a_mapping_that_does_not_fit(self, runtime: Runtime, args: Any) -> None:
        said = refused(runtime, ArgsError, "orders.receipt", args)
        assert "the args given for job 'orders.receipt' do not fit ReceiptArgs" in said
        assert "order_id" in said

    @pytest.mark.parametrize("args", [ABSENT, ReceiptArgs(7), [7]], ids=repr)
    def test_a_name_without_a_mapping(self, runtime: Runtime, args: Any) -> None:
        assert "takes the args as a mapping" in refused(runtime, ArgsError, "orders.receipt", args)

    def test_a_mapping_that_holds_what_is_no_json(self, runtime: Runtime) -> None:
        assert "do not fit" in refused(runtime, ArgsError, "orders.receipt", {"order_id": object()})

    def test_a_class_without_args(self, runtime: Runtime) -> None:
        assert "got a class and no args: enqueue(ReceiptJob, args)" in refused(runtime, ArgsError, ReceiptJob)

    def test_args_beside_a_call(self, runtime: Runtime) -> None:
        [greet] = runtime.parts.functions
        assert "got args twice" in refused(runtime, ArgsError, greet.call("Amal"), {"name": "Lina"})

    @pytest.mark.parametrize("text", ["a\0b", "\ud800"], ids=["NUL", "lone surrogate"])
    def test_texts_that_not_every_store_takes(self, runtime: Runtime, text: str) -> None:
        assert "email" in refused(runtime, ArgsError, ReceiptArgs(7, text))


class TestTheSize:
    @pytest.fixture
    def small(self) -> Runtime:
        class Limits(Module):
            def configure_services(self, services: Services) -> None:
                options = services.options(BackgroundJobOptions)
                options.args_size_warning, options.args_size_limit = 100, 200

        application = App(Shop, Limits)
        return built(application, settings={"Store.Url": "memory://"})

    def test_args_beyond_the_limit_are_refused_with_the_cure(self, small: Runtime) -> None:
        with pytest.raises(ArgsTooLargeError, match="more than the limit of 200: store the data elsewhere") as raised:
            prepare(small, ReceiptArgs(7, "x" * 300))
        assert (raised.value.name, raised.value.size > 300, raised.value.limit) == ("orders.receipt", True, 200)

    @pytest.mark.guide(19)
    def test_large_args_are_taken_and_told(self, small: Runtime) -> None:
        seen = seen_by(small, ArgsLarge)
        prepare(small, ReceiptArgs(7, "x"))
        assert seen.events == []
        made = prepare(small, ReceiptArgs(7, "x" * 100))
        assert seen.of(ArgsLarge) == [ArgsLarge("orders.receipt", len(made.args), 100)]

    def test_the_limit_is_counted_in_bytes_and_itself_allowed(self, small: Runtime) -> None:
        base = len(prepare(small, ReceiptArgs(7, "")).args)
        rest = 200 - base
        assert len(prepare(small, ReceiptArgs(7, "ش" * (rest // 2) + "x" * (rest % 2))).args) == 200
        with pytest.raises(ArgsTooLargeError):
            prepare(small, ReceiptArgs(7, "ش" * (rest // 2) + "x" * (rest % 2 + 1)))

    def test_the_usual_limits_are_64_kib_and_1_mib(self) -> None:
        options = BackgroundJobOptions()
        assert (options.args_size_warning, options.args_size_limit) == (64 * 1024, 1024 * 1024)


class TestTheMoment:
    @pytest.mark.guide(3)
    def test_a_delay_is_counted_from_now(self, runtime: Runtime) -> None:
        assert prepare(runtime, ReceiptArgs(7), delay=timedelta(minutes=5)).run_at == NOW + timedelta(minutes=5)

    def test_a_moment_is_kept_in_utc_whatever_zone_it_was_given_in(self, runtime: Runtime) -> None:
        made = prepare(runtime, ReceiptArgs(7), run_at=datetime(2026, 3, 1, 12, tzinfo=ZoneInfo("Africa/Cairo")))
        assert made.run_at == datetime(2026, 3, 1, 10, tzinfo=UTC)
        assert made.run_at.tzinfo is UTC

    def test_a_moment_that_has_passed_is_due_now(self, runtime: Runtime) -> None:
        made = prepare(runtime, ReceiptArgs(7), run_at=NOW - timedelta(days=1))
        assert made.run_at == NOW - timedelta(days=1)

    @pytest.mark.parametrize(
        ("options", "expected"),
        [
            ({"delay": timedelta(microseconds=-1)}, "lies in the past: zero or more was expected"),
            ({"delay": 5}, "a timedelta was expected, as in timedelta(seconds=5)"),
            ({"delay": timedelta.max}, "reaches beyond the year 9999"),
            ({"run_at": datetime(2026, 3, 1, 12)}, "has no time zone"),  # noqa: DTZ001
            ({"run_at": "tomorrow"}, "an aware datetime was expected"),
            ({"run_at": datetime.max.replace(tzinfo=timezone(timedelta(hours=-5)))}, "beyond the years"),
            ({"delay": timedelta(0), "run_at": NOW}, "both delay= and run_at="),
        ],
        ids=lambda value: str(value)[:40],
    )
    def test_what_names_no_moment_is_refused(self, runtime: Runtime, options: dict[str, Any], expected: str) -> None:
        assert expected in refused(runtime, EnqueueOptionError, ReceiptArgs(7), **options)


class TestQueueAndPriority:
    @pytest.mark.guide(3)
    def test_may_be_said_for_one_job(self, runtime: Runtime) -> None:
        made = prepare(runtime, ReceiptArgs(7), queue="slow", priority=Priority.LOW)
        assert (made.queue, made.priority) == ("slow", Priority.LOW)

    @pytest.mark.parametrize("queue", ["", " ", "two words", "a/b", "x" * 65, 7], ids=repr)
    def test_what_is_no_name_of_a_queue_is_refused(self, runtime: Runtime, queue: Any) -> None:
        assert "a name of 1 to 64 characters" in refused(runtime, EnqueueOptionError, ReceiptArgs(7), queue=queue)

    @pytest.mark.parametrize("priority", [0, 7, "high"], ids=repr)
    def test_what_is_no_priority_is_refused(self, runtime: Runtime, priority: Any) -> None:
        said = refused(runtime, EnqueueOptionError, ReceiptArgs(7), priority=priority)
        assert "one of LOW, BELOW_NORMAL, NORMAL, ABOVE_NORMAL, HIGH was expected" in said


class TestHeaders:
    def test_those_of_the_call_stand_above_those_that_are_carried(self, runtime: Runtime) -> None:
        with carry(tenant="acme", user="lina"):
            made = prepare(runtime, ReceiptArgs(7), headers={"user": "amal", "trace": "1"})
        assert made.headers == {"tenant": "acme", "user": "amal", "trace": "1"}
        assert prepare(runtime, ReceiptArgs(7)).headers == {}

    def test_a_running_job_passes_its_own_on_and_is_the_parent(self, runtime: Runtime) -> None:
        running = JobContext(claimed(headers={"tenant": "acme", "user": "lina"}))
        token = current_job.set(running)
        with carry(user="amal"):
            made = prepare(runtime, ReceiptArgs(7))
        current_job.reset(token)
        assert made.headers == {"tenant": "acme", "user": "amal", "correlation_id": str(running.id)}
        assert made.parent == running.id
        assert prepare(runtime, ReceiptArgs(7)).parent is None

    @pytest.mark.parametrize(
        "headers",
        [{"attempt": 1}, {1: "attempt"}, {"a": None}, {"a": "b\0c"}, {"a": "\ud800"}, {"\ud800": "a"}],
        ids=ascii,
    )
    def test_what_is_no_text_is_refused(self, runtime: Runtime, headers: Any) -> None:
        assert "header" in refused(runtime, ArgsError, ReceiptArgs(7), headers=headers)


async def test_a_job_function_without_its_call_is_refused_with_the_cure() -> None:
    application = app()
    [greet] = application.declarations.functions
    runtime = built(application, settings={"Store.Url": "memory://"}, clock=ManualClock(NOW))
    assert "enqueue(greet.call(...))" in refused(runtime, ArgsError, greet)
    assert "enqueue(greet.call(...))" in refused(runtime, ArgsError, greet, "Amal")
    assert "enqueue(greet.call(...))" in refused(runtime, ArgsError, greet("Amal"))
    with pytest.raises(ArgsError, match=r"delay= is for the enqueue, not the job: app\.jobs\.enqueue"):
        greet.call("Amal", delay=5)
