"""Modules: who comes before whom, and what is said when they do not fit together."""

from collections.abc import Callable
from typing import Any, cast

import pytest

from dawam.errors import ModuleError
from dawam.modules.graph import in_order
from dawam.modules.module import BackgroundJobsModule, BackgroundWorkersModule, Module
from dawam.modules.services import Services

pytestmark = pytest.mark.guide(9)


class Data(Module): ...


class Products(Module):
    depends_on = (BackgroundJobsModule, Data)


class Orders(Module):
    depends_on = (BackgroundWorkersModule, Data)


class Shop(Module):
    depends_on = (Products, Orders)


def names(*modules: Module | type[Module]) -> list[str]:
    return [type(module).__name__ for module in in_order(modules)]


def test_dependencies_come_first_each_once_and_the_startup_module_last() -> None:
    assert names(Shop) == ["BackgroundJobsModule", "Data", "Products", "BackgroundWorkersModule", "Orders", "Shop"]


def test_a_module_that_was_given_as_an_object_is_the_one_that_others_depend_on() -> None:
    data = Data()
    assert [module for module in in_order([Shop, data]) if isinstance(module, Data)] == [data]


def test_plain_modules_are_many_and_keep_their_names() -> None:
    assert [module.name for module in in_order([Module("shop"), Module("mail")])] == ["shop", "mail"]


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
