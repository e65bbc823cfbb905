"""Args classes that would not read back are refused when they are registered, naming class, field and cure."""

import collections
import importlib.util
import sys
from collections.abc import Callable, Iterator
from dataclasses import InitVar, dataclass, field
from enum import Enum
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, Generic, TypeVar
from uuid import UUID

import attrs
import msgspec
import pydantic
import pydantic.dataclasses
import pytest
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, mapped_column

from dawam.errors import RegistrationError
from dawam.jobs.codec import ArgsCodec

T = TypeVar("T")


class Base(DeclarativeBase): ...


class Product(Base):
    __tablename__ = "products"
    id: Mapped[int] = mapped_column(primary_key=True)


class MappedProduct(MappedAsDataclass, Base):
    __tablename__ = "mapped_products"
    id: Mapped[int] = mapped_column(primary_key=True)


class DjangoProduct:
    _meta = SimpleNamespace(pk=object())


class Bare: ...


class TwoTuples(Enum):
    A = (1, 2)


@dataclass
class Cat:
    name: str


@dataclass
class Dog:
    name: str


@dataclass
class HasRow:
    products: list[Product]


@dataclass
class HasRowDeeper:
    inner: HasRow | None


@dataclass
class HasSecret:
    password: pydantic.SecretStr


class ModelWithSecret(pydantic.BaseModel):
    keys: dict[str, pydantic.SecretBytes | None]


class ModelWithExclude(pydantic.BaseModel):
    seen: int
    hidden: int = pydantic.Field(default=0, exclude=True)


@dataclass
class HoldsModelWithExclude:
    models: list[ModelWithExclude]


class ModelWithTwoAliases(pydantic.BaseModel):
    order_id: int = pydantic.Field(validation_alias="orderId", serialization_alias="order-id")


class ModelWrittenOnlyByAlias(pydantic.BaseModel):
    order_id: int = pydantic.Field(serialization_alias="orderId")


@pydantic.dataclasses.dataclass
class PydanticDataclassWithSecret:
    key: pydantic.SecretStr


@dataclass
class HasBare:
    thing: Bare


@dataclass
class HasCatOrDog:
    animal: Cat | Dog


@dataclass
class HasTextOrId:
    key: str | UUID


@dataclass
class HasCallable:
    callback: Callable[[], int]


@dataclass
class HasIterator:
    items: Iterator[int]


@dataclass
class HasType:
    kind: type[int]


@dataclass
class HasCounter:
    counts: collections.Counter[str]


@dataclass
class Page(Generic[T]):
    items: list[T]


@attrs.define
class PrivateAttrs:
    _number: int


@dataclass
class HasInitVar:
    number: int
    given: InitVar[int]


@dataclass
class HasTupleEnum:
    kind: TwoTuples


@dataclass
class HasUnknownName:
    number: int
    product: "NotImported"  # type: ignore[name-defined]  # noqa: F821


REFUSED: dict[str, tuple[Any, str]] = {
    "an ORM class": (Product, r"Product is a database row .*pass its id"),
    "an ORM class that is a dataclass": (MappedProduct, r"MappedProduct is a database row .*pass its id"),
    "a Django model": (DjangoProduct, r"DjangoProduct is a database row .*pass its id"),
    "an ORM class in a field": (HasRow, r"HasRow\.products: Product is a database row .*pass its id"),
    "an ORM class deep inside": (HasRowDeeper, r"HasRow\.products: Product is a database row .*pass its id"),
    "a secret": (HasSecret, r"HasSecret\.password: a SecretStr .*pass the id or key"),
    "a secret in a model": (ModelWithSecret, r"ModelWithSecret\.keys: a SecretBytes .*pass the id or key"),
    "a secret in a pydantic dataclass": (PydanticDataclassWithSecret, r"PydanticDataclassWithSecret\.key: a SecretStr"),
    "an excluded field": (ModelWithExclude, r"ModelWithExclude\.hidden: exclude=True .*leave exclude out"),
    "an excluded field deep inside": (HoldsModelWithExclude, r"ModelWithExclude\.hidden: exclude=True"),
    "two aliases": (
        ModelWithTwoAliases,
        r"ModelWithTwoAliases\.order_id: .*'order-id' and read as 'orderId'.*one alias",
    ),
    "an alias for writing only": (ModelWrittenOnlyByAlias, r"order_id: .*'orderId' and read as 'order_id'"),
    "a class that is no data": (HasBare, r"HasBare\.thing: Bare is no class of data; make it a dataclass"),
    "a union of look-alikes": (
        HasCatOrDog,
        r"HasCatOrDog\.animal: the kinds of Cat \| Dog cannot be told apart .*tag=True",
    ),
    "a union of texts": (HasTextOrId, r"HasTextOrId\.key: the kinds of str \| UUID cannot be told apart"),
    "a function": (HasCallable, r"HasCallable\.callback: Callable"),
    "an iterator": (HasIterator, r"HasIterator\.items: Iterator is no class of data"),
    "a class as value": (HasType, r"HasType\.kind"),
    "a class of another library": (HasCounter, r"HasCounter\.counts: Counter is no class of data"),
    "an open generic": (Page, r"Page\.items: the type variable ~T is left open: .*Page\[int\]"),
    "a private attribute": (PrivateAttrs, r"PrivateAttrs\._number: private attributes .*name it 'number'"),
    "an InitVar": (HasInitVar, r"HasInitVar"),
    "an enum of tuples": (HasTupleEnum, r"HasTupleEnum has no JSON form.*Enum"),
    "an annotation that names nothing": (
        HasUnknownName,
        r"HasUnknownName\.product: .*'NotImported'.*import it at run time",
    ),
    "a plain class": (Bare, r"Bare is no args class: a dataclass"),
    "a dict": (dict[str, int], r"dict is no args class: a dataclass"),
    "an int": (int, r"int is no args class: a dataclass"),
    "no class": ("text", r"'text' is no args class"),
}


@pytest.mark.parametrize(("args_type", "message"), REFUSED.values(), ids=REFUSED)
def test_args_that_would_not_read_back_are_refused_at_registration(args_type: Any, message: str) -> None:
    with pytest.raises(RegistrationError, match=message):
        ArgsCodec(args_type)


MODULE = """
from __future__ import annotations
from typing import TYPE_CHECKING, NamedTuple
from dataclasses import dataclass
import pydantic
if TYPE_CHECKING:
    from decimal import Decimal

@dataclass
class Order:
    price: list[Decimal]

class OrderModel(pydantic.BaseModel):
    price: list[Decimal]
"""


@pytest.fixture
def module(tmp_path: Path) -> Iterator[ModuleType]:
    file = tmp_path / "type_checking_only.py"
    file.write_text(MODULE)
    spec = importlib.util.spec_from_file_location("type_checking_only", file)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    sys.modules["type_checking_only"] = loaded
    spec.loader.exec_module(loaded)
    yield loaded
    del sys.modules["type_checking_only"]


@pytest.mark.parametrize("name", ["Order", "OrderModel"])
def test_types_imported_only_for_type_checking_are_refused_with_the_cure(module: ModuleType, name: str) -> None:
    with pytest.raises(RegistrationError, match=rf"{name}\.price: .*Decimal.*import .* at run time"):
        ArgsCodec(getattr(module, name))


class CamelModel(pydantic.BaseModel, alias_generator=lambda name: name.title(), populate_by_name=True):
    order_id: int


class ChoicesModel(pydantic.BaseModel):
    order_id: int = pydantic.Field(
        validation_alias=pydantic.AliasChoices("orderId", "order_id"), serialization_alias="orderId"
    )


class ByNameModel(pydantic.BaseModel, validate_by_alias=False, validate_by_name=True):
    order_id: int = pydantic.Field(validation_alias="orderId")


@pytest.mark.parametrize("model", [CamelModel, ChoicesModel, ByNameModel])
def test_aliases_that_read_back_are_accepted(model: type[pydantic.BaseModel]) -> None:
    codec = ArgsCodec(model)
    args = model.model_validate({"order_id": 3})
    assert codec.decode(codec.encode(args)) == args


@dataclass
class Tree:
    name: str
    children: list["Tree"] = field(default_factory=list)


def test_a_class_that_holds_its_own_kind_is_walked_once() -> None:
    codec = ArgsCodec(Tree)
    tree = Tree("root", [Tree("leaf")])
    assert codec.decode(codec.encode(tree)) == tree


class TaggedCat(msgspec.Struct, tag=True):
    name: str


class TaggedDog(msgspec.Struct, tag=True):
    name: str


@dataclass
class HasTagged:
    animal: TaggedCat | TaggedDog


def test_a_union_of_tagged_structs_can_be_told_apart() -> None:
    codec = ArgsCodec(HasTagged)
    assert codec.decode(codec.encode(HasTagged(TaggedDog("Rex")))) == HasTagged(TaggedDog("Rex"))
