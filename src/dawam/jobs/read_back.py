"""Whether args read back as they were: which value could not be stored, and where the first difference is."""

import math
from collections.abc import Iterator, Mapping, Sequence, Set
from decimal import Decimal
from typing import Any

from dawam.jobs.data_class import class_of, field_names


def first_unstorable(value: Any, path: str) -> str | None:
    """Says where a text or number is that not every store can keep, and what to do; None when there is none."""
    if isinstance(value, str):
        return _unstorable_text(value, path)
    if isinstance(value, Decimal) and value.is_snan():
        return f"{path} is {value!r}, which compares with nothing: pass None or a text for what is not a number"
    if isinstance(value, float) and not math.isfinite(value):
        return f"{path} is {value!r}, which JSON cannot hold: pass None or a text for what is not a number"
    for step, part in _parts(value):
        if (found := first_unstorable(part, path + step)) is not None:
            return found
    return None


def first_difference(sent: Any, back: Any, path: str, *, strict: bool) -> str | None:
    """Says where what is read back differs from what was sent, and what to do; None when it does not.

    An int that comes back as an equal float is no difference, since a type checker allows it; nor, unless
    `strict`, is a tuple that comes back as a list with the same items, since the annotation asked for it.
    """
    if type(sent) is not type(back):
        return None if _stands_for(sent, back, strict=strict) else _differs(sent, back, path)
    parts = list(_parts(sent))
    others = list(_parts(back))
    if not parts and not others:
        return None if sent == back else _differs(sent, back, path)
    if isinstance(sent, Set):
        return None if sent == back else _differs(sent, back, path)
    if [step for step, _ in parts] != [step for step, _ in others]:
        return f"{path} comes back with other items than were sent"
    for (step, part), (_, other) in zip(parts, others, strict=True):
        if (found := first_difference(part, other, path + step, strict=strict)) is not None:
            return found
    return None


def _stands_for(sent: Any, back: Any, *, strict: bool) -> bool:
    sent_class, back_class = class_of(sent), class_of(back)
    if back_class is list and sent_class is tuple:
        return not strict and _same_items(sent, back)
    if issubclass(sent_class, int | float) and issubclass(back_class, int | float):
        return bool(sent == back)
    return issubclass(sent_class, back_class) and bool(sent == back) and field_names(sent_class) is None


def _same_items(sent: Sequence[Any], back: Sequence[Any]) -> bool:
    return len(sent) == len(back) and all(
        first_difference(one, other, "", strict=False) is None for one, other in zip(sent, back, strict=True)
    )


def _differs(sent: Any, back: Any, path: str) -> str:
    sent_class, back_class = type(sent).__qualname__, type(back).__qualname__
    if sent_class == back_class:
        return f"{path} comes back as another {back_class} than was sent"
    return (
        f"{path} is of the class {sent_class} and comes back as {back_class}: pass a {back_class}, or annotate the "
        f"field as {sent_class}"
    )


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    """The values inside a value, each with its step of the path."""
    kind = class_of(value)
    names = field_names(kind)
    if names is not None:
        yield from ((f".{name}", getattr(value, name, None)) for name in names)
    elif issubclass(kind, Mapping):
        for key, part in value.items():
            yield ".keys()", key
            yield f"[{key!r}]", part
    elif issubclass(kind, list | tuple | Set):
        yield from ((f"[{index}]", part) for index, part in enumerate(value))


def _unstorable_text(text: str, path: str) -> str | None:
    if "\0" in text:
        return f"{path} holds a NUL character, which databases refuse in text: remove it, or pass bytes"
    if any("\ud800" <= character <= "\udfff" for character in text):
        return f"{path} holds a lone surrogate, which is no text: decode it with errors='replace', or pass bytes"
    return None
