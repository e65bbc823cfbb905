"""The languages of the pages: a folder of `locale` each. English is what stands in the code."""

import gettext
from functools import cache
from pathlib import Path

from msgspec import Struct
from starlette.requests import HTTPConnection

FOLDER = Path(__file__).parent / "locale"
COOKIE = "dawam_language"


class Language(Struct, frozen=True):
    """One that the pages can be shown in."""

    code: str
    name: str
    """As those who speak it call it."""
    direction: str


LANGUAGES = {
    language.code: language for language in (Language("en", "English", "ltr"), Language("ar", "العربية", "rtl"))
}


@cache
def catalogue(code: str) -> gettext.NullTranslations:
    """What is said in this language; English where it says nothing."""
    return gettext.translation("dawam", FOLDER, [code], fallback=True)


def language_of(request: HTTPConnection) -> Language:
    """The one that was chosen, else the first that the browser asks for and that there is, else English."""
    asked = [request.query_params.get("language"), request.cookies.get(COOKIE)]
    asked += [part.partition(";")[0].strip() for part in request.headers.get("accept-language", "").split(",")]
    for code in asked:
        if code and (found := LANGUAGES.get(code.partition("-")[0].lower())):
            return found
    return LANGUAGES["en"]
