"""Args read back exactly as they were sent, or are refused before they are stored."""

import math
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from pathlib import Path
from typing import Any, Generic, Literal, NamedTuple, NewType, TypedDict, TypeVar
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import attrs
import msgspec
import pydantic
import pydantic.dataclasses
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dawam.errors import ArgsError, ArgsUnreadableError
from dawam.jobs.codec import ArgsCodec

T = TypeVar("T")
OrderId = NewType("OrderId", UUID)


class Colour(Enum):
    RED = "red"


class Size(IntEnum):
    BIG = 3


class Unit(StrEnum):
    KILO = "kg"


class Address(pydantic.BaseModel):
    street: str
    since: date | None = None


class Line(TypedDict):
    product: str
    count: int


class Point(NamedTuple):
    x: int
    y: int = 0


@dataclass(frozen=True, slots=True)
class Price:
    amount: Decimal
    currency: Literal["EUR", "SAR"] = "EUR"


@dataclass(frozen=True, slots=True)
class LowStockArgs:
    product_id: UUID
    product_name: str
    current_stock: int
    minimum_stock: int


@dataclass
class Everything:
    order: OrderId
    at: datetime
    day: date
    takes: timedelta
    price: Price
    colour: Colour
    size: Size
    unit: Unit
    note: str | None
    number: int | float
    lines: list[Line]
    by_name: dict[str, Price]
    by_day: dict[date, int]
    pair: tuple[int, str]
    tags: set[str]
    frozen: frozenset[int]
    raw: bytes
    path: Path
    path_or_none: Path | None
    address: Address
    addresses: list[Address]
    point: Point
    kind: Literal["a", "b"] = "a"


def everything() -> Everything:
    return Everything(
        order=OrderId(uuid4()),
        at=datetime(2026, 3, 29, 1, 30, 0, 123456, tzinfo=ZoneInfo("Europe/Berlin")),
        day=date(2026, 2, 28),
        takes=timedelta(days=3, microseconds=-1),
        price=Price(Decimal("10.50"), "SAR"),
        colour=Colour.RED,
        size=Size.BIG,
        unit=Unit.KILO,
        note=None,
        number=2**70,
        lines=[{"product": "تمر", "count": 2}],
        by_name={"b": Price(Decimal("1E+3")), "a": Price(Decimal("-0"))},
        by_day={date(2026, 1, 1): 1},
        pair=(1, "two"),
        tags={"x", "y", "z"},
        frozen=frozenset({1, 2}),
        raw=b"\x00\xff",
        path=Path("a/b.csv"),
        path_or_none=None,
        address=Address(street="Main", since=date(2020, 1, 1)),
        addresses=[Address(street="\N{SNOWMAN} \\u0000 is text")],
        point=Point(1, 2),
    )


def there_and_back(args: Any, args_type: Any = None) -> Any:
    codec = ArgsCodec[Any](args_type or type(args))
    return codec.decode(codec.encode(args))


@pytest.mark.guide(1)
def test_the_args_of_the_guide_read_back_as_they_were() -> None:
    args = LowStockArgs(uuid4(), "Dates", 5, 10)
    assert there_and_back(args) == args


def test_every_kind_of_field_reads_back_as_it_was() -> None:
    args = everything()
    back = there_and_back(args)
    assert back == args
    assert str(back.by_name["b"].amount) == "1E+3"
    assert list(back.by_name) == ["b", "a"]
    assert (type(back.point), type(back.address), type(back.path)) == (Point, Address, type(args.path))


class AStruct(msgspec.Struct, frozen=True):
    price: Price
    address: Address | None = None


@attrs.frozen
class AnAttrs:
    price: Price
    address: Address | None = None


class AModel(pydantic.BaseModel):
    price: Price
    address: Address | None = None


@pydantic.dataclasses.dataclass
class APydanticDataclass:
    price: Price
    address: Address | None = None


class ANamedTuple(NamedTuple):
    price: Price
    address: Address | None = None


@dataclass(frozen=True)
class ADataclass:
    price: Price
    address: Address | None = None


@pytest.mark.parametrize("kind", [AStruct, AnAttrs, AModel, APydanticDataclass, ANamedTuple, ADataclass])
def test_every_kind_of_class_reads_back_as_it_was(kind: Any) -> None:
    args = kind(price=Price(Decimal("0.10")), address=Address(street="Main"))
    back = there_and_back(args)
    assert back == args
    assert type(back) is kind


@dataclass
class Page(Generic[T]):
    items: list[T]


@dataclass
class PriceList(Page[Price]):
    name: str = ""


def test_generic_classes_read_back_with_the_types_that_they_were_given() -> None:
    assert there_and_back(Page([Decimal("1.0")]), Page[Decimal]) == Page([Decimal("1.0")])
    prices = PriceList([Price(Decimal(1))], "all")
    assert there_and_back(prices) == prices


@dataclass(frozen=True)
class NoFields: ...


def test_args_without_fields_are_args() -> None:
    assert there_and_back(NoFields()) == NoFields()


@dataclass(frozen=True)
class WithDefaults:
    name: str
    times: int = 1
    tags: list[str] = field(default_factory=list)


def test_args_that_were_stored_before_a_field_was_added_get_its_default() -> None:
    codec = ArgsCodec(WithDefaults)
    assert codec.decode(b'{"name":"x"}') == WithDefaults("x")


def test_args_that_were_stored_by_newer_code_lose_only_what_is_unknown() -> None:
    assert ArgsCodec(WithDefaults).decode(b'{"name":"x","new":1}') == WithDefaults("x")


@dataclass
class Reading:
    value: float
    maybe: float | None = None


def test_an_int_where_a_float_is_declared_is_the_same_number() -> None:
    assert there_and_back(Reading(1, 2)) == Reading(1.0, 2.0)


@dataclass
class Loose:
    anything: Any = None
    payload: dict[str, Any] = field(default_factory=dict)


def test_a_field_for_anything_holds_plain_json() -> None:
    args = Loose({"a": [1, 2.5, None, True, "x"]}, {"b": {"c": []}})
    assert there_and_back(args) == args


@pytest.mark.parametrize("value", [uuid4(), (1, 2), {1: 2}, b"x", datetime(2026, 1, 1, tzinfo=UTC), {1}, Path("a")])
def test_a_field_for_anything_refuses_what_would_come_back_as_something_else(value: object) -> None:
    with pytest.raises(ArgsError, match=r"Loose\.payload\['key'\]"):
        ArgsCodec(Loose).encode(Loose(payload={"key": value}))


@dataclass
class WithSequence:
    items: Sequence[int]
    anything: Any
    table: Mapping[str, Sequence[Sequence[int]]]


def test_a_tuple_where_a_sequence_is_declared_comes_back_as_a_list() -> None:
    assert there_and_back(WithSequence((1, 2), 3, {"a": ((1,),)})) == WithSequence([1, 2], 3, {"a": [[1]]})


# -- refused


@dataclass
class Inner:
    texts: list[str]
    number: float = 0.0
    maybe: float | None = None
    when: datetime | None = None


@dataclass
class InnerWithMore(Inner):
    extra: int = 1


@dataclass
class Outer:
    inner: Inner
    count: int = 0


REFUSED = {
    "a text where an int belongs": (Outer(Inner([]), "3"), r"Outer\.count: Expected `int`, got `str`"),  # type: ignore[arg-type]
    "a bool where an int belongs": (Outer(Inner([]), True), r"Outer\.count"),
    "nothing where a class belongs": (Outer(None), r"Outer\.inner"),  # type: ignore[arg-type]
    "NaN": (Outer(Inner([], math.nan)), r"Outer\.inner\.number is nan"),
    "infinity": (Outer(Inner([], math.inf)), r"Outer\.inner\.number is inf"),
    "NaN where None is allowed": (Outer(Inner([], 0, math.nan)), r"Outer\.inner\.maybe is nan"),
    "a NUL": (Outer(Inner(["ok", "a\0b"])), r"Outer\.inner\.texts\[1\] holds a NUL"),
    "a lone surrogate": (Outer(Inner(["\ud800"])), r"Outer\.inner\.texts\[0\] holds a lone surrogate"),
    "a subclass whose fields would vanish": (Outer(InnerWithMore([])), r"Outer\.inner .*InnerWithMore.*pass a Inner"),
    "a class without JSON form": (Outer(Inner([object()])), r"object"),  # type: ignore[list-item]
    "seconds of an offset": (
        Outer(Inner([], when=datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=1, seconds=30))))),
        r"Outer\.inner\.when",
    ),
}


@pytest.mark.parametrize(("args", "message"), REFUSED.values(), ids=REFUSED)
def test_args_that_would_not_read_back_are_refused_with_the_field(args: Outer, message: str) -> None:
    with pytest.raises(ArgsError, match=message):
        ArgsCodec(Outer).encode(args)


def test_a_nul_in_the_key_of_a_dict_is_refused() -> None:
    @dataclass
    class Keyed:
        table: dict[str, int]

    with pytest.raises(ArgsError, match=r"table\.keys\(\) holds a NUL"):
        ArgsCodec(Keyed).encode(Keyed({"\0": 1}))


def test_args_that_hold_themselves_are_refused() -> None:
    args = Loose([])
    args.anything.append(args.anything)
    with pytest.raises(ArgsError, match="hold themselves"):
        ArgsCodec(Loose).encode(args)


def test_args_of_a_subclass_are_refused() -> None:
    with pytest.raises(ArgsError, match=r"not of its subclass InnerWithMore.*a job of its own"):
        ArgsCodec(Inner).encode(InnerWithMore([]))


def test_args_of_another_class_are_refused() -> None:
    with pytest.raises(ArgsError, match="class Inner were expected, not an Outer"):
        ArgsCodec(Inner).encode(Outer(Inner([])))  # type: ignore[arg-type]


def test_a_pydantic_model_changed_past_its_validator_is_refused() -> None:
    address = Address(street="Main")
    address.street = 3  # type: ignore[assignment]
    with pytest.raises(ArgsError, match="Address"):
        ArgsCodec(Address).encode(address)
    with pytest.raises(ArgsError, match="street"):
        ArgsCodec(AStruct).encode(AStruct(Price(Decimal(1)), address))


def test_a_pydantic_subclass_whose_fields_would_vanish_is_refused() -> None:
    class Abroad(Address):
        country: str

    model = AModel(price=Price(Decimal(1)), address=Abroad(street="x", country="y"))
    with pytest.raises(ArgsError, match=r"AModel"):
        ArgsCodec(AModel).encode(model)
    with pytest.raises(ArgsError, match=r"AStruct\.address"):
        ArgsCodec(AStruct).encode(AStruct(Price(Decimal(1)), Abroad(street="x", country="y")))


def test_a_pydantic_union_that_would_choose_another_member_is_refused() -> None:
    class Either(pydantic.BaseModel):
        value: str | UUID

    with pytest.raises(ArgsError, match=r"Either\.value is of the class str and comes back as UUID"):
        ArgsCodec(Either).encode(Either(value=str(uuid4())))


def test_what_pydantic_only_computes_is_no_hindrance() -> None:
    class Square(pydantic.BaseModel, extra="forbid"):
        side: int

        @pydantic.computed_field  # type: ignore[prop-decorator]
        @property
        def area(self) -> int:
            return self.side**2

    assert there_and_back(Square(side=3)) == Square(side=3)


# -- unreadable


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'{"inner":{"texts":[1]}}', r"Outer\.inner\.texts\[0\]: Expected `str`, got `int`"),
        (b'{"count":1}', "Outer: .*missing required field `inner`"),
        (b"{", "Outer"),
        (b"[]", "Outer: Expected `object`"),
    ],
)
def test_stored_args_that_do_not_fit_are_unreadable_and_name_the_field(data: bytes, message: str) -> None:
    with pytest.raises(ArgsUnreadableError, match=message):
        ArgsCodec(Outer).decode(data)


def test_stored_args_that_do_not_fit_a_model_name_the_field_and_keep_its_value_to_themselves() -> None:
    with pytest.raises(ArgsUnreadableError, match=r"Address\.street: ") as raised:
        ArgsCodec(Address).decode(b'{"street":{"hidden":"value"}}')
    assert "hidden" not in str(raised.value)
    with pytest.raises(ArgsUnreadableError, match=r"AStruct\.address: Address\.street: "):
        ArgsCodec(AStruct).decode(b'{"price":{"amount":"1"},"address":{"street":5}}')


def test_a_constraint_of_the_class_itself_is_kept_in_both_directions() -> None:
    @dataclass
    class Positive:
        number: int

        def __post_init__(self) -> None:
            if self.number < 1:
                raise ValueError("must be positive")

    args = Positive(1)
    args.number = 0
    with pytest.raises(ArgsError, match="must be positive"):
        ArgsCodec(Positive).encode(args)
    with pytest.raises(ArgsUnreadableError, match="must be positive"):
        ArgsCodec(Positive).decode(b'{"number":0}')


# -- whatever is sent

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(json_values)
def test_whatever_plain_value_is_sent_reads_back_or_is_refused(value: object) -> None:
    args = Loose(value)
    try:
        assert there_and_back(args) == args
    except ArgsError as error:
        assert "NUL" in str(error) or "surrogate" in str(error)  # noqa: PT017


@given(
    st.builds(
        Inner,
        st.lists(st.text()),
        st.floats(),
        st.none() | st.floats(),
        st.none() | st.datetimes(timezones=st.timezones() | st.none()),
    )
)
def test_whatever_typed_value_is_sent_reads_back_or_is_refused(args: Inner) -> None:
    codec = ArgsCodec(Inner)
    try:
        data = codec.encode(args)
    except ArgsError:
        return
    assert codec.decode(data) == args or args.when is not None  # a fold is equal in no other zone
    assert b"\0" not in data


def test_pydantic_is_not_loaded_for_those_who_do_not_use_it() -> None:
    program = "import sys, dawam.jobs.registry; sys.exit('pydantic' in sys.modules or 'sqlalchemy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@dataclass
class Refund:
    amount: Decimal
    reason: Any = None


def test_a_decimal_that_compares_with_nothing_is_refused_by_its_field() -> None:
    codec = ArgsCodec(Refund)
    with pytest.raises(ArgsError, match=r"Refund\.amount is Decimal\('sNaN'\), which compares with nothing"):
        codec.encode(codec.decode(b'{"amount":"sNaN"}'))


@dataclass
class RefundOnDays(Refund):
    days: frozenset[int] = frozenset()  # which have no order, so that what was read has to be equal


def test_so_it_is_where_what_was_read_has_to_be_equal() -> None:
    with pytest.raises(ArgsError, match=r"RefundOnDays\.amount is Decimal\('sNaN'\), which compares with nothing"):
        ArgsCodec(RefundOnDays).encode(RefundOnDays(Decimal("sNaN")))
