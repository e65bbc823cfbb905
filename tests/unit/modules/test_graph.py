"""Modules: who comes before whom, and what is said when they do not fit together."""

from collections.abc import Callable
from typing import Any, cast

import pytest

from dawam.errors import ModuleError
from dawam.modules.application_context import ApplicationContext
from dawam.modules.graph import ModuleGraph, in_order
from dawam.modules.module import BackgroundJobsModule, BackgroundWorkersModule, Module
from dawam.modules.services import Services

pytestmark = pytest.mark.guide(9)

context = cast(ApplicationContext, object())
"""No module here asks it for anything."""


class Writing(Module):
    """A module that writes down each of its phases."""

    lines: list[str]

    def _write(self, phase: str) -> None:
        type(self).lines.append(f"{phase} {type(self).__name__}")

    def pre_configure_services(self, services: Services) -> None:
        self._write("pre-configure")

    def configure_services(self, services: Services) -> None:
        self._write("configure")

    def post_configure_services(self, services: Services) -> None:
        self._write("post-configure")

    async def on_pre_application_initialization(self, context: ApplicationContext) -> None:
        self._write("pre-initialize")

    async def on_application_initialization(self, context: ApplicationContext) -> None:
        self._write("initialize")

    async def on_post_application_initialization(self, context: ApplicationContext) -> None:
        self._write("post-initialize")

    async def on_application_shutdown(self, context: ApplicationContext) -> None:
        self._write("shut down")


class Data(Writing): ...


class Products(Writing):
    depends_on = (BackgroundJobsModule, Data)


class Orders(Writing):
    depends_on = (BackgroundWorkersModule, Data)


class Shop(Writing):
    depends_on = (Products, Orders)


@pytest.fixture(autouse=True)
def lines() -> list[str]:
    Writing.lines = []
    return Writing.lines


def names(*modules: Module | type[Module]) -> list[str]:
    return [type(module).__name__ for module in in_order(modules)]


def test_dependencies_come_first_each_once_and_the_startup_module_last() -> None:
    assert names(Shop) == ["BackgroundJobsModule", "Data", "Products", "BackgroundWorkersModule", "Orders", "Shop"]


def test_a_module_that_was_given_as_an_object_is_the_one_that_others_depend_on() -> None:
    data = Data()
    assert [module for module in in_order([Shop, data]) if isinstance(module, Data)] == [data]


def test_plain_modules_are_many_and_keep_their_names() -> None:
    assert [module.name for module in in_order([Module("shop"), Module("mail")])] == ["shop", "mail"]


async def test_each_phase_is_finished_by_all_modules_before_the_next_begins(lines: list[str]) -> None:
    graph = ModuleGraph([Products])
    graph.configure(Services())
    await graph.initialize(context)
    await graph.shut_down(context)
    assert lines == [
        "pre-configure Data",
        "pre-configure Products",
        "configure Data",
        "configure Products",
        "post-configure Data",
        "post-configure Products",
        "pre-initialize Data",
        "pre-initialize Products",
        "initialize Data",
        "initialize Products",
        "post-initialize Data",
        "post-initialize Products",
        "shut down Products",
        "shut down Data",
    ]


async def test_shutting_down_twice_or_before_the_start_does_nothing(lines: list[str]) -> None:
    graph = ModuleGraph([Data])
    await graph.shut_down(context)
    assert lines == []
    await graph.initialize(context)
    await graph.shut_down(context)
    await graph.shut_down(context)
    assert lines.count("shut down Data") == 1


async def test_what_a_module_raises_names_module_and_phase() -> None:
    class Broken(Data):
        async def on_application_initialization(self, context: ApplicationContext) -> None:
            raise OSError("no disk")

    graph = ModuleGraph([Broken])
    with pytest.raises(ModuleError, match="Broken failed in on_application_initialization: OSError: no disk") as raised:
        await graph.initialize(context)
    assert isinstance(raised.value.__cause__, OSError)


async def test_after_a_failed_start_those_that_had_begun_are_shut_down(lines: list[str]) -> None:
    class Broken(Writing):
        depends_on = (Data,)

        async def on_pre_application_initialization(self, context: ApplicationContext) -> None:
            raise OSError("no disk")

    class Late(Writing):
        depends_on = (Broken,)

    graph = ModuleGraph([Late])
    with pytest.raises(ModuleError):
        await graph.initialize(context)
    await graph.shut_down(context)
    assert lines == ["pre-initialize Data", "shut down Broken", "shut down Data"]


async def test_at_the_shutdown_each_module_has_its_turn_whatever_the_others_raise(lines: list[str]) -> None:
    class Broken(Writing):
        depends_on = (Data,)

        async def on_application_shutdown(self, context: ApplicationContext) -> None:
            raise OSError("no disk")

    graph = ModuleGraph([Broken])
    await graph.initialize(context)
    with pytest.raises(ModuleError, match="Broken failed in on_application_shutdown"):
        await graph.shut_down(context)
    assert lines[-1] == "shut down Data"


class Left(Module): ...


class Middle(Module): ...


class Right(Module): ...


def test_a_circle_is_drawn_as_the_path_that_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Left, "depends_on", (Middle,))
    monkeypatch.setattr(Middle, "depends_on", (Right,))
    monkeypatch.setattr(Right, "depends_on", (Middle,))
    with pytest.raises(ModuleError, match="in a circle: Middle -> Right -> Middle"):
        in_order([Left])


def dependency(depends_on: Any) -> type[Module]:
    return cast("type[Module]", type("Wrong", (Module,), {"depends_on": depends_on}))


def needs_arguments() -> type[Module]:
    class Demanding(Module):
        def __init__(self, size: int) -> None:
            super().__init__()

    return Demanding


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: dependency((Services,)), "Wrong.depends_on names <class '.*Services'>, which is no module"),
        (lambda: dependency((Module("x"),)), "names an object"),
        (lambda: dependency(Data), r"a tuple was expected, as in depends_on = \(OtherModule,\)"),
        (lambda: "shop.module", "App names 'shop.module', which is no module"),
        (needs_arguments, "Demanding cannot be made: TypeError"),
    ],
)
def test_what_is_no_module_is_refused(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(ModuleError, match=message):
        in_order([make()])


def test_two_objects_of_one_module_class_are_refused() -> None:
    with pytest.raises(ModuleError, match="two objects of Data were given"):
        in_order([Data(), Data()])
