"""Fields that nobody is to see: hidden where they are shown, and kept as they were where they are edited."""

from collections.abc import Collection, Mapping
from itertools import zip_longest
from typing import Any, cast

import msgspec

HIDDEN = "••••••"
_Object = dict[str, Any]
_Array = list[object]


class Hiding:
    """Hides the values of fields whose names contain one of these."""

    def __init__(self, names: Collection[str]) -> None:
        self._names = tuple(name.lower() for name in names)

    def hides(self, name: str) -> bool:
        """Whether what this name holds is hidden."""
        lowered = name.lower()
        return any(each in lowered for each in self._names)

    def of_json(self, text: str | None) -> str | None:
        """The same JSON, laid out in lines, without what is hidden; a text that is no JSON as it is."""
        if text is None:
            return None
        try:
            value = msgspec.json.decode(text)
        except msgspec.DecodeError:
            return text
        return msgspec.json.format(msgspec.json.encode(self._without(value)), indent=2).decode()

    def of_headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        return {name: HIDDEN if self.hides(name) else value for name, value in headers.items()}

    def restored(self, edited: str, original: str) -> bytes:
        """What was typed, with what was hidden as it was before. `ValueError` where it is no JSON."""
        try:
            before: Any = msgspec.json.decode(original)
        except msgspec.DecodeError:
            before = None
        try:
            return msgspec.json.encode(self._with(msgspec.json.decode(edited), before))
        except msgspec.DecodeError as error:
            raise ValueError(f"this is no JSON: {error}") from None

    def _without(self, value: Any, name: str = "") -> Any:
        if name and self.hides(name):
            return HIDDEN
        if isinstance(value, dict):
            return {key: self._without(each, key) for key, each in cast("_Object", value).items()}
        if isinstance(value, list):
            return [self._without(each) for each in cast("_Array", value)]
        return value

    def _with(self, value: Any, before: Any, name: str = "") -> Any:
        if value == HIDDEN and name and self.hides(name):
            return before
        if isinstance(value, dict) and isinstance(before, dict):
            old = cast("_Object", before)
            return {key: self._with(each, old.get(key), key) for key, each in cast("_Object", value).items()}
        if isinstance(value, list) and isinstance(before, list):
            pairs = zip_longest(cast("_Array", value), cast("_Array", before)[: len(cast("_Array", value))])
            return [self._with(each, former) for each, former in pairs]
        return cast("object", value)
