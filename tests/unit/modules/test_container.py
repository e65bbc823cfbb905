"""The container: what is made when, by whom, how long it lives, and how it ends."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from logging import Logger
from types import TracebackType
from typing import Annotated, Any, Generic, TypeVar

import pytest

from dawam.errors import DependencyError, NotRunningError
from dawam.jobs.signature import injected
from dawam.modules.container import build_container
from dawam.modules.registration import Root
from dawam.modules.scopes import Container
from dawam.modules.services import Services

T = TypeVar("T")


class Clock: ...


class Session: ...


class Products:
    def __init__(self, session: Session) -> None:
        self.session = session


@dataclass
class Context:
    """What a run is given."""

    attempt: int


class Job:
    def __init__(self, products: Products, clock: Clock, logger: Logger, context: Context) -> None:
        self.products, self.clock, self.logger, self.context = products, clock, logger, context


@pytest.fixture
def services() -> Services:
    services = Services()
    services.add_singleton(Clock)
    services.add_scoped(Session)
    services.add_scoped(Products)
    return services


def built(services: Services, *roots: type[Any], is_blocking: bool = False) -> Container:
    values = [Root(target=root, kind="job", is_blocking=is_blocking) for root in roots]
    return build_container(services.registrations, values, {Context})


@pytest.mark.guide(1)
async def test_a_job_gets_what_its_constructor_asks_for(services: Services) -> None:
    container = built(services, Job)
    async with container.open({Context: Context(3)}) as scope:
        job = await scope.get(Job)
        assert job.context.attempt == 3
        assert job.products.session is await scope.get(Session)
        assert job.clock is await container.get(Clock)


async def test_its_logger_is_named_for_its_class(services: Services) -> None:
    async with built(services, Job).open({Context: Context(1)}) as scope:
        assert (await scope.get(Job)).logger is logging.getLogger(f"{__name__}.Job")


async def test_a_logger_asked_for_by_itself_is_the_one_that_was_given(services: Services) -> None:
    given = logging.getLogger("shop.send_receipt")
    async with built(services).open({Logger: given}) as scope:
        assert await scope.get(Logger) is given


@pytest.mark.guide(5)
async def test_what_is_scoped_lives_in_one_run_what_is_transient_is_always_new_and_a_singleton_stays(
    services: Services,
) -> None:
    services.add_transient(Products)
    container = built(services)
    async with container.open({}) as one, container.open({}) as other:
        assert await one.get(Session) is await one.get(Session)
        assert await one.get(Session) is not await other.get(Session)
        assert await one.get(Products) is not await one.get(Products)
        assert await one.get(Clock) is await other.get(Clock)


async def test_a_job_is_made_anew_for_each_asking_and_its_class_is_left_as_it_was(services: Services) -> None:
    before = dict(vars(Job))
    async with built(services, Job).open({Context: Context(1)}) as scope:
        assert await scope.get(Job) is not await scope.get(Job)
    assert dict(vars(Job)) == before


async def test_many_who_ask_at_once_for_a_slow_singleton_get_one(services: Services) -> None:
    made: list[Clock] = []
    go_on = asyncio.Event()

    async def slow() -> Clock:
        await go_on.wait()
        made.append(Clock())
        return made[-1]

    services.provide(slow, scope="singleton")
    container = built(services)

    async def ask() -> Clock:
        async with container.open({}) as scope:
            clock: Clock = await scope.get(Clock)
            return clock

    asking = [asyncio.create_task(ask()) for _ in range(10)]
    await asyncio.sleep(0)
    go_on.set()
    assert set(await asyncio.gather(*asking)) == {made[0]}
    assert len(made) == 1


async def test_the_last_registration_wins(services: Services) -> None:
    class FakeSession(Session): ...

    services.replace(Session, FakeSession)
    async with built(services).open({}) as scope:
        assert type((await scope.get(Products)).session) is FakeSession


async def test_a_parameter_with_a_default_is_filled_where_somebody_provides_its_type(services: Services) -> None:
    class Mailer: ...

    class Sender:
        def __init__(
            self, session: Session | None = None, mailer: Mailer | None = None, size: int = 3, *more: str, **rest: str
        ) -> None:
            self.session, self.mailer, self.size = session, mailer, size

    async with built(services, Sender).open({}) as scope:
        sender = await scope.get(Sender)
        assert (sender.session, sender.mailer, sender.size) == (await scope.get(Session), None, 3)


async def test_annotated_types_and_the_mark_of_injected_parameters_are_understood(services: Services) -> None:
    def get_products(session: Annotated[Session, "of FastAPI"] = injected, logger: Logger = injected) -> Products:
        logger.debug("made")
        return Products(session)

    services.provide(get_products)
    async with built(services).open({}) as scope:
        assert (await scope.get(Products)).session is await scope.get(Session)


class Repository(Generic[T]):
    def __init__(self, session: Session, kind: type[T]) -> None:
        self.session, self.kind = session, kind


class Prices(Repository[Products]): ...


async def test_a_generic_class_is_made_for_what_it_is_asked_for(services: Services) -> None:
    class Report:
        def __init__(self, products: Repository[Products], clocks: Repository[Clock]) -> None:
            self.products, self.clocks = products, clocks

    services.add_scoped(Repository)
    services.add_scoped(Prices)
    async with built(services, Report).open({}) as scope:
        report = await scope.get(Report)
        assert (report.products.kind, report.clocks.kind) == (Products, Clock)
        assert report.products is await scope.get(Repository[Products])
        assert (await scope.get(Prices)).kind is Products


class TestTheEnd:
    """How what was made ends."""

    @pytest.fixture
    def lines(self) -> list[str]:
        return []

    @pytest.fixture
    def shop(self, services: Services, lines: list[str]) -> Services:
        async def get_session() -> AsyncIterator[Session]:
            try:
                yield Session()
            except ValueError as error:
                lines.append(f"rollback: {error}")
                raise
            else:
                lines.append("commit")

        def get_products(session: Session) -> Iterator[Products]:
            yield Products(session)
            lines.append("products closed")

        services.provide(get_session)
        services.provide(get_products)
        return services

    async def test_comes_in_reverse_order_when_the_run_ends(self, shop: Services, lines: list[str]) -> None:
        async with built(shop).open({}) as scope:
            await scope.get(Products)
            assert lines == []
        assert lines == ["products closed", "commit"]

    async def test_is_told_what_the_run_raised(self, shop: Services, lines: list[str]) -> None:
        async def run() -> None:
            async with built(shop).open({}) as scope:
                await scope.get(Products)
                raise ValueError("no stock")

        with pytest.raises(ValueError, match="no stock"):
            await run()
        assert lines == ["rollback: no stock"]

    async def test_one_that_swallows_the_error_hides_it_from_nobody(self, shop: Services, lines: list[str]) -> None:
        def get_products(session: Session) -> Iterator[Products]:
            try:
                yield Products(session)
            except ValueError:
                lines.append("swallowed")

        async def run() -> None:
            async with built(shop).open({}) as scope:
                await scope.get(Products)
                raise ValueError("no stock")

        shop.provide(get_products)
        with pytest.raises(ValueError, match="no stock"):
            await run()
        assert lines == ["swallowed", "rollback: no stock"]

    async def test_one_that_fails_after_a_good_run_fails_the_run_and_rolls_the_others_back(
        self, shop: Services, lines: list[str]
    ) -> None:
        def get_products(session: Session) -> Iterator[Products]:
            yield Products(session)
            raise ValueError("cannot flush")

        async def run() -> None:
            async with built(shop).open({}) as scope:
                await scope.get(Products)

        shop.provide(get_products)
        with pytest.raises(ValueError, match="cannot flush"):
            await run()
        assert lines == ["rollback: cannot flush"]

    async def test_of_a_singleton_comes_with_the_end_of_the_application(self, lines: list[str]) -> None:
        async def get_clock() -> AsyncIterator[Clock]:
            yield Clock()
            lines.append("clock stopped")

        services = Services()
        services.provide(get_clock, scope="singleton")
        container = built(services)
        async with container.open({}) as scope:
            await scope.get(Clock)
        assert lines == []
        await container.close()
        await container.close()
        assert lines == ["clock stopped"]

    async def test_of_a_transient_that_a_singleton_holds_comes_with_the_end_of_the_application(
        self, lines: list[str]
    ) -> None:
        class Connection:
            def __enter__(self) -> "Connection":
                lines.append("opened")
                return self

            def __exit__(
                self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
            ) -> None:
                lines.append("closed")

        class Mailer:
            def __init__(self, connection: Connection) -> None: ...

        services = Services()
        services.add_transient(Connection)
        services.add_singleton(Mailer)
        container = built(services)
        async with container.open({}) as scope:
            await scope.get(Mailer)
            await scope.get(Connection)
        assert lines == ["opened", "opened", "closed"]
        await container.close()
        assert lines == ["opened", "opened", "closed", "closed"]

    async def test_of_a_class_that_is_an_async_context_manager_is_awaited(self, lines: list[str]) -> None:
        class Client:
            async def __aenter__(self) -> "Client":
                lines.append("connected")
                return self

            async def __aexit__(
                self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
            ) -> None:
                lines.append("disconnected")

        services = Services()
        services.add_scoped(Client)
        async with built(services).open({}) as scope:
            await scope.get(Client)
            assert lines == ["connected"]
        assert lines == ["connected", "disconnected"]


class TestInAThread:
    """Scopes of jobs and workers that block."""

    async def test_a_job_is_made_and_ended_in_its_thread_and_shares_the_singletons(self, services: Services) -> None:
        lines: list[object] = []

        def get_session() -> Iterator[Session]:
            lines.append(threading.get_ident())
            yield Session()
            lines.append(threading.get_ident())

        async def get_clock() -> Clock:
            await asyncio.sleep(0)
            return Clock()

        services.provide(get_session)
        services.provide(get_clock, scope="singleton")
        container = built(services, Job, is_blocking=True)
        await container.start()

        def run() -> tuple[Clock, int]:
            with container.open_blocking({Context: Context(1)}) as scope:
                job = scope.get(Job)
                assert job.products.session is scope.get(Session)
                return job.clock, threading.get_ident()

        clock, thread = await asyncio.to_thread(run)
        assert clock is await container.get(Clock)
        assert lines == [thread, thread]

    async def test_what_the_run_raises_reaches_its_generators(self, services: Services) -> None:
        seen: list[str] = []

        def get_session() -> Iterator[Session]:
            try:
                yield Session()
            except ValueError as error:
                seen.append(str(error))

        services.provide(get_session)
        container = built(services)
        await container.start()

        def run() -> None:
            with container.open_blocking({}) as scope:
                scope.get(Products)
                raise ValueError("no stock")

        with pytest.raises(ValueError, match="no stock"):
            await asyncio.to_thread(run)
        assert seen == ["no stock"]

    def test_what_only_a_coroutine_can_make_is_refused_with_the_cure(self, services: Services) -> None:
        async def get_session() -> AsyncIterator[Session]:
            yield Session()

        services.provide(get_session)
        with pytest.raises(DependencyError) as raised:
            built(services, Job, is_blocking=True)
        message = str(raised.value)
        assert message.startswith("job Job runs in a thread, but Session can only be made by awaiting get_session:")
        assert "    Job(products: Products)   job\n    └─ Products(session: Session)   scoped\n" in message
        assert "       └─ Session   <- needs the event loop" in message
        assert "Make Job async, or provide Session with a plain function or generator, or as a singleton." in message

    async def test_asked_for_directly_it_is_refused_as_well(self, services: Services) -> None:
        async def get_session() -> Session:
            return Session()

        services.provide(get_session)
        container = built(services)
        await container.start()

        def run() -> None:
            with container.open_blocking({}) as scope:
                scope.get(Session)

        with pytest.raises(DependencyError, match="can only be made by a coroutine"):
            await asyncio.to_thread(run)

    def test_before_the_start_there_is_no_loop_to_make_singletons_on(self, services: Services) -> None:
        with pytest.raises(NotRunningError, match="before the application was"):
            built(services).open_blocking({})

    async def test_on_the_loop_itself_a_blocking_scope_would_wait_for_itself(self, services: Services) -> None:
        container = built(services)
        await container.start()
        with container.open_blocking({}) as scope, pytest.raises(NotRunningError, match="made on the event loop"):
            scope.get(Clock)


class TestALateAddition:
    """Something that was not known when the container was built."""

    async def test_is_checked_and_can_be_made_from_then_on(self, services: Services) -> None:
        container = built(services)
        await container.admit(Root(target=Job, kind="worker"))
        async with container.open({Context: Context(1)}) as scope:
            assert type(await scope.get(Job)) is Job

    async def test_that_needs_what_nobody_provides_is_refused(self, services: Services) -> None:
        class Late:
            def __init__(self, mailer: "Mailer") -> None: ...

        class Mailer: ...

        Late.__init__.__annotations__["mailer"] = Mailer
        with pytest.raises(DependencyError, match="nobody provides Mailer, which Late"):
            await built(services).admit(Root(target=Late, kind="worker"))

    async def test_that_lives_as_long_as_the_application_is_made_once_and_ends_with_it(
        self, services: Services
    ) -> None:
        ended: list[str] = []

        class Listener:
            def __init__(self, clock: Clock) -> None:
                self.clock = clock

            async def __aenter__(self) -> "Listener":
                return self

            async def __aexit__(
                self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
            ) -> None:
                ended.append("ended")

        container = built(services)
        await container.admit(Root(target=Listener, kind="worker", is_singleton=True))
        one, other = await asyncio.gather(container.get(Listener), container.get(Listener))
        assert one is other
        assert one.clock is await container.get(Clock)
        await container.close()
        assert ended == ["ended"]


class TestWhatDoesNotFit:
    """Refused when the application is built, with the path to the spot."""

    def test_a_missing_dependency_is_drawn_with_who_asks_for_it(self, services: Services) -> None:
        class Sessions: ...

        services = Services()
        services.add_scoped(Sessions)
        services.add_singleton(Clock)
        services.add_scoped(Products)
        with pytest.raises(DependencyError) as raised:
            built(services, Job)
        assert str(raised.value) == (
            "nobody provides Session, which Products (parameter 'session') asks for:\n\n"
            "    Job(products: Products)   job\n"
            "    └─ Products(session: Session)   scoped\n"
            "       └─ Session   <- nobody provides it\n\n"
            "Nearest registered: Sessions.\n"
            "Register it: services.add_scoped(Session), or services.provide(a function that returns it); in a single "
            "file, app.provide(...). Or give the parameter a default."
        )

    def test_a_registered_subclass_is_pointed_out(self) -> None:
        class SqlSession(Session): ...

        services = Services()
        services.add_scoped(SqlSession)
        services.add_scoped(Products)
        with pytest.raises(DependencyError, match=r"a subclass of it: services\.add_scoped\(Session, SqlSession\)"):
            built(services)

    def test_a_simple_type_says_too_little(self, services: Services) -> None:
        class Mailer:
            def __init__(self, host: str) -> None: ...

        services.add_singleton(Mailer)
        with pytest.raises(DependencyError, match="A str says too little to be found by its type: build Mailer with"):
            built(services)

    def test_a_singleton_cannot_hold_what_ends_with_a_run(self, services: Services) -> None:
        class Cache:
            def __init__(self, products: Products) -> None: ...

        services.add_transient(Products)
        services.add_singleton(Cache)
        with pytest.raises(DependencyError) as raised:
            built(services)
        message = str(raised.value)
        assert message.startswith("Cache lives as long as the application, but Session ends with each run:")
        assert "└─ Session   <- lives in one run only" in message
        assert "Make Cache scoped (services.add_scoped), or Session a singleton" in message

    def test_nor_what_a_run_is_given(self, services: Services) -> None:
        class Cache:
            def __init__(self, context: Context) -> None: ...

        services.add_singleton(Cache)
        with pytest.raises(DependencyError, match="Cache lives as long as the application, but Context ends"):
            built(services)

    def test_a_circle_is_drawn(self, services: Services) -> None:
        def get_session(products: Products) -> Session:
            return products.session

        services.provide(get_session)
        with pytest.raises(DependencyError) as raised:
            built(services)
        message = str(raised.value)
        assert message.startswith("Session needs itself:")
        assert "Session(products: Products)   scoped\n    └─ Products(session: Session)   scoped" in message

    def test_the_injected_parameters_of_a_function_are_checked_too(self, services: Services) -> None:
        def send_receipt(order_id: int, mailer: object) -> None: ...

        class Mailer: ...

        root = Root(target=send_receipt, kind="job", parameters={"mailer": Mailer})
        with pytest.raises(DependencyError, match=r"send_receipt\(mailer: Mailer\)   job"):
            build_container(services.registrations, [root])

    async def test_what_nobody_provides_cannot_be_asked_for_later_either(self, services: Services) -> None:
        container = built(services)
        with pytest.raises(DependencyError, match="nobody provides Job"):
            await container.get(Job)
        async with container.open({}) as scope:
            with pytest.raises(DependencyError, match="nobody provides Job"):
                await scope.get(Job)

    async def test_what_lives_in_a_run_cannot_be_asked_of_the_application(self, services: Services) -> None:
        services.add_transient(Products)
        container = built(services, Job)
        for wanted in (Session, Products, Job, Context):
            with pytest.raises(
                DependencyError, match=f"{wanted.__name__} lives in one run of a job, worker or handler"
            ):
                await container.get(wanted)

    async def test_what_this_run_was_not_given_is_named(self, services: Services) -> None:
        async with built(services, Job).open({}) as scope:
            with pytest.raises(
                DependencyError, match="Job needs the Context of what is running, and there is none here"
            ):
                await scope.get(Job)


async def test_the_application_hands_out_transients_that_need_nothing_of_a_run(services: Services) -> None:
    class Mailer:
        def __init__(self, clock: Clock) -> None: ...

    services.add_transient(Mailer)
    container = built(services)
    assert await container.get(Mailer) is not await container.get(Mailer)
