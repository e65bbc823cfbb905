"""Which jobs this process knows, and which wrong ones it refuses."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, Generic, TypeVar

import pytest

from dawam.errors import RegistrationError, UnknownJobError
from dawam.jobs.args import job_args
from dawam.jobs.function import JobFunction
from dawam.jobs.handler_registry import HandlerRegistry
from dawam.jobs.handlers import DynamicJobContext, HandlerJob
from dawam.jobs.job import AsyncBackgroundJob, BackgroundJob
from dawam.jobs.options import JobOptions, OnCrash
from dawam.jobs.priority import Priority
from dawam.jobs.registry import JobRegistry
from dawam.jobs.retry import Retry
from dawam.jobs.signature import injected

T = TypeVar("T")


@job_args("shop.receipt", version=3, aliases=("shop.bill",))
@dataclass(frozen=True, slots=True)
class ReceiptArgs:
    order_id: int


@dataclass
class OtherArgs:
    number: int


@dataclass
class Page(Generic[T]):
    items: list[T]


class SendReceipt(AsyncBackgroundJob[ReceiptArgs]):
    queue = "mail"
    priority = Priority.HIGH
    retry = Retry(max_attempts=3)
    time_limit = timedelta(seconds=60)
    expected_run_time = timedelta(seconds=10)
    on_crash = OnCrash.FAIL

    async def execute(self, args: ReceiptArgs) -> str:
        return str(args.order_id)


class PrintReceipt(BackgroundJob[ReceiptArgs]):
    def execute(self, args: ReceiptArgs) -> None: ...


async def greet(name: str, log: SimpleNamespace = injected) -> int:
    return 1


def tidy() -> None: ...


@pytest.fixture
def registry() -> JobRegistry:
    return JobRegistry()


@pytest.mark.guide(1)
def test_a_class_job_is_known_by_its_args_its_class_and_its_names(registry: JobRegistry) -> None:
    job = registry.add_class(SendReceipt)
    assert registry.for_args(ReceiptArgs) is registry.for_class(SendReceipt) is job
    assert registry.find("shop.receipt") is registry.find("shop.bill") is job
    assert (job.name, job.aliases, job.args_version, job.is_async, job.can_run) == (
        "shop.receipt",
        ("shop.bill",),
        3,
        True,
        True,
    )
    assert (job.target, job.function, dict(job.injected)) == (SendReceipt, None, {})
    assert job.result_codec.decode(b'"7"') == "7"


@pytest.mark.guide(3)
def test_a_class_job_says_its_queue_priority_retry_time_limit_and_what_a_crash_means(registry: JobRegistry) -> None:
    assert registry.add_class(SendReceipt).options == JobOptions(
        queue="mail",
        priority=Priority.HIGH,
        retry=Retry(max_attempts=3),
        time_limit=timedelta(seconds=60),
        expected_run_time=timedelta(seconds=10),
        on_crash=OnCrash.FAIL,
    )
    registry = JobRegistry()
    assert registry.add_class(PrintReceipt).options == JobOptions()


@pytest.mark.abp(1)
@pytest.mark.abp(2)
def test_both_kinds_of_class_are_jobs(registry: JobRegistry) -> None:
    assert registry.add_class(PrintReceipt).is_async is False


def test_a_function_job_is_known_by_its_call_and_its_name(registry: JobRegistry) -> None:
    greeting = JobFunction(greet, aliases=("old.greet",))
    job = registry.add_function(greeting)
    assert registry.for_call(greeting.call("Amal")) is registry.find(greeting.name) is registry.find("old.greet") is job
    assert registry.for_args(greeting.signature.args_type) is job
    assert (job.function, job.target, job.is_async, dict(job.injected)) == (
        greeting,
        greeting,
        True,
        {"log": SimpleNamespace},
    )
    assert registry.add_function(JobFunction(tidy)).is_async is False


def test_args_alone_can_be_enqueued_and_not_run(registry: JobRegistry) -> None:
    job = registry.add_args(ReceiptArgs)
    assert (job.name, job.can_run, job.args_version) == ("shop.receipt", False, 3)
    assert registry.for_args(ReceiptArgs) is job
    assert registry.known() == {}


def test_a_job_class_completes_the_args_that_were_known_before(registry: JobRegistry) -> None:
    registry.add_args(ReceiptArgs)
    job = registry.add_class(SendReceipt)
    assert registry.for_args(ReceiptArgs) is registry.find("shop.bill") is job
    assert registry.add_args(ReceiptArgs) is job
    assert list(registry.definitions()) == [job]


def test_adding_the_same_job_again_changes_nothing(registry: JobRegistry) -> None:
    greeting = JobFunction(greet)
    assert registry.add_class(SendReceipt) is registry.add_class(SendReceipt)
    assert registry.add_function(greeting) is registry.add_function(greeting)
    assert len(list(registry.definitions())) == 2


def test_what_can_run_here_is_every_name_and_alias_with_its_args_version(registry: JobRegistry) -> None:
    registry.add_class(SendReceipt)
    registry.add_args(OtherArgs)
    assert registry.known() == {"shop.receipt": 3, "shop.bill": 3}


def test_the_nearest_name_helps_with_misspellings(registry: JobRegistry) -> None:
    registry.add_class(SendReceipt)
    assert registry.nearest("shop.reciept") == "shop.receipt"
    assert registry.nearest("something else entirely") is None
    assert registry.find("shop.reciept") is None


class TestUnknownJobs:
    def test_args_that_no_job_takes(self, registry: JobRegistry) -> None:
        registry.add_class(SendReceipt)
        with pytest.raises(UnknownJobError, match=r"ReceiptArg \(did you mean 'ReceiptArgs'\?\): register") as raised:
            registry.for_args(type("ReceiptArg", (), {}))
        assert "args alone" in str(raised.value)

    def test_a_database_row_instead_of_args(self, registry: JobRegistry) -> None:
        row = type("Product", (), {"__mapper__": None, "__table__": None})
        with pytest.raises(UnknownJobError, match=r"Product is a database row .* pass its id"):
            registry.for_args(row)

    def test_a_class_that_was_not_added(self, registry: JobRegistry) -> None:
        registry.add_args(ReceiptArgs)
        with pytest.raises(UnknownJobError, match="SendReceipt is no job of this application"):
            registry.for_class(SendReceipt)

    def test_a_function_where_a_class_belongs(self, registry: JobRegistry) -> None:
        with pytest.raises(UnknownJobError, match=r"enqueue\(greet\.call\(\.\.\.\)\)"):
            registry.for_class(JobFunction(greet))

    def test_a_call_of_another_application(self, registry: JobRegistry) -> None:
        registry.add_function(JobFunction(tidy, name="shop.greet"))
        with pytest.raises(UnknownJobError, match=r"'shop\.great' belongs to another .*did you mean 'shop\.greet'"):
            registry.for_call(JobFunction(greet, name="shop.great").call("Amal"))


class GenericJob(AsyncBackgroundJob[Page[T]]):
    async def execute(self, args: Page[T]) -> None: ...


class NumbersJob(GenericJob[int]): ...


class AnyArgsJob(AsyncBackgroundJob[T], Generic[T]):
    async def execute(self, args: T) -> None: ...


class ReceiptJob(AnyArgsJob[ReceiptArgs]): ...


class PlainParameter(AsyncBackgroundJob[ReceiptArgs]):
    async def execute(self, args) -> None: ...  # type: ignore[no-untyped-def]


@pytest.mark.parametrize(
    ("job_class", "args_type"),
    [(NumbersJob, Page[int]), (ReceiptJob, ReceiptArgs), (PlainParameter, ReceiptArgs)],
)
def test_the_args_are_found_through_generic_parents(registry: JobRegistry, job_class: Any, args_type: Any) -> None:
    assert registry.add_class(job_class).args_type == args_type


def job(base: Any, **body: Any) -> Callable[[], Any]:
    """Makes a job class at the time of the test."""

    async def execute(self: object, args: Any) -> None: ...

    def make() -> Any:
        class Wrong(base): ...  # type: ignore[misc]

        for name, value in {"execute": execute, **body}.items():
            if value is not None:
                setattr(Wrong, name, value)
        Wrong.__abstractmethods__ = frozenset() if body.get("execute", execute) else frozenset({"execute"})
        return Wrong

    return make


async def _takes_two(self: object, args: Any, context: Any) -> None: ...
async def _takes_none(self: object) -> None: ...
async def _takes_other(self: object, args: OtherArgs) -> None: ...
def _blocks(self: object, args: Any) -> None: ...
async def _awaits(self: object, args: Any) -> None: ...


Receipt = AsyncBackgroundJob[ReceiptArgs]

WRONG: dict[str, tuple[Callable[[], Any], str]] = {
    "no execute": (
        job(Receipt, execute=None),
        r"Wrong has no execute: write async def execute\(self, args: ReceiptArgs\)",
    ),
    "a blocking execute": (
        job(Receipt, execute=_blocks),
        r"Wrong\.execute does not fit AsyncBackgroundJob: .*from BackgroundJob",
    ),
    "an async execute": (
        job(BackgroundJob[ReceiptArgs], execute=_awaits),
        r"Wrong\.execute does not fit BackgroundJob: .*from AsyncBackgroundJob",
    ),
    "too many parameters": (job(Receipt, execute=_takes_two), r"Wrong\.execute takes 2 values: .*into the constructor"),
    "no parameter": (job(Receipt, execute=_takes_none), r"Wrong\.execute takes 0 values"),
    "other args": (
        job(Receipt, execute=_takes_other),
        r"Wrong\.execute takes OtherArgs, but the class declares \[ReceiptArgs\]",
    ),
    "no args": (
        job(AsyncBackgroundJob),
        r"Wrong does not say which args it takes: write class Wrong\(AsyncBackgroundJob\[WrongArgs\]\)",
    ),
    "open args": (lambda: AnyArgsJob, r"AnyArgsJob leaves the type variable ~T open: register a subclass"),
    "args of an open generic": (lambda: GenericJob, r"GenericJob leaves the type variable .*Page.* open"),
    "args that are no data": (job(AsyncBackgroundJob[int]), "int is no args class"),
    "no job class": (lambda: OtherArgs, r"OtherArgs'> is no job class"),
    "no class": (lambda: "job", "'job' is no job class"),
    "a blank queue": (job(Receipt, queue=""), r"Wrong: queue='': a name of 1 to 64"),
    "a long queue": (job(Receipt, queue="x" * 65), "Wrong: queue="),
    "a queue with a space": (job(Receipt, queue="a b"), "Wrong: queue='a b'"),
    "a queue with a slash": (job(Receipt, queue="a/b"), "Wrong: queue='a/b'"),
    "a queue that is no text": (job(Receipt, queue=3), "Wrong: queue=3"),
    "a time limit of zero": (job(Receipt, time_limit=timedelta(0)), "Wrong: time_limit=.*more than zero"),
    "an expectation of zero": (job(Receipt, expected_run_time=timedelta(0)), "Wrong: expected_run_time=.*more than"),
    "an expectation without a unit": (job(Receipt, expected_run_time=60), "Wrong: expected_run_time=60: a timedelta"),
    "a bare number": (job(Receipt, time_limit=60), r"Wrong: time_limit=60: a timedelta was expected"),
    "a retry that is none": (job(Receipt, retry=3), r"Wrong: retry=3: a Retry\(\.\.\.\) was expected"),
    "a priority that is none": (job(Receipt, priority=15), r"Wrong: priority=15: a Priority was expected, one of LOW"),
}


@pytest.mark.parametrize(("make", "message"), WRONG.values(), ids=WRONG)
def test_a_wrong_job_class_is_refused_with_the_cure(
    registry: JobRegistry, make: Callable[[], Any], message: str
) -> None:
    with pytest.raises(RegistrationError, match=message):
        registry.add_class(make())
    assert list(registry.definitions()) == []


def test_a_class_of_both_kinds_is_refused(registry: JobRegistry) -> None:
    both = type("Both", (AsyncBackgroundJob, BackgroundJob), {})
    with pytest.raises(RegistrationError, match="choose one"):
        registry.add_class(both)


@pytest.mark.abp(23)
def test_two_jobs_for_the_same_args_are_refused(registry: JobRegistry) -> None:
    registry.add_class(SendReceipt)
    with pytest.raises(RegistrationError, match="SendReceipt and PrintReceipt take the same args, ReceiptArgs"):
        registry.add_class(PrintReceipt)
    assert registry.for_args(ReceiptArgs).target is SendReceipt


@pytest.mark.parametrize("name", ["shop.receipt", "shop.bill"])
def test_a_name_or_alias_used_twice_is_refused(registry: JobRegistry, name: str) -> None:
    registry.add_class(SendReceipt)
    with pytest.raises(RegistrationError, match=f"the name '{name}' is used twice, by SendReceipt and by tidy"):
        registry.add_function(JobFunction(tidy, name=name))
    with pytest.raises(RegistrationError, match=f"the name '{name}' is used twice"):
        registry.add_function(JobFunction(tidy, name="free", aliases=(name,)))
    assert registry.find("free") is None


def test_a_function_job_with_wrong_options_is_refused(registry: JobRegistry) -> None:
    with pytest.raises(RegistrationError, match="tidy: queue='a/b'"):
        registry.add_function(JobFunction(tidy, options=JobOptions(queue="a/b")))


# ------------------------------------------------------------------------------------------------------ handlers


async def run(context: DynamicJobContext) -> None: ...


def blocking(context: DynamicJobContext) -> None: ...


IMPORT = HandlerJob("shop.import", run)


def test_a_handler_is_a_job_that_runs_here(registry: JobRegistry) -> None:
    registry.handlers.set(IMPORT, JobOptions(queue="slow"))
    job = registry.find("shop.import")
    assert job is not None
    assert (job.handler, job.function, job.can_run, job.is_async) == (IMPORT, None, True, True)
    assert (job.options.queue, job.args_version, job.is_multi_tenant) == ("slow", 1, False)
    assert registry.known() == {"shop.import": 1}
    assert registry.nearest("shop.imports") == "shop.import"
    assert list(registry.definitions()) == []


def test_the_queues_are_the_default_one_and_those_of_jobs_that_can_run_here(registry: JobRegistry) -> None:
    registry.add_args(OtherArgs)
    assert registry.queues == ("default",)
    registry.add_class(SendReceipt)
    assert registry.queues == ("default", "mail")
    registry.handlers.set(IMPORT, JobOptions(queue="slow"))
    registry.handlers.drop("shop.import")
    assert registry.queues == ("default", "mail", "slow")


def test_a_handler_that_replaces_another_may_be_of_the_other_kind(registry: JobRegistry) -> None:
    registry.handlers.set(IMPORT, JobOptions())
    registry.handlers.set(HandlerJob("shop.import", blocking), JobOptions())
    job = registry.find("shop.import")
    assert job is not None
    assert not job.is_async


def test_a_typed_job_keeps_its_names_from_handlers(registry: JobRegistry) -> None:
    job = registry.add_class(SendReceipt)
    registry.handlers.set(HandlerJob("shop.bill", run), JobOptions())
    assert registry.find("shop.bill") is job
    assert "shop.bill" in registry.handlers.names
    assert registry.handlers.drop("shop.bill")
    assert registry.find("shop.bill") is job


def test_a_handler_is_dropped_once(registry: JobRegistry) -> None:
    registry.handlers.set(IMPORT, JobOptions())
    assert registry.handlers.drop("shop.import")
    assert not registry.handlers.drop("shop.import")
    assert registry.find("shop.import") is None
    assert "shop.import" not in registry.handlers.names


def test_handlers_of_another_registry_are_taken_over_and_live_on_there(registry: JobRegistry) -> None:
    kept = HandlerRegistry()
    kept.set(IMPORT, JobOptions())
    kept.set(HandlerJob("shop.receipt", run), JobOptions())
    job = registry.add_class(SendReceipt)
    registry.handlers.take_from(kept)
    assert registry.find("shop.receipt") is job
    assert registry.handlers.drop("shop.import")
    assert kept.find("shop.import") is not None
