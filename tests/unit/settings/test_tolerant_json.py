"""The reader of settings files agrees with the standard one, and forgives comments and trailing commas."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dawam.settings.tolerant_json import JsonProblem, read_json

_SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8)
)
_VALUES = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
)
_NOISE = st.sampled_from(["", " ", "\n", "\t", "\r\n", '// a note: {[,"\n', '/* "x": 1, */', "/**/", "/* // */"])


def _decorated(value: Any, draw: Any) -> str:
    """The value as JSON with noise between all tokens and trailing commas wherever they may stand."""

    def noise() -> str:
        return str(draw(_NOISE))

    if isinstance(value, dict):
        items = [f"{noise()}{json.dumps(key)}{noise()}:{_decorated(item, draw)}" for key, item in value.items()]
    elif isinstance(value, list):
        items = [_decorated(item, draw) for item in value]
    else:
        return noise() + json.dumps(value) + noise()
    trailing = "," if items and draw(st.booleans()) else ""
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    return noise() + opening + ",".join(items) + trailing + noise() + closing + noise()


@given(_VALUES, st.sampled_from([None, 2]), st.booleans())
def test_plain_json_reads_as_the_standard_library_reads_it(value: Any, indent: int | None, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)

    assert read_json(text)[0] == json.loads(text)


@given(_VALUES, st.data())
def test_comments_and_trailing_commas_change_nothing(value: Any, data: st.DataObject) -> None:
    assert read_json(_decorated(value, data.draw))[0] == value


@given(st.text(alphabet='{}[]",:/*\\ntrue01-.e \n', max_size=30))
def test_whatever_it_accepts_without_comments_or_trailing_commas_the_standard_library_accepts(text: str) -> None:
    try:
        expected = json.loads(text)
    except ValueError:
        return
    try:
        assert read_json(text)[0] == expected
    except JsonProblem as problem:
        assert "stands twice" in problem.problem  # noqa: PT017  (the one thing in which it is stricter)


def test_the_contents_of_texts_are_left_alone() -> None:
    text = r'{"url": "https://example.org//a", "note": "/* no comment */, // neither", "quote": "\",}"}'

    assert read_json(text)[0] == json.loads(text)


def test_it_knows_the_line_of_every_key() -> None:
    _, lines = read_json('{\n  // a note\n  "Store": {\n    "Url": "x"\n  },\n  "Queues": [1,\n 2]\n}')

    assert lines == {("Store",): 3, ("Store", "Url"): 4, ("Queues",): 6}


@pytest.mark.parametrize(
    ("text", "line", "column", "problem"),
    [
        ("", 1, 1, "empty"),
        ("  // nothing but a note", 1, 24, "empty"),
        ('{"a": 1', 1, 1, 'this "{" is never closed'),
        ('{\n"a": [1', 2, 6, 'this "[" is never closed'),
        ('{"a": 1 "b": 2}', 1, 9, '"," or "}" was expected'),
        ('{"a" 1}', 1, 6, '":" was expected after the key "a"'),
        ("{'a': 1}", 1, 2, "a key in double quotes"),
        ('{"a": True}', 1, 7, "a value was expected"),
        ('{"a": 01}', 1, 7, "a value was expected"),
        ('{"a": NaN}', 1, 7, "a value was expected"),
        ('{"a": ,}', 1, 7, "a value was expected"),
        ('{"a":', 1, 6, "the file ends here"),
        ('{"a": "x\n"}', 1, 7, "no closing double quote"),
        (r'{"a": "C:\path"}', 1, 10, r'"\" starts an escape'),
        ('{"a": 1 /* never', 1, 9, "comment is never closed"),
        ("{} {}", 1, 4, "nothing may follow"),
        ('{"a": 1, "a": 2}', 1, 10, "stands twice"),
        ("[" * 101, 1, 101, "nested deeper than 100"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, line: int, column: int, problem: str) -> None:
    with pytest.raises(JsonProblem) as raised:
        read_json(text)

    assert (raised.value.line, raised.value.column) == (line, column)
    assert problem in raised.value.problem
