"""What users write and type checkers must accept; `assert_type` says what they must understand."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from logging import Logger
from typing import assert_type
from uuid import UUID

from django.db import connection, transaction
from sqlalchemy.ext.asyncio import AsyncSession

from dawam.dynamic_jobs import DynamicBackgroundJobManager
from dawam.dynamic_workers import DynamicBackgroundWorkerManager
from dawam.jobs.args import args_name, job_args
from dawam.jobs.codec import ArgsCodec
from dawam.jobs.context import JobContext
from dawam.jobs.current import CurrentContext, carry
from dawam.jobs.enqueued import EnqueuedJob
from dawam.jobs.function import JobCall
from dawam.jobs.handlers import DynamicJobContext
from dawam.jobs.job import AsyncBackgroundJob, BackgroundJob
from dawam.jobs.options import OnCrash
from dawam.jobs.priority import Priority
from dawam.jobs.registry import JobRegistry
from dawam.jobs.retry import Retry
from dawam.jobs.signature import injected
from dawam.jobs.tenancy import multi_tenant
from dawam.manager import BackgroundJobManager
from dawam.modules.declarations import Declaring
from dawam.recurring import RecurringJobManager
from dawam.sync import SyncBackgroundJobManager
from dawam.worker_control import WorkerControl
from dawam.workers.record import AfterCrash, TickRecord, WorkerInfo
from dawam.workers.tick_options import RunsOn
from dawam.workers.worker import PeriodicWorkerContext

module = Declaring()


@job_args("shop.receipt", version=2, aliases=("shop.bill",))
@dataclass(frozen=True, slots=True)
class ReceiptArgs:
    order_id: int


class SendReceipt(AsyncBackgroundJob[ReceiptArgs]):
    queue = "mail"
    priority = Priority.HIGH
    retry = Retry(max_attempts=5)
    time_limit = timedelta(seconds=60)
    expected_run_time = timedelta(seconds=20)
    on_crash = OnCrash.FAIL

    def __init__(self, logger: Logger) -> None:
        self._logger = logger

    async def execute(self, args: ReceiptArgs) -> None:
        self._logger.info("receipt for %s", args.order_id)


class PrintReceipt(BackgroundJob[ReceiptArgs]):
    def execute(self, args: ReceiptArgs) -> str:
        return str(args.order_id)


@module.job("shop.greet", retry=Retry(max_attempts=5), expected_run_time=timedelta(seconds=5))
async def greet(name: str, times: int = 1, log: Logger = injected) -> str:
    return f"Hello {name}! " * times


@module.job
async def tidy() -> None: ...


@module.job
def weigh(parcel_id: int) -> float:
    return parcel_id * 0.5


@module.job("shop.weigh-twice", queue="heavy")
def weigh_twice(parcel_id: int) -> float:
    return parcel_id * 1.0


async def function_jobs(jobs: BackgroundJobManager) -> None:
    assert_type(greet.call("Amal", times=2), JobCall[str])
    assert_type(weigh.call(3), JobCall[float])
    assert_type(weigh_twice.call(3), JobCall[float])
    assert_type(await greet.enqueue("Amal", times=2), EnqueuedJob[str])
    assert_type(greet.enqueue_sync("Amal"), EnqueuedJob[str])
    queued = await jobs.enqueue(greet.call("Amal"), delay=timedelta(seconds=5), priority=Priority.LOW)
    assert_type(queued, EnqueuedJob[str])
    assert_type(await queued.result(within=timedelta(seconds=1)), str)
    assert_type(queued.id, UUID)
    told: str = await greet("Amal", times=2)
    print(told)


async def class_jobs(jobs: BackgroundJobManager, sync: SyncBackgroundJobManager) -> None:
    await jobs.enqueue(SendReceipt, ReceiptArgs(1), run_at=datetime.now(UTC), queue="mail")
    await jobs.enqueue(PrintReceipt, ReceiptArgs(1))
    await jobs.enqueue(ReceiptArgs(1), headers={"tenant": "a"})
    await jobs.enqueue("shop.receipt", {"order_id": 1})
    await jobs.enqueue_many([ReceiptArgs(1), greet.call("Amal")])
    assert_type(sync.enqueue(greet.call("Amal")), EnqueuedJob[str])
    assert_type(sync.enqueue(greet.call("Amal"), transaction=connection), EnqueuedJob[str])


def handle(context: DynamicJobContext) -> int:
    return len(context.text)


async def handle_async(context: DynamicJobContext) -> None:
    assert_type(await context.get(SendReceipt), SendReceipt)


@module.job
async def charge(order: int, session: AsyncSession, context: JobContext = injected) -> str:
    await context.enqueue(greet.call("Amal"))
    await context.complete_in(session, f"order {order}")
    return context.idempotency_key


@module.job
def charge_in_a_thread(order: int, context: JobContext = injected) -> None:
    with transaction.atomic():
        context.complete_in_sync(connection)


@module.worker(every=timedelta(minutes=5), fixed_rate=True, runs_on=RunsOn.EVERY_HOST)
async def look_around(context: PeriodicWorkerContext) -> None:
    assert_type(context.planned_at, datetime)


@module.worker("shop.nightly", cron="0 3 * * *", time_zone="Asia/Riyadh", catch_up=0, after_crash=AfterCrash.SKIP)
def clean_up() -> None: ...


module.recurring("daily", greet.call("Amal"), cron="0 0 6 ? * MON-FRI", dialect="quartz", queue="slow")
module.recurring("hourly", args=ReceiptArgs(1), every=timedelta(hours=1), jitter=timedelta(minutes=5))


async def at_run_time(
    workers: WorkerControl, recurring: RecurringJobManager, dynamic: DynamicBackgroundWorkerManager
) -> None:
    assert_type(await workers.trigger("shop.nightly"), bool)
    await workers.reschedule("shop.nightly", every=timedelta(hours=2))
    assert_type((await workers.history("shop.nightly"))[0], TickRecord)
    await recurring.put("weekly", greet.call("Amal"), cron="@weekly", priority=Priority.LOW)
    assert_type(await recurring.get("weekly"), WorkerInfo | None)
    await dynamic.add("sweep", look_around, every=timedelta(minutes=1), retry=Retry(max_attempts=2))
    await dynamic.update_schedule("sweep", cron="*/5 * * * *")


async def jobs_by_name(dynamic: DynamicBackgroundJobManager) -> None:
    dynamic.register_handler("shop.count", handle, queue="slow", retry=Retry.NEVER)
    dynamic.register_handler("shop.note", handle_async)
    assert_type(dynamic.unregister_handler("shop.note"), bool)
    await dynamic.enqueue("shop.count", ["any", {"json": None}], delay=timedelta(seconds=5))


@multi_tenant
@module.job("shop.bill")
async def bill(tenant_id: UUID | None, number: int) -> str:
    return f"{tenant_id} {number}"


async def for_a_tenant(current: CurrentContext) -> None:
    with carry(tenant="acme", user=None, region="north"):
        assert_type(current.tenant, str | None)
        assert_type(await bill.enqueue(None, 1), EnqueuedJob[str])


def values(registry: JobRegistry) -> None:
    assert_type(ReceiptArgs(1), ReceiptArgs)
    assert_type(args_name(ReceiptArgs).name, str)
    assert_type(ArgsCodec(ReceiptArgs).decode(b"{}"), ReceiptArgs)
    registry.add_class(SendReceipt)
    registry.add_class(PrintReceipt)
    registry.add_function(greet)
    registry.add_function(tidy)


def widened(call: JobCall[str]) -> JobCall[object]:
    return call  # a call that gives a str gives an object
