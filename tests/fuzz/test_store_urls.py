"""Any text as `Store.Url` names a store or is refused in our words, and what may be a password is never repeated."""

import re
from dataclasses import dataclass

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dawam.clock import SystemClock
from dawam.errors import SettingsError
from dawam.opening import make_store
from dawam.stores.base import StoreOptions
from dawam.stores.values import Retention
from tests.fuzz.mutation import as_text, grown_text, replayed

PASSWORD = "hunter2"
NAMED = "postgresql://dawam:{}@db.example:5432/jobs?connect_timeout=5s"


@dataclass(frozen=True)
class Answer:
    is_store: bool
    words: str


def asked(url: str) -> Answer:
    """What the composition root makes of it: a store that is not open yet, or a refusal."""
    try:
        store = make_store(StoreOptions(url=url), SystemClock(), Retention())
    except SettingsError as error:
        return Answer(is_store=False, words=str(error))
    return Answer(is_store=True, words=repr(store))


def check(url: str) -> None:
    answer = asked(url)
    assert answer.is_store or "Store.Url" in answer.words
    if url.count(PASSWORD) == 1 and re.match(
        rf"(?:[a-z+]+://)?dawam:{PASSWORD}@", url
    ):  # only there a reader can tell that it is one
        assert PASSWORD not in answer.words


@replayed("store_urls")
def test_kept_urls_are_understood_or_refused_in_our_words(data: bytes) -> None:
    check(as_text(data))


@given(grown_text("store_urls"))
def test_any_url_is_understood_or_refused_in_our_words(url: str) -> None:
    check(url)


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "sqlite", "mysql", "postgresql+asyncpg"])
@example("@")
@example("/")
@example("#")
@example("?")
@given(st.text(st.characters(exclude_categories=["C"]), max_size=8))
def test_a_password_is_never_shown_whatever_characters_stand_in_it(scheme: str, more: str) -> None:
    answer = asked(NAMED.replace("postgresql", scheme).format(PASSWORD + more))

    assert PASSWORD not in answer.words


def test_the_urls_of_the_manual_name_stores() -> None:
    for url in ("sqlite:///jobs.db", "memory://", NAMED.format(PASSWORD)):
        assert asked(url).is_store
