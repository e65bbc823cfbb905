"""What the args of a job look like, for people who write them by hand."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Annotated, Any, Generic, Literal, NamedTuple, Required, TypedDict, TypeVar
from uuid import UUID

import attrs
import msgspec
import pydantic
import pytest

from dawam import App, JobContext, injected
from dawam.jobs.codec import ArgsCodec
from dawam.jobs.outline import example, outline

T = TypeVar("T")


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True)
class Place:
    street: str
    floor: int | None = None


@dataclass(frozen=True)
class Box(Generic[T]):
    inside: T


@dataclass(frozen=True)
class Chain:
    link: "Chain | str"


@dataclass
class Dataclass:
    order_id: int
    times: int = 1
    tags: list[str] = field(default_factory=list[str])
    made_up: int = field(init=False, default=2)


class Renamed(msgspec.Struct, rename="camel", kw_only=True):
    times: int = 1
    order_id: int


class Model(pydantic.BaseModel):
    order_id: int = pydantic.Field(alias="orderId")
    times: int = 1


@pydantic.dataclasses.dataclass
class Checked:
    order_id: int
    times: int = 1


@attrs.define
class Attrs:
    order_id: int
    times: int = 1


class Named(NamedTuple):
    order_id: int
    times: int = 1


class Typed(TypedDict, total=False):
    order_id: Required[int]
    times: int


@dataclass(frozen=True)
class Unresolved:
    what: "Nowhere"  # type: ignore[name-defined]  # noqa: F821


@pytest.mark.parametrize(
    ("hint", "text", "example"),
    [
        (int, "int", 0),
        (float, "float", 0.0),
        (bool, "bool", False),
        (str, "str", ""),
        (UUID, "UUID", ""),
        (datetime, "datetime", ""),
        (timedelta, "timedelta", ""),
        (str | None, "str | None", None),
        (int | str, "int | str", 0),
        (list[int], "list[int]", []),
        (dict[str, Any], "dict[str, Any]", {}),
        (tuple[int, ...], "tuple[int, ...]", []),
        (Colour, "Colour", "red"),
        (Place, "Place", {"street": ""}),
        (Box[Place], "Box[Place]", {"inside": {"street": ""}}),
        (Annotated[int, msgspec.Meta(ge=1)], "Annotated[int, Meta(ge=1)]", 0),
        (Any, "Any", None),
        (Literal["mail.send", "sms"], "typing.Literal['mail.send', 'sms']", "mail.send"),
        (Chain, "Chain", {"link": None}),
    ],
)
def test_each_field_has_its_type_and_something_to_begin_with(hint: Any, text: str, example: object) -> None:
    (field,) = outline(Box[hint])
    assert (field.name, field.type, field.example) == ("inside", text, example)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Dataclass, {"order_id": True, "times": False, "tags": False}),
        (Renamed, {"times": False, "orderId": True}),
        (Model, {"orderId": True, "times": False}),
        (Checked, {"order_id": True, "times": False}),
        (Attrs, {"order_id": True, "times": False}),
        (Named, {"order_id": True, "times": False}),
        (Typed, {"order_id": True, "times": False}),
    ],
)
def test_fields_are_called_as_json_calls_them_and_what_has_a_default_is_left_out(
    kind: Any, expected: dict[str, bool]
) -> None:
    fields = outline(kind)
    assert {each.name: each.is_required for each in fields} == expected
    assert set(example(fields)) == {name for name, is_required in expected.items() if is_required}
    if kind not in (Named, Typed):  # the one is an array in JSON, the other may stand inside of args only
        ArgsCodec(kind).decode(msgspec.json.encode(example(fields)))


def test_of_a_function_what_is_injected_is_none_of_it() -> None:
    app = App()

    @app.job
    async def send(to: str, times: int = 1, context: JobContext = injected) -> None: ...

    assert [(each.name, each.type) for each in outline(send.signature.args_type)] == [("to", "str"), ("times", "int")]


@pytest.mark.parametrize("kind", [Any, dict[str, Any], int, Unresolved])
def test_what_has_no_fields_that_are_known_has_no_outline(kind: Any) -> None:
    assert outline(kind) == ()
