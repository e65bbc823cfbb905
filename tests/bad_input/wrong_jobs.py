"""Jobs, args, modules and workers that are declared wrongly, each in one way, as people do it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from pydantic import BaseModel, Field, SecretStr
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from dawam import (
    AsyncBackgroundJob,
    AsyncPeriodicBackgroundWorker,
    BackgroundJob,
    BackgroundWorker,
    DynamicJobContext,
    LocalEventHandler,
    Module,
    PeriodicWorkerContext,
    Services,
    job_args,
)
from tests.bad_input.shop import ShipOrderArgs

if TYPE_CHECKING:
    from uuid import UUID


# -- jobs


class JobWithoutExecute(AsyncBackgroundJob[ShipOrderArgs]):
    pass


class ForgetfulJob(AsyncBackgroundJob):  # type: ignore[type-arg]
    async def execute(self, args: ShipOrderArgs) -> None: ...


class BlockingExecute(AsyncBackgroundJob[ShipOrderArgs]):
    def execute(self, args: ShipOrderArgs) -> None: ...  # type: ignore[override]


class AsyncExecute(BackgroundJob[ShipOrderArgs]):
    async def execute(self, args: ShipOrderArgs) -> None: ...


class ExecuteOfTwoValues(AsyncBackgroundJob[ShipOrderArgs]):
    async def execute(self, args: ShipOrderArgs, logger: object) -> None: ...  # type: ignore[override]


class ShipOrderAgainJob(AsyncBackgroundJob[ShipOrderArgs]):
    async def execute(self, args: ShipOrderArgs) -> None: ...


class SecondsAsNumberJob(AsyncBackgroundJob[ShipOrderArgs]):
    time_limit = 60  # type: ignore[assignment]

    async def execute(self, args: ShipOrderArgs) -> None: ...


class CrashAsTextJob(AsyncBackgroundJob[ShipOrderArgs]):
    on_crash = "fail"  # type: ignore[assignment]

    async def execute(self, args: ShipOrderArgs) -> None: ...


class BadQueueJob(AsyncBackgroundJob[ShipOrderArgs]):
    queue = "mail queue"

    async def execute(self, args: ShipOrderArgs) -> None: ...


def count(up_to: int) -> Iterator[int]:
    yield from range(up_to)


async def ship(order_id) -> None: ...  # type: ignore[no-untyped-def]  # pyright: ignore[reportUnknownParameterType, reportMissingParameterType]


async def ship_twice(context: DynamicJobContext, order_id: int) -> None: ...


# -- args


class LoginArgs(BaseModel):
    user: str
    password: SecretStr


class SendLoginJob(AsyncBackgroundJob[LoginArgs]):
    async def execute(self, args: LoginArgs) -> None: ...


class AliasArgs(BaseModel):
    order_id: int = Field(serialization_alias="orderId")


class AliasJob(AsyncBackgroundJob[AliasArgs]):
    async def execute(self, args: AliasArgs) -> None: ...


@dataclass
class CheckedOnlyArgs:
    product_id: "UUID"


class CheckedOnlyJob(AsyncBackgroundJob[CheckedOnlyArgs]):
    async def execute(self, args: CheckedOnlyArgs) -> None: ...


class Base(DeclarativeBase):
    pass


class Product(Base):
    __tablename__ = "products"
    id: Mapped[int] = mapped_column(primary_key=True)


class ProductJob(AsyncBackgroundJob[Product]):
    async def execute(self, args: Product) -> None: ...


@dataclass
class DiscountArgs:
    discount: complex


class DiscountJob(AsyncBackgroundJob[DiscountArgs]):
    async def execute(self, args: DiscountArgs) -> None: ...


class TextJob(AsyncBackgroundJob[str]):
    async def execute(self, args: str) -> None: ...


@job_args("shop.ship-order")
@dataclass
class ReturnOrderArgs:
    order_id: int


class ReturnOrderJob(AsyncBackgroundJob[ReturnOrderArgs]):
    async def execute(self, args: ReturnOrderArgs) -> None: ...


# -- modules


class OrdersModule(Module):
    pass


class StockModule(Module):
    depends_on = (OrdersModule,)


OrdersModule.depends_on = (StockModule,)


class NotAModule:
    """A class like any other."""


class ShopWithNoModule(Module):
    depends_on = (NotAModule,)  # type: ignore[assignment]


class BrokenModule(Module):
    def configure_services(self, services: Services) -> None:
        raise LookupError("no warehouse")


# -- dependencies


class Warehouse:
    pass


class Shipping:
    def __init__(self, warehouse: Warehouse) -> None: ...


class ShipWithWarehouseJob(AsyncBackgroundJob[ShipOrderArgs]):
    def __init__(self, shipping: Shipping) -> None: ...

    async def execute(self, args: ShipOrderArgs) -> None: ...


class Session:
    pass


class Prices:
    def __init__(self, session: Session) -> None: ...


class PriceJob(AsyncBackgroundJob[ShipOrderArgs]):
    def __init__(self, prices: Prices) -> None: ...

    async def execute(self, args: ShipOrderArgs) -> None: ...


async def get_warehouse() -> Warehouse:
    return Warehouse()


class ThreadJob(BackgroundJob[ShipOrderArgs]):
    def __init__(self, warehouse: Warehouse) -> None: ...

    def execute(self, args: ShipOrderArgs) -> None: ...


class Chicken:
    def __init__(self, egg: "Egg") -> None: ...


class Egg:
    def __init__(self, chicken: Chicken) -> None: ...


# -- workers and handlers


class WorkerWithoutPeriod(AsyncPeriodicBackgroundWorker):
    async def do_work(self, context: PeriodicWorkerContext) -> None: ...


class RestlessWorker(AsyncPeriodicBackgroundWorker):
    every = timedelta(0)

    async def do_work(self, context: PeriodicWorkerContext) -> None: ...


async def restless() -> None: ...


class MillisecondsWorker(AsyncPeriodicBackgroundWorker):
    every = 300_000  # type: ignore[assignment]

    async def do_work(self, context: PeriodicWorkerContext) -> None: ...


class WorkerWithoutWork(AsyncPeriodicBackgroundWorker):
    every = timedelta(minutes=5)


class WorkerWithoutStop(BackgroundWorker):
    async def start(self) -> None: ...


class HandlerOfNothing(LocalEventHandler):  # type: ignore[type-arg]
    async def handle_event(self, event: object) -> None: ...
