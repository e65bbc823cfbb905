"""The local event bus: order, base types, failures, scopes, and the end of a unit of work."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import count
from types import TracebackType
from typing import Any, Generic, TypeVar

import pytest

from dawam.errors import NotRunningError, RegistrationError
from dawam.events.bus import LocalEventBus, LocalEventHandler, handled_event_types, local_event_handler_order
from dawam.jobs.current import CurrentContext, carry
from dawam.jobs.tenancy import multi_tenant
from dawam.modules.container import build_container
from dawam.modules.registration import Root
from dawam.modules.scopes import Container
from dawam.modules.services import Services
from dawam.unit_of_work import UnitOfWork

pytestmark = pytest.mark.guide(10)


@dataclass(frozen=True)
class StockChanged:
    new_stock: int


@dataclass(frozen=True)
class StockFell(StockChanged):
    pass


class Diary:
    def __init__(self) -> None:
        self.lines: list[str] = []

    def write(self, line: str) -> None:
        self.lines.append(line)


class Session:
    numbers = count(1)

    def __init__(self) -> None:
        self.number = next(self.numbers)


class Handler(LocalEventHandler[StockChanged]):
    def __init__(self, diary: Diary) -> None:
        self.diary = diary

    async def handle_event(self, event: StockChanged) -> None:
        self.diary.write(type(self).__name__)


class Usual(Handler):
    pass


@local_event_handler_order(-3)
class First(Handler):
    pass


class Second(Handler):
    order = -2


class Failing(Handler):
    order = -1

    async def handle_event(self, event: StockChanged) -> None:
        raise ValueError("the first trouble")


class FailingToo(Handler):
    async def handle_event(self, event: StockChanged) -> None:
        raise OSError("the second trouble")


class FallHandler(LocalEventHandler[StockFell]):
    def __init__(self, diary: Diary) -> None:
        self.diary = diary

    async def handle_event(self, event: StockFell) -> None:
        self.diary.write("FallHandler")


class Opened(Handler):
    """A handler that has something to close."""

    async def __aenter__(self) -> "Opened":
        self.diary.write("opened")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.diary.write("closed")


class Shop:
    """A bus with handlers, their container, and the diary that they write."""

    def __init__(self, *handlers: type[LocalEventHandler[Any]]) -> None:
        self.diary, self.bus = Diary(), LocalEventBus()
        services = Services()
        services.add_instance(self.diary)
        services.add_instance(self.bus)
        services.add_scoped(Session)
        roots = [Root(target=handler, kind="event handler") for handler in handlers]
        self.container: Container = build_container(services.registrations, roots)
        self.bus.serve_from(self.container)
        for handler in handlers:
            self.bus.add_handler(handler)

    @property
    def lines(self) -> list[str]:
        return self.diary.lines


@pytest.mark.abp(72)
async def test_handlers_run_in_ascending_order() -> None:
    shop = Shop(Usual, Second, First)
    await shop.bus.publish(StockChanged(9))
    assert shop.lines == ["First", "Second", "Usual"]


async def test_handlers_of_the_same_order_run_as_they_were_added_functions_among_them() -> None:
    shop = Shop(Usual)
    shop.bus.subscribe(StockChanged, lambda event: shop.diary.write("function"))
    shop.bus.subscribe(StockChanged, lambda event: shop.diary.write("early function"), order=-1)
    await shop.bus.publish(StockChanged(9))
    assert shop.lines == ["early function", "Usual", "function"]


@pytest.mark.abp(73)
async def test_one_failure_is_raised_as_it_is_and_the_others_run_all_the_same() -> None:
    shop = Shop(Failing, Usual)
    with pytest.raises(ValueError, match="the first trouble"):
        await shop.bus.publish(StockChanged(9))
    assert shop.lines == ["Usual"]


@pytest.mark.abp(74)
async def test_several_failures_are_raised_together_in_order() -> None:
    shop = Shop(FailingToo, Failing)
    with pytest.raises(ExceptionGroup, match="2 handlers of StockChanged failed") as raised:
        await shop.bus.publish(StockChanged(9))
    assert [str(error) for error in raised.value.exceptions] == ["the first trouble", "the second trouble"]


@multi_tenant
@dataclass(frozen=True)
class TenantStockChanged(StockChanged):
    tenant_id: int | None


@dataclass(frozen=True)
class TenantStockFell(TenantStockChanged):
    """Its parent's mark holds for it."""


@pytest.mark.abp(75)
@pytest.mark.parametrize("in_unit", [False, True], ids=["at once", "in a unit of work"])
async def test_the_tenant_of_an_event_is_the_current_one_in_its_handlers(in_unit: bool) -> None:
    bus, current = LocalEventBus(), CurrentContext()
    seen: list[tuple[str | None, str | None]] = []
    bus.subscribe(StockChanged, lambda event: seen.append((current.tenant, current.user)))
    async with Units([]).begin() if in_unit else nullcontext():
        with carry(tenant="acme", user="lina"):
            await bus.publish(TenantStockChanged(9, tenant_id=7))
            await bus.publish(TenantStockFell(8, tenant_id=None))
            await bus.publish(StockChanged(7))
            assert current.tenant == "acme"
    assert seen == [("7", "lina"), (None, "lina"), ("acme", "lina")]


async def test_handlers_see_what_was_carried_at_the_moment_of_publishing() -> None:
    bus, seen = LocalEventBus(), list[str]()
    bus.subscribe(StockChanged, lambda event: seen.append(tenant.get()))
    async with Units([]).begin():
        inside = tenant.set("shop 7")
        await bus.publish(StockChanged(9))
        tenant.reset(inside)
    assert seen == ["shop 7"]


tenant: ContextVar[str] = ContextVar("tenant", default="nobody")
"""Of an application that keeps its tenant in a variable of its own."""


@pytest.mark.abp(76)
async def test_a_handler_of_a_base_type_gets_derived_events_and_not_the_other_way_round() -> None:
    shop = Shop(Usual, FallHandler)
    await shop.bus.publish(StockChanged(11))
    assert shop.lines == ["Usual"]
    await shop.bus.publish(StockFell(9))
    assert shop.lines == ["Usual", "Usual", "FallHandler"]


@pytest.mark.abp(77)
async def test_a_handler_is_made_and_closed_for_each_event() -> None:
    shop = Shop(Opened)
    for stock in (3, 2, 1):
        await shop.bus.publish(StockChanged(stock))
    assert shop.lines == ["opened", "Opened", "closed"] * 3


class SessionHandler(LocalEventHandler[StockChanged]):
    def __init__(self, session: Session, diary: Diary) -> None:
        self._session, self._diary = session, diary

    async def handle_event(self, event: StockChanged) -> None:
        self._diary.write(f"session {self._session.number}")
        await asyncio.sleep(0)


class OtherSessionHandler(SessionHandler):
    pass


async def test_each_handler_has_a_scope_of_its_own() -> None:
    shop = Shop(SessionHandler, OtherSessionHandler)
    await shop.bus.publish(StockChanged(9))
    assert len(set(shop.lines)) == 2


async def test_a_handler_may_handle_several_types() -> None:
    class Both(LocalEventHandler[int | str]):
        async def handle_event(self, event: int | str) -> None: ...

    assert handled_event_types(Both) == (int, str)


async def test_the_type_of_the_events_is_found_behind_a_generic_parent() -> None:
    T = TypeVar("T")

    class Logged(LocalEventHandler[T], Generic[T]):
        async def handle_event(self, event: T) -> None: ...

    class LoggedFall(Logged[StockFell]): ...

    assert handled_event_types(LoggedFall) == (StockFell,)


def test_a_handler_that_names_no_event_is_refused() -> None:
    class Vague(LocalEventHandler):  # type: ignore[type-arg]
        async def handle_event(self, event: Any) -> None: ...

    with pytest.raises(RegistrationError, match=r"write class Vague\(LocalEventHandler\[SomeEvent\]\)"):
        LocalEventBus().add_handler(Vague)


async def test_a_closed_subscription_gets_nothing_more() -> None:
    bus, seen = LocalEventBus(), list[StockChanged]()

    async def handle(event: StockChanged) -> None:
        seen.append(event)

    subscription = bus.subscribe(StockChanged, handle)
    await bus.publish(StockChanged(2))
    subscription.close()
    subscription.close()
    await bus.publish(StockChanged(1))
    assert seen == [StockChanged(2)]


async def test_before_the_application_is_open_a_handler_class_cannot_be_made() -> None:
    bus = LocalEventBus()
    bus.add_handler(Usual)
    with pytest.raises(NotRunningError, match="Usual cannot handle StockChanged"):
        await bus.publish(StockChanged(9))


async def test_a_cancelled_publisher_stops_at_once() -> None:
    bus, seen = LocalEventBus(), list[str]()
    reached = asyncio.Event()

    async def wait(event: StockChanged) -> None:
        reached.set()
        await asyncio.Event().wait()

    bus.subscribe(StockChanged, wait)
    bus.subscribe(StockChanged, lambda event: seen.append("too late"))
    task = asyncio.create_task(bus.publish(StockChanged(9)))
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert seen == []


class Units(UnitOfWork[None]):
    """Units of work that only say how they ended."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[None]:
        try:
            yield
        except BaseException:
            self.lines.append("rolled back")
            raise
        self.lines.append("committed")


class TestInsideAUnitOfWork:
    async def test_events_wait_and_are_handled_in_the_order_of_publishing_before_the_commit(self) -> None:
        bus, lines = LocalEventBus(), list[str]()
        bus.subscribe(StockChanged, lambda event: lines.append(f"stock {event.new_stock}"))
        async with Units(lines).begin():
            await bus.publish(StockChanged(2))
            await bus.publish(StockChanged(1))
            lines.append("work")
        assert lines == ["work", "stock 2", "stock 1", "committed"]

    async def test_events_that_handlers_publish_come_after_those_that_wait(self) -> None:
        bus, lines = LocalEventBus(), list[str]()

        async def sell_another(event: StockChanged) -> None:
            lines.append(f"stock {event.new_stock}")
            if event.new_stock == 9:
                await bus.publish(StockChanged(8))

        bus.subscribe(StockChanged, sell_another)
        async with Units(lines).begin():
            await bus.publish(StockChanged(9))
            await bus.publish(StockChanged(5))
        assert lines == ["stock 9", "stock 5", "stock 8", "committed"]

    async def test_a_handler_that_fails_rolls_the_unit_back(self) -> None:
        shop = Shop(Failing, Usual)

        async def sell() -> None:
            async with Units(shop.lines).begin():
                await shop.bus.publish(StockChanged(9))

        with pytest.raises(ValueError, match="the first trouble"):
            await sell()
        assert shop.lines == ["Usual", "rolled back"]

    async def test_events_of_a_unit_that_fails_are_never_handled(self) -> None:
        shop = Shop(Usual)

        async def sell() -> None:
            async with Units(shop.lines).begin():
                await shop.bus.publish(StockChanged(9))
                raise OSError("disk full")

        with pytest.raises(OSError, match="disk full"):
            await sell()
        assert shop.lines == ["rolled back"]

    async def test_an_event_that_does_not_wait_is_handled_at_once(self) -> None:
        bus, lines = LocalEventBus(), list[str]()
        bus.subscribe(StockChanged, lambda event: lines.append("handled"))
        async with Units(lines).begin():
            await bus.publish(StockChanged(9), on_unit_of_work_complete=False)
            lines.append("work")
        assert lines == ["handled", "work", "committed"]


class _NoScopes:
    """Scopes that must not be asked."""

    def open(self, given: Mapping[Any, Any]) -> Any:
        raise AssertionError("nobody handles this event")


async def test_an_event_that_nobody_handles_costs_no_scope() -> None:
    bus = LocalEventBus()
    bus.serve_from(_NoScopes())
    bus.add_handler(Usual)
    await bus.publish("somebody else's event")
