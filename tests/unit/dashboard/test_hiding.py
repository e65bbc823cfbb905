"""What is hidden is not shown, wherever it stands, and is not lost when the rest is edited."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dawam.dashboard.hiding import HIDDEN, Hiding
from dawam.dashboard.options import SECRET_NAMES

HIDING = Hiding(SECRET_NAMES)
names = st.sampled_from(["a", "token", "list", "0"])
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(names, each, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize("name", ["password", "Password", "new_password", "API_KEY", "clientSecret", "authorization"])
def test_what_is_hidden_is_known_by_a_part_of_its_name(name: str) -> None:
    shown = HIDING.of_json(msgspec.json.encode({"to": "a", "list": [{name: "s3cret"}]}).decode())
    assert shown is not None
    assert "s3cret" not in shown
    assert HIDDEN in shown
    assert '"to": "a"' in shown
    assert HIDING.of_headers({name: "s3cret", "tenant": "north"}) == {name: HIDDEN, "tenant": "north"}


def test_what_is_no_json_is_shown_as_it_is() -> None:
    assert HIDING.of_json("not json") == "not json"
    assert HIDING.of_json(None) is None


@given(values)
def test_what_is_shown_and_sent_back_unchanged_is_what_it_was(value: object) -> None:
    original = msgspec.json.encode(value).decode()
    shown = HIDING.of_json(original)
    assert shown is not None
    assert msgspec.json.decode(HIDING.restored(shown, original)) == value


def test_what_was_typed_over_is_new_and_the_rest_stays_hidden() -> None:
    original = '{"to":"a","token":"old","list":[{"token":"x"},{"token":"y"}]}'
    edited = f'{{"to":"b","token":"new","list":[{{"token":"{HIDDEN}"}},{{"token":"z"}}]}}'
    assert msgspec.json.decode(HIDING.restored(edited, original)) == {
        "to": "b", "token": "new", "list": [{"token": "x"}, {"token": "z"}],
    }  # fmt: skip


@pytest.mark.parametrize("text", ["", "{", "{'a': 1}", "nothing"])
def test_what_is_no_json_cannot_be_sent(text: str) -> None:
    with pytest.raises(ValueError, match="this is no JSON"):
        HIDING.restored(text, "{}")
