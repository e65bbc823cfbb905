"""Orders and receipts in one SQLite file: whoever pays has a receipt enqueued in the same transaction.

uvicorn examples.fastapi_app.main:api              # the web process only enqueues
dawam run examples.fastapi_app.main:dawam          # this one runs the jobs
"""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from dawam import App, ApplicationContext, Logger, Module, Retry, injected
from dawam.integrations.fastapi import ContextMiddleware, Jobs, lifespan

engine = create_async_engine("sqlite+aiosqlite:///shop.db")
make_session = async_sessionmaker(engine)


class Base(DeclarativeBase):
    """What every table is."""


class Order(Base):
    """What somebody ordered."""

    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str]
    is_paid: Mapped[bool] = mapped_column(default=False)
    has_receipt: Mapped[bool] = mapped_column(default=False)


async def get_session() -> AsyncIterator[AsyncSession]:  # one function, used by FastAPI and by jobs
    async with make_session() as session:
        yield session


Session = Annotated[AsyncSession, Depends(get_session)]


class ShopModule(Module):
    """Creates the tables before the first request or job, and closes the database after the last."""

    async def on_application_initialization(self, context: ApplicationContext) -> None:
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)

    async def on_application_shutdown(self, context: ApplicationContext) -> None:
        await engine.dispose()


dawam = App(ShopModule, store="sqlite:///shop.db")
dawam.provide(get_session)
api = FastAPI(lifespan=lifespan(dawam))  # run_host=False: this process only enqueues
api.add_middleware(ContextMiddleware)  # receipts carry the correlation id and the trace of their request


class Receipt(BaseModel):  # a pydantic model needs no extra and no registration
    order_id: int
    email: str


@dawam.job("orders.receipt", retry=Retry(max_attempts=5))
async def send_receipt(receipt: Receipt, session: AsyncSession = injected, log: Logger = injected) -> None:
    async with session.begin():
        order = await session.get_one(Order, receipt.order_id)
        order.has_receipt = True
    log.info("receipt for order %s sent to %s", receipt.order_id, receipt.email)


@api.post("/orders", status_code=201)
async def order(email: str, session: Session) -> dict[str, int]:
    async with session.begin():
        order = Order(email=email)
        session.add(order)
        await session.flush()
        return {"order": order.id}


@api.post("/orders/{order_id}/pay")
async def pay(order_id: int, session: Session, jobs: Jobs) -> dict[str, str]:
    async with session.begin():
        order = await session.get(Order, order_id)
        if order is None:
            raise HTTPException(404, f"there is no order {order_id}")
        order.is_paid = True
        receipt = Receipt(order_id=order.id, email=order.email)
        job = await jobs.enqueue(send_receipt.call(receipt), transaction=session)
    return {"job": str(job.id)}
