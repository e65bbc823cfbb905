"""Any bytes in the place of stored args are args that can be stored again, or refused in our words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import pydantic
import pytest
from hypothesis import given

from dawam.errors import ArgsError, ArgsUnreadableError
from dawam.jobs.codec import ArgsCodec
from tests.fuzz.mutation import grown, replayed


@dataclass(frozen=True)
class Item:
    name: str
    price: Decimal
    count: int = 1


@dataclass(frozen=True)
class Order:
    id: int
    customer: str
    items: list[Item]
    placed_at: datetime
    note: str | None = None
    wait: timedelta = timedelta(0)
    tags: Mapping[str, float] = field(default_factory=dict[str, float])
    target: int | str = 0
    data: bytes = b""
    day: date | None = None
    key: UUID | None = None


@dataclass
class Tree:
    value: int = 0
    children: "list[Tree]" = field(default_factory=list["Tree"])


@dataclass
class Values:
    text: str = ""
    number: float = 0.0
    whole: int = 0
    amount: Decimal = Decimal(0)
    at: datetime = datetime(2026, 1, 31, tzinfo=UTC)
    day: date | None = None
    wait: timedelta | None = None
    numbers: dict[int, str] = field(default_factory=dict[int, str])
    anything: Any = None


class Mail(msgspec.Struct, tag_field="kind", tag="mail"):
    to: str


class Text(msgspec.Struct, tag_field="kind", tag="text"):
    number: int


class Message(msgspec.Struct):
    target: Mail | Text | None = None
    whole: int | None = None


class Part(pydantic.BaseModel):
    name: str = ""
    price: Decimal = Decimal(0)


class Product(Part):
    made_at: datetime | None = None
    wait: timedelta | None = None
    parts: list[Part] = []
    number: float = 0.0
    whole: int = 0
    anything: Any = None


CODECS: dict[str, ArgsCodec[Any]] = {
    kind.__name__: ArgsCodec[Any](kind) for kind in (Order, Tree, Values, Message, Product)
}
KINDS = pytest.mark.parametrize("kind", CODECS)


def refusal(kind: str, data: bytes) -> str | None:
    """In which words the bytes are refused; None where they are args that can be stored again.

    Args that somebody else stored may be such as `enqueue` refuses.
    """
    codec = CODECS[kind]
    try:
        args = codec.decode(data)
        stored = codec.encode(args)
    except (ArgsUnreadableError, ArgsError) as error:
        return str(error)
    assert codec.encode(codec.decode(stored)) == stored
    assert repr(codec.decode(stored)) == repr(args)  # what is not a number is equal to nothing
    return None


def check(kind: str, data: bytes) -> None:
    words = refusal(kind, data)
    assert words is None or kind in words
    assert words is None or words.encode()  # it can be kept in a database


@KINDS
@replayed("args")
def test_kept_bytes_are_args_or_refused_in_our_words(kind: str, data: bytes) -> None:
    check(kind, data)


@KINDS
@given(data=grown("args"))
def test_any_bytes_are_args_or_refused_in_our_words(kind: str, data: bytes) -> None:
    check(kind, data)


def test_the_guard_sees_good_args_read() -> None:
    assert CODECS["Tree"].decode(b'{"value":1,"children":[{"value":2}]}') == Tree(1, [Tree(2)])
