"""Turns what a source says into a value of the option's type: single kinds, enums, choices, lists, objects, null."""

import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import is_dataclass
from enum import Enum
from types import MappingProxyType
from typing import Any, Literal, Union, cast, get_args, get_origin

from dawam.settings.names import normal, pascal
from dawam.settings.scalars import SCALARS, Raw, WrongValue
from dawam.settings.tolerant_json import JsonProblem, read_json


def convert(raw: Raw, hint: Any) -> Any:
    """The value as an instance of the type, or `WrongValue`."""
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _enum(raw, hint)
    if hint in SCALARS:
        return SCALARS[hint](raw)
    return _SHAPES[get_origin(hint)](raw, hint)


def is_settable(hint: Any) -> bool:
    """Whether a settings file can hold values of this type; `convert` may be asked for no other."""
    shape = get_origin(hint)
    if shape is None:
        return hint in SCALARS or (isinstance(hint, type) and issubclass(hint, Enum))
    if shape is Literal:
        return True
    return shape in _SHAPES and all(is_settable(member) for member in _members(hint))


def nested_options(hint: Any) -> type[Any] | None:
    """The options dataclass that this type is, or allows beside None: its fields are keys of their own."""
    members = _members(hint) if _is_union(hint) else [hint]
    return members[0] if len(members) == 1 and isinstance(members[0], type) and is_dataclass(members[0]) else None


def allows_none(hint: Any) -> bool:
    """Whether null is a value of this type."""
    return _is_union(hint) and type(None) in get_args(hint)


def _is_union(hint: Any) -> bool:
    return get_origin(hint) in (Union, types.UnionType)


def _members(hint: Any) -> list[Any]:
    return [member for member in get_args(hint) if member not in (type(None), ...)]


def _one_of(raw: Raw, hint: Any) -> Any:
    if allows_none(hint) and raw.is_null:
        return None
    expected: list[str] = []
    for member in _members(hint):
        try:
            return convert(raw, member)
        except WrongValue as wrong:
            expected.append(str(wrong))
    raise WrongValue(" or ".join([*expected, *(["null"] if allows_none(hint) else [])]))


def _enum(raw: Raw, kind: type[Enum]) -> Enum:
    for member in kind:
        if raw.value is member or raw.value == member.value or raw.text == str(member.value):
            return member
        if isinstance(raw.value, str) and normal(raw.value) == normal(member.name):
            return member
    raise WrongValue("one of " + ", ".join(f'"{pascal(member.name.lower())}"' for member in kind))


def _choice(raw: Raw, hint: Any) -> Any:
    for choice in get_args(hint):
        is_same_text = isinstance(raw.value, str) and normal(raw.value) == normal(str(choice))
        if (raw.value == choice and type(raw.value) is type(choice)) or (
            is_same_text and (raw.is_text or isinstance(choice, str))
        ):
            return choice
    raise WrongValue("one of " + ", ".join(f'"{choice}"' for choice in get_args(hint)))


def _sequence(raw: Raw, hint: Any) -> Any:
    kind, members = get_origin(hint), get_args(hint)
    items = _items(raw)
    if kind is tuple and ... not in members:
        if len(items) != len(members):
            raise WrongValue(f"a list of {len(members)} values")
        return tuple(convert(item, member) for item, member in zip(items, members, strict=True))
    found = [convert(item, members[0]) for item in items]
    return found if kind is list else tuple(found) if kind in (tuple, Sequence) else cast("Any", kind)(found)


def _items(raw: Raw) -> list[Raw]:
    """The items of a list; a text source separates them by commas, or holds a JSON list."""
    if raw.text is not None and not raw.text.lstrip().startswith("["):
        return [Raw(item.strip(), is_text=True) for item in raw.text.split(",") if item.strip()]
    value = _embedded(raw.text) if raw.text is not None else raw.value
    if not isinstance(value, list | tuple | set | frozenset):
        raise WrongValue("a list, as in [ ... ],")
    return [Raw(item, is_text=False) for item in cast("list[object]", value)]


def _mapping(raw: Raw, hint: Any) -> dict[str, Any]:
    return {key: convert(entry, get_args(hint)[1]) for key, entry in _entries(raw).items()}


def _entries(raw: Raw) -> dict[str, Raw]:
    """The entries of an object; a text source separates them by commas, or holds a JSON object."""
    if raw.text is not None and not raw.text.lstrip().startswith("{"):
        pairs = [pair.partition("=") for pair in raw.text.split(",") if pair.strip()]
        if not all(equals and key.strip() for key, equals, _ in pairs):
            raise WrongValue("a list of pairs, as in a=1,b=2,")
        return {key.strip(): Raw(value.strip(), is_text=True) for key, _, value in pairs}
    value = _embedded(raw.text) if raw.text is not None else raw.value
    if not isinstance(value, Mapping):
        raise WrongValue("an object, as in { ... },")
    is_text = raw.is_text and raw.text is None
    return {key: Raw(item, is_text) for key, item in cast("Mapping[str, object]", value).items()}


def _embedded(text: str) -> Any:
    try:
        return read_json(text)[0]
    except JsonProblem as error:
        raise WrongValue(f"JSON in this text ({error})") from None


_SHAPES = MappingProxyType[Any, Callable[[Raw, Any], Any]](
    {
        Union: _one_of,
        types.UnionType: _one_of,
        Literal: _choice,
        dict: _mapping,
        Mapping: _mapping,
        **dict.fromkeys((list, tuple, set, frozenset, Sequence), _sequence),
    }
)
