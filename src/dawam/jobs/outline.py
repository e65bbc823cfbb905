"""What the args of a job look like, for people who write them by hand."""

import re
from datetime import date, datetime, time, timedelta
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from uuid import UUID

from msgspec import Struct

from dawam.errors import RegistrationError
from dawam.jobs.data_class import field_names, field_types, stored_fields
from dawam.jobs.generics import origin_of

_MODULES = re.compile(r"\b(?:[A-Za-z_]\w*\.)+(?=[A-Za-z_])")
_EXAMPLES: dict[Any, object] = {
    bool: False, int: 0, float: 0.0, str: "", UUID: "", date: "", datetime: "", time: "", timedelta: "", bytes: "",
}  # fmt: skip


class ArgOutline(Struct, frozen=True):
    """One field of the args."""

    name: str
    """As JSON has it."""
    type: str
    """As it is written in code, without the names of modules."""
    example: Any
    """A value of JSON to begin with: of the right kind where that is plain, else null."""
    is_required: bool


def outline(args_type: Any) -> tuple[ArgOutline, ...]:
    """The fields of an args class, in order; none, where it is no class of fields."""
    try:
        return _outline(args_type, frozenset())
    except RegistrationError:  # an annotation that nobody can resolve: the job itself is known by its handler
        return ()


def example(fields: tuple[ArgOutline, ...]) -> dict[str, Any]:
    """Args to begin with: what has a default keeps it as long as nobody says anything else."""
    return {each.name: each.example for each in fields if each.is_required}


def _outline(args_type: Any, under_way: frozenset[Any]) -> tuple[ArgOutline, ...]:
    kind = origin_of(args_type)
    if not isinstance(kind, type) or field_names(kind) is None:
        return ()
    hints, inside = field_types(args_type), under_way | {args_type}
    return tuple(
        ArgOutline(each.stored_as, _text(hints[each.name]), _example(hints[each.name], inside), each.is_required)
        for each in stored_fields(kind)
    )


def _text(hint: Any) -> str:
    if isinstance(hint, type) and get_origin(hint) is None:
        return hint.__qualname__
    text = repr(hint)
    return text if "'" in text else _MODULES.sub("", text)


def _example(hint: Any, under_way: frozenset[Any]) -> object:
    origin = get_origin(hint)
    if origin is Annotated:
        return _example(get_args(hint)[0], under_way)
    if origin in (Union, UnionType):
        return None if NoneType in get_args(hint) else _example(get_args(hint)[0], under_way)
    if origin is Literal:
        return get_args(hint)[0]
    kind = origin or hint
    if not isinstance(kind, type) or hint in under_way:
        return None
    if issubclass(kind, Enum):
        return next((member.value for member in kind), None)
    if issubclass(kind, dict) and field_names(kind) is None:
        return {}
    if issubclass(kind, list | tuple | set | frozenset) and field_names(kind) is None:
        return []
    if field_names(kind) is not None:
        return example(_outline(hint, under_way))
    return _EXAMPLES.get(kind)
