"""Under which name args are stored."""

import sys
from dataclasses import dataclass
from types import ModuleType, SimpleNamespace
from typing import Generic, TypeVar

import attrs
import msgspec
import pydantic
import pytest

from dawam.errors import RegistrationError
from dawam.jobs.args import args_name, job_args

T = TypeVar("T")


@dataclass
class Unmarked:
    number: int


@dataclass
class Page(Generic[T]):
    items: list[T]


def test_the_given_name_is_stored_with_its_version_and_aliases() -> None:
    @job_args("shop.receipt", version=2, aliases=("shop.bill",))
    @dataclass(frozen=True, slots=True)
    class Receipt:
        order_id: int

    name = args_name(Receipt)
    assert (name.name, name.version, name.aliases, name.is_explicit) == ("shop.receipt", 2, ("shop.bill",), True)


def test_without_a_name_it_is_the_full_type_name_as_abp_has_it() -> None:
    name = args_name(Unmarked)
    assert (name.name, name.version, name.aliases, name.is_explicit) == (f"{__name__}.Unmarked", 1, (), False)


def test_an_alias_of_a_generic_class_is_named_for_its_class() -> None:
    assert args_name(Page[int]).name == f"{__name__}.Page"


def test_slots_survive_on_either_side_of_the_decorator() -> None:
    @dataclass(slots=True)
    @job_args("inner")
    class Inner:
        number: int

    @job_args("outer")
    @dataclass(slots=True)
    class Outer:
        number: int

    for marked, name in ((Inner, "inner"), (Outer, "outer")):
        assert args_name(marked).name == name
        assert not hasattr(marked(1), "__dict__")


@pytest.mark.parametrize(
    "args_class",
    [
        type("AStruct", (msgspec.Struct,), {"__annotations__": {"number": int}}),
        type("AModel", (pydantic.BaseModel,), {"__annotations__": {"number": int}, "__module__": __name__}),
        attrs.make_class("AnAttrs", {"number": attrs.field(type=int)}),
    ],
    ids=lambda each: each.__name__,
)
def test_classes_of_every_library_can_be_named(args_class: type) -> None:
    assert job_args("a.name")(args_class) is args_class
    assert args_name(args_class).name == "a.name"


def test_a_subclass_does_not_inherit_the_name() -> None:
    @job_args("parent")
    @dataclass
    class Parent:
        number: int

    @dataclass
    class Child(Parent):
        more: int

    assert args_name(Child).name.endswith("Child")


@pytest.mark.parametrize("name", ["", "  ", "x" * 129, None, 3])
def test_a_name_that_cannot_be_stored_is_refused(name: object) -> None:
    with pytest.raises(RegistrationError, match="Unmarked"):
        job_args(name)(Unmarked)  # type: ignore[arg-type]


@pytest.mark.parametrize("version", [0, -1, "2", True, 1.5])
def test_a_version_below_one_is_refused(version: object) -> None:
    with pytest.raises(RegistrationError, match="from 1 upwards"):
        job_args("a", version=version)(Unmarked)  # type: ignore[arg-type]


def test_an_alias_given_as_one_text_is_refused() -> None:
    with pytest.raises(RegistrationError, match=r"as in \('old.name',\)"):
        job_args("a", aliases="old.name")(Unmarked)  # type: ignore[arg-type]


class TestTheModuleThatWasStartedAsAProgram:
    @pytest.fixture
    def in_main(self) -> type:
        return type("Order", (Unmarked,), {"__module__": "__main__", "__qualname__": "Order"})

    @pytest.fixture
    def main(self, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
        module = ModuleType("__main__")
        monkeypatch.setitem(sys.modules, "__main__", module)
        return module

    def test_is_named_as_others_import_it(self, in_main: type, main: ModuleType) -> None:
        main.__file__ = "/somewhere/hello.py"
        assert args_name(in_main).name == "hello.Order"

    def test_is_named_by_its_package_when_started_with_m(self, in_main: type, main: ModuleType) -> None:
        main.__spec__ = SimpleNamespace(name="shop.jobs")  # type: ignore[assignment]
        assert args_name(in_main).name == "shop.jobs.Order"

    def test_has_no_name_in_an_interactive_session(self, in_main: type, main: ModuleType) -> None:
        with pytest.raises(RegistrationError, match=r"interactive session.*give it one"):
            args_name(in_main)

    def test_has_no_name_in_a_file_that_nobody_can_import(self, in_main: type, main: ModuleType) -> None:
        main.__file__ = "/somewhere/my-script.py"
        with pytest.raises(RegistrationError, match="no module name"):
            args_name(in_main)
