"""The local event bus: who publishes an event does not know who handles it, all within this process.

Inside a unit of work events wait, and are handled in the order of publishing just before the unit commits, so what
handlers do commits with it or not at all. Outside of one they are handled at once.
"""

import asyncio
import inspect
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from contextvars import copy_context
from dataclasses import dataclass
from types import UnionType
from typing import Any, ClassVar, Generic, Protocol, TypeVar, Union, get_args, get_origin

from dawam.errors import NotRunningError, RegistrationError
from dawam.jobs.current import carry
from dawam.jobs.generics import bindings, is_open, origin_of
from dawam.jobs.tenancy import is_multi_tenant, tenant_of
from dawam.unit_of_work import current_unit_of_work

EventT = TypeVar("EventT")
HandlerT = TypeVar("HandlerT", bound="type[LocalEventHandler[Any]]")


class LocalEventHandler(ABC, Generic[EventT]):
    """Handles the events of one type and of its subtypes: `class Notify(LocalEventHandler[StockChanged])`.

    Each event is handled by a fresh instance in a scope of its own. For several types, `LocalEventHandler[A | B]`.
    """

    order: ClassVar[int] = 0
    """Handlers of an event run in ascending order."""

    @abstractmethod
    async def handle_event(self, event: EventT) -> None:
        """Handles it. What it raises reaches the publisher, after all other handlers had their turn."""


def local_event_handler_order(order: int) -> Callable[[HandlerT], HandlerT]:
    """Sets `order` of a handler class, in ABP's words."""

    def mark(handler_class: HandlerT) -> HandlerT:
        handler_class.order = order
        return handler_class

    return mark


class HandlerScope(Protocol):
    """The services of one handler's call."""

    async def get(self, wanted: Any, /) -> Any: ...


class HandlerScopes(Protocol):
    """Opens the scope in which a handler class is built."""

    def open(self, given: Mapping[Any, Any]) -> AbstractAsyncContextManager[HandlerScope]: ...


class Subscription:
    """What `subscribe` answers; closing it ends the subscription, and closing it twice is fine."""

    def __init__(self, end: Callable[[], None]) -> None:
        self._end = end

    def close(self) -> None:
        self._end()


@dataclass(frozen=True, slots=True, eq=False)
class _Subscriber:
    event_type: type[Any]
    handle: Callable[[Any], Awaitable[None]]
    order: int


class LocalEventBus:
    """Hands each event to the handlers of its type and of its base types.

    They run one after the other, and all of them run even if one fails. One failure is raised as it is, several as an
    `ExceptionGroup` in the order in which they happened. They see what was carried at the moment of publishing; the
    tenant of a `multi_tenant` event is the event's own.
    """

    def __init__(self) -> None:
        self._subscribers: tuple[_Subscriber, ...] = ()
        self._scopes: HandlerScopes | None = None

    async def publish(self, event: object, *, on_unit_of_work_complete: bool = True) -> None:
        """Has the event handled: just before the current unit of work commits, or at once where there is none.

        Args:
            on_unit_of_work_complete: False: at once, even inside a unit of work.
        """
        unit = current_unit_of_work()
        if unit is None or not on_unit_of_work_complete:
            await self._dispatch(event)
            return
        context = copy_context()  # handlers see the tenant, user and trace of the moment of publishing

        async def dispatch() -> None:
            await asyncio.create_task(self._dispatch(event), context=context)

        unit.on_completing(dispatch)

    def subscribe(
        self,
        event_type: type[EventT],
        handler: Callable[[EventT], Awaitable[None] | None] | type[LocalEventHandler[EventT]],
        *,
        order: int | None = None,
    ) -> Subscription:
        """From now on the handler gets the events of this type and of its subtypes.

        Args:
            handler: a function, plain or async, or a handler class, which is built in a scope of its own.
            order: handlers run in ascending order; None: the class's own, or 0.
        """
        asked: Any = event_type
        if not isinstance(asked, type):
            raise RegistrationError(f"subscribe({asked!r}, ...): the type of the events was expected, a class")
        if isinstance(handler, type):
            handler_class: type[LocalEventHandler[Any]] = handler
            own_order = handler_class.order if order is None else order
            subscriber = _Subscriber(event_type, self._from_class(handler_class), own_order)
        else:
            subscriber = _Subscriber(event_type, _from_function(handler), order or 0)
        self._subscribers = tuple(sorted((*self._subscribers, subscriber), key=lambda each: each.order))
        return Subscription(lambda: self._unsubscribe(subscriber))

    def add_handler(self, handler_class: type[LocalEventHandler[Any]]) -> None:
        """Subscribes a handler class to the events it declares. Raises `RegistrationError` where it declares none."""
        for event_type in handled_event_types(handler_class):
            self.subscribe(event_type, handler_class)

    def serve_from(self, scopes: HandlerScopes) -> None:
        """Connects the scopes, which come into being after the bus because they can hand the bus out."""
        self._scopes = scopes

    def _unsubscribe(self, subscriber: _Subscriber) -> None:
        self._subscribers = tuple(each for each in self._subscribers if each is not subscriber)

    def _from_class(self, handler_class: type[LocalEventHandler[Any]]) -> Callable[[Any], Awaitable[None]]:
        async def handle(event: Any) -> None:
            if self._scopes is None:
                raise NotRunningError(
                    f"{handler_class.__qualname__} cannot handle {type(event).__qualname__}, because the application "
                    "is not open: open it with `async with app:` around the publishing"
                )
            async with self._scopes.open({}) as scope:
                handler = await scope.get(handler_class)
                await handler.handle_event(event)

        return handle

    async def _dispatch(self, event: object) -> None:
        if not is_multi_tenant(type(event)):
            await self._hand_out(event)
            return
        with carry(tenant=tenant_of(event)):
            await self._hand_out(event)

    async def _hand_out(self, event: object) -> None:
        errors: list[Exception] = []
        for subscriber in self._subscribers:
            if not isinstance(event, subscriber.event_type):
                continue
            try:
                await subscriber.handle(event)
            except Exception as error:  # noqa: BLE001  (the others have their turn all the same)
                errors.append(error)
        if len(errors) == 1:
            raise errors[0]
        if errors:
            raise ExceptionGroup(f"{len(errors)} handlers of {type(event).__qualname__} failed", errors)


def handled_event_types(handler_class: type[LocalEventHandler[Any]]) -> tuple[type[Any], ...]:
    """The event types that a handler class declares, also where a generic parent stands between."""
    name = handler_class.__name__
    declared: Any = bindings(handler_class)[LocalEventHandler].get(EventT, EventT)
    if is_open(declared):
        raise RegistrationError(
            f"{name} does not say which events it handles: write class {name}(LocalEventHandler[SomeEvent])"
        )
    members = get_args(declared) if get_origin(declared) in (Union, UnionType) else (declared,)
    types = tuple(origin_of(member) for member in members)
    if not all(isinstance(each, type) for each in types):
        raise RegistrationError(
            f"{name} handles {declared!r}, which is no class of events: LocalEventHandler[SomeEvent] was expected"
        )
    return types


def _from_function(function: Callable[[Any], Awaitable[None] | None]) -> Callable[[Any], Awaitable[None]]:
    async def handle(event: Any) -> None:
        answer = function(event)
        if inspect.isawaitable(answer):
            await answer

    return handle
