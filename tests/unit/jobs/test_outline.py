"""What the args of a job look like, for people who write them by hand."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

import msgspec
import pytest

from dawam import App, JobContext, injected
from dawam.jobs.outline import outline

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
        (Place, "Place", {"street": "", "floor": None}),
        (Box[Place], "Box[Place]", {"inside": {"street": "", "floor": None}}),
        (Annotated[int, msgspec.Meta(ge=1)], "Annotated[int, Meta(ge=1)]", 0),
        (Any, "Any", None),
    ],
)
def test_each_field_has_its_type_and_something_to_begin_with(hint: Any, text: str, example: object) -> None:
    (field,) = outline(Box[hint])
    assert (field.name, field.type, field.example) == ("inside", text, example)


def test_of_a_function_what_is_injected_is_none_of_it() -> None:
    app = App()

    @app.job
    async def send(to: str, times: int = 1, context: JobContext = injected) -> None: ...

    assert [(each.name, each.type) for each in outline(send.signature.args_type)] == [("to", "str"), ("times", "int")]


@pytest.mark.parametrize("kind", [Any, dict[str, Any], int, Unresolved])
def test_what_has_no_fields_that_are_known_has_no_outline(kind: Any) -> None:
    assert outline(kind) == ()
