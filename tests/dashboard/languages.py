"""`make languages`: brings the catalogues up to date with the texts of the pages, and compiles them.

A text that is new comes without a translation, which a test complains about; one that is gone is taken out.
"""

import sys
from datetime import UTC, datetime

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from dawam.dashboard.languages import FOLDER, LANGUAGES

SOURCES = FOLDER.parent
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "say": None, "marked": None}
_NEVER = datetime(2026, 1, 1, tzinfo=UTC)
"""A catalogue changes with its texts only."""
Text = str | tuple[str, ...]


def said() -> set[Text]:
    """What stands in the code and in the templates."""
    ways = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
    options = {"**/templates/**.html": {"trimmed": "true"}}
    found = extract_from_dir(str(SOURCES), ways, options, keywords=KEYWORDS)  # type: ignore[arg-type]
    return {text if isinstance(text, str) else tuple(text) for _, _, text, _, _ in found}


def main() -> None:
    texts = said()
    for code in sorted(LANGUAGES.keys() - {"en"}):
        path = FOLDER / code / "LC_MESSAGES" / "dawam.po"
        with path.open("rb") as file:
            old = read_po(file, locale=code)
        new = Catalog(locale=code, project="Dawam", version="0", header_comment=old.header_comment, fuzzy=False)
        new.creation_date = new.revision_date = datetime(
            2026, 1, 1, tzinfo=UTC
        )  # so that it changes with its texts only
        missing = []
        for text in sorted(texts, key=str):
            known = old.get(text if isinstance(text, str) else text[0])
            if known is None or not all([known.string] if isinstance(known.string, str) else known.string):
                missing.append(text)
            new.add(text, "" if known is None else known.string, flags=known.flags if known else ())
        with path.open("wb") as file:
            write_po(file, new, width=120, sort_output=True)
        with path.with_suffix(".mo").open("wb") as file:
            write_mo(file, new)
        print(f"{code}: {len(texts)} texts, {len(missing)} without a translation")
        for text in missing:
            print(f"  {text}")
        if missing:
            sys.exit(1)


if __name__ == "__main__":
    main()
