"""What a job returns is stored and read back as its annotation says."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pydantic
import pytest

from dawam.jobs.codec import ResultCodec


@dataclass
class Total:
    amount: Decimal


class Report(pydantic.BaseModel):
    pages: int


class Connection: ...


@pytest.mark.parametrize(
    ("result_type", "value"),
    [
        (str, "Hello"),
        (UUID, uuid4()),
        (Total, Total(Decimal("1.50"))),
        (list[Total], [Total(Decimal(1))]),
        (Report, Report(pages=3)),
        (dict[str, Report | None], {"a": Report(pages=1), "b": None}),
        (int | None, 3),
        (Any, {"a": [1, None]}),
    ],
)
def test_a_result_reads_back_as_annotated(result_type: object, value: object) -> None:
    codec = ResultCodec(result_type, "greet")
    assert codec.decode(codec.encode(value)) == value


@pytest.mark.parametrize("result_type", [None, Any, str, int | None])
def test_nothing_returned_is_nothing_stored(result_type: object) -> None:
    codec = ResultCodec(result_type, "greet")
    assert codec.encode(None) is None
    assert codec.decode(None) is None


def test_without_an_annotation_a_result_reads_back_as_plain_json() -> None:
    codec = ResultCodec(Any, "greet")
    assert codec.decode(codec.encode(Total(Decimal("1.5")))) == {"amount": "1.5"}


@pytest.mark.parametrize(
    ("result_type", "value"), [(str, 3), (None, "x"), (Report, "x"), (Connection, Connection()), (Any, Connection())]
)
def test_a_result_that_does_not_read_back_is_refused_with_the_jobs_name(result_type: object, value: object) -> None:
    with pytest.raises(TypeError, match="the result of greet cannot be stored"):
        ResultCodec(result_type, "greet").encode(value)


def test_an_annotation_without_json_form_leaves_plain_json() -> None:
    codec = ResultCodec(str | UUID, "greet")
    assert codec.decode(codec.encode("x")) == "x"
