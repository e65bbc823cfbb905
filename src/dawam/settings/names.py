"""Keys and their spellings: PascalCase, camelCase and snake_case name the same key."""

import re
from collections.abc import Iterable
from difflib import get_close_matches


def normal(key: str) -> str:
    """What all spellings of one key have in common; two keys are the same when this is."""
    return re.sub(r"[_\- ]", "", key).casefold()


def pascal(name: str) -> str:
    """A field's name as settings files and messages spell it: `give_up_after` is `GiveUpAfter`."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def split_path(path: str) -> tuple[str, ...]:
    """The keys of `Section.Key`, `Section:Key` or `SECTION__KEY`."""
    return tuple(re.split(r"__|[.:]", path))


def nearest(key: str, known: Iterable[str]) -> str | None:
    """The known key that was probably meant, if one is near enough to be worth naming."""
    spellings = {normal(name): name for name in known}
    found = get_close_matches(normal(key), spellings, n=1, cutoff=0.7)
    return spellings[found[0]] if found else None
