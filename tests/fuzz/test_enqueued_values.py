"""Any value in the place of args comes back equal, and of the same class, or is refused with its field."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum
from pathlib import PurePosixPath
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import pydantic
from hypothesis import example, given
from hypothesis import strategies as st

from dawam.errors import ArgsError
from dawam.jobs.codec import ArgsCodec, ResultCodec


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Point(NamedTuple):
    x: int
    y: float = 0.0


class Label(msgspec.Struct, tag=True):
    text: str
    at: datetime | None = None


@dataclass
class Order:
    number: int = 0
    price: Decimal | None = None
    label: Label | None = None
    due: datetime | None = None
    day: date | None = None
    at: time | None = None
    within: timedelta | None = None
    owner: UUID | None = None
    colour: Colour | None = None
    points: tuple[Point, ...] = ()
    weights: dict[str, float] = field(default_factory=dict[str, float])
    days: frozenset[int] = frozenset()
    raw: bytes = b""
    path: PurePosixPath | None = None
    mixed: int | str | list[int] | None = None
    anything: Any = None


@dataclass
class Parcel:
    """Without anything at all in it: what was read has to be equal, and that is looked at first."""

    price: Decimal
    days: frozenset[int] = frozenset()


class Person(pydantic.BaseModel):
    name: str
    born: date | None = None
    height: float = 0.0
    balance: Decimal | None = None
    mixed: int | str | bool | None = None
    more: dict[str, Any] = {}


CODECS: dict[type[Any], ArgsCodec[Any]] = {kind: ArgsCodec(kind) for kind in (Order, Parcel, Person)}
TEXTS = st.text(st.characters(exclude_categories=()), max_size=8)
ZONES = st.none() | st.just(UTC) | st.timedeltas(timedelta(hours=-23), timedelta(hours=23)).map(timezone)
NUMBERS = st.one_of(st.integers(), st.integers(2**62, 2**66), st.booleans(), st.floats(), st.just(-0.0))
PLAIN = st.recursive(
    st.one_of(st.none(), NUMBERS, TEXTS, st.decimals(), st.dates(), st.binary(max_size=4), st.sampled_from(Colour)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(TEXTS, inner, max_size=3),
        st.tuples(inner, inner),
        st.frozensets(st.integers(), max_size=3),
    ),
    max_leaves=6,
)
MOMENTS = st.none() | st.datetimes(timezones=ZONES)
ORDERS = st.builds(
    Order,
    number=NUMBERS,
    price=st.none() | st.decimals(),
    label=st.none() | st.builds(Label, TEXTS, MOMENTS),
    due=MOMENTS,
    day=st.none() | st.dates(),
    at=st.none() | st.times(timezones=ZONES),
    within=st.none() | st.timedeltas(),
    owner=st.none() | st.uuids(),
    colour=st.none() | st.sampled_from(Colour),
    points=st.lists(st.builds(Point, NUMBERS, NUMBERS), max_size=2).map(tuple),
    weights=st.dictionaries(TEXTS, NUMBERS, max_size=2),
    days=st.frozensets(NUMBERS, max_size=3),
    raw=st.binary(max_size=4),
    path=st.none() | TEXTS.map(PurePosixPath),
    mixed=PLAIN,
    anything=PLAIN,
)
PARCELS = st.builds(Parcel, st.decimals(), st.frozensets(NUMBERS, max_size=3))
PEOPLE = st.builds(
    Person.model_construct,
    name=TEXTS,
    born=st.none() | st.dates(),
    height=NUMBERS,
    balance=st.none() | st.decimals(),
    mixed=PLAIN,
    more=st.dictionaries(TEXTS, PLAIN, max_size=2),
)


@given(value=ORDERS | PARCELS | PEOPLE)
@example(value=Parcel(Decimal("sNaN")))
@example(value=Order(anything=Decimal("sNaN")))
def test_a_value_comes_back_equal_or_is_refused(value: Any) -> None:
    codec = CODECS[type(value)]
    try:
        data = codec.encode(value)
    except ArgsError as error:
        refusal = str(error)
    else:
        back = codec.decode(data)
        assert type(back) is type(value)
        assert back == value or "NaN" in repr(value)  # which is equal to nothing
        return
    assert type(value).__qualname__ in refusal


@given(value=PLAIN, annotation=st.sampled_from([Any, int, str, list[int], datetime, Order, float | None, Person]))
def test_any_result_is_kept_or_refused(value: Any, annotation: Any) -> None:
    codec = ResultCodec(annotation, "job 'count'")
    try:
        data = codec.encode(value)
    except TypeError as error:
        refusal = str(error)
    else:
        codec.decode(data)
        return
    assert refusal.startswith("the result of job 'count' cannot be stored: result")
