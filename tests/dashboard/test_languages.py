"""Every text of the pages is in the catalogue of every language, and the catalogue holds no other."""

import ast
import gettext
import string
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from dawam.dashboard.languages import FOLDER, LANGUAGES
from tests.dashboard.languages import KEYWORDS, SOURCES, said

OTHERS = sorted(LANGUAGES.keys() - {"en"})


def catalogue(code: str) -> Catalog:
    with Path(FOLDER / code / "LC_MESSAGES" / "dawam.po").open("rb") as file:
        return read_po(file)


def messages(code: str) -> Iterator[Message]:
    return (message for message in catalogue(code) if message.id)


def fields(text: str) -> list[str]:
    """The places that are filled in, in any order."""
    names = [part.split(")")[0] for part in text.split("%(")[1:]]
    return sorted([*names, *["%s"] * text.count("%s")])


@pytest.mark.parametrize("code", OTHERS)
def test_no_text_is_missing_and_none_is_left_over(code: str) -> None:
    known = {message.id if isinstance(message.id, str) else tuple(message.id) for message in messages(code)}
    assert known == said()


@pytest.mark.parametrize("code", OTHERS)
def test_every_text_says_something_and_fills_in_the_same(code: str) -> None:
    for message in messages(code):
        texts = (message.string,) if isinstance(message.string, str) else message.string
        originals = (message.id,) if isinstance(message.id, str) else message.id
        assert all(texts), message.id
        for text in texts:
            assert set(fields(text)) <= set(fields(originals[-1])), message.id
        if isinstance(message.id, str):
            assert fields(message.string) == fields(message.id), message.id  # type: ignore[arg-type]


@pytest.mark.parametrize("code", OTHERS)
def test_what_is_shipped_is_compiled_from_what_is_written(code: str) -> None:
    compiled = BytesIO()
    write_mo(compiled, catalogue(code))
    shipped = (FOLDER / code / "LC_MESSAGES" / "dawam.mo").read_bytes()
    assert compiled.getvalue() == shipped, "run `make languages`"


def test_arabic_has_its_six_forms_and_is_arabic() -> None:
    translations = gettext.translation("dawam", FOLDER, ["ar"])
    forms = {count: translations.ngettext("%(num)s crash", "%(num)s crashes", count) for count in (0, 1, 2, 3, 11, 100)}
    assert len(set(forms.values())) == 5, "eleven and a hundred crashes are said in one way"
    for message in messages("ar"):
        text = message.string if isinstance(message.string, str) else message.string[0]
        letters = set(text) - set(string.printable)
        assert letters or message.id in ("%(text)s", "%(cure)s"), message.id


GLOSSARY = {
    "Jobs": "المهام", "Queues": "الطوابير", "Workers": "العمال", "Hosts": "المضيفون", "Retry": "إعادة المحاولة",
    "failed": "فشلت", "waiting": "بانتظار التنفيذ", "scheduled": "مجدولة", "running": "قيد التنفيذ",
    "succeeded": "نجحت", "cancelled": "ملغاة", "Schedule": "الجدول", "Priority": "الأولوية",
}  # fmt: skip


@pytest.mark.parametrize(("english", "arabic"), GLOSSARY.items())
def test_arabic_keeps_to_the_glossary(english: str, arabic: str) -> None:
    assert gettext.translation("dawam", FOLDER, ["ar"]).gettext(english) == arabic


def test_no_text_of_a_page_stands_in_an_f_string() -> None:
    """There it would not be found, and never be translated."""
    for path in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.JoinedStr):
                calls = [each for each in ast.walk(node) if isinstance(each, ast.Call)]
                assert not [call for call in calls if getattr(call.func, "attr", "") in KEYWORDS], path
