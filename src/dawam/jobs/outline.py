"""What the args of a job look like, for people who write them by hand."""

import re
from datetime import date, datetime, time, timedelta
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin
from uuid import UUID

from msgspec import Struct

from dawam.errors import RegistrationError
from dawam.jobs.data_class import field_names, field_types
from dawam.jobs.generics import origin_of

_MODULES = re.compile(r"\b(?:[A-Za-z_]\w*\.)+(?=[A-Za-z_])")
_EXAMPLES: dict[Any, object] = {
    bool: False, int: 0, float: 0.0, str: "", UUID: "", date: "", datetime: "", time: "", timedelta: "", bytes: "",
}  # fmt: skip


class ArgOutline(Struct, frozen=True):
    """One field of the args."""

    name: str
    type: str
    """As it is written in code, without the names of modules."""
    example: Any
    """A value of JSON to begin with: of the right kind where that is plain, else null."""


def outline(args_type: Any) -> tuple[ArgOutline, ...]:
    """The fields of an args class, in order; none, where it is no class of fields."""
    kind = origin_of(args_type)
    if not isinstance(kind, type) or field_names(kind) is None:
        return ()
    try:
        return tuple(ArgOutline(name, _text(hint), _example(hint)) for name, hint in field_types(args_type).items())
    except RegistrationError:  # an annotation that nobody can resolve: the job itself is known by its handler
        return ()


def _text(hint: Any) -> str:
    return hint.__qualname__ if isinstance(hint, type) and get_origin(hint) is None else _MODULES.sub("", repr(hint))


def _example(hint: Any) -> object:
    origin = get_origin(hint)
    if origin is Annotated:
        return _example(get_args(hint)[0])
    if origin in (Union, UnionType):
        return None if NoneType in get_args(hint) else _example(get_args(hint)[0])
    kind = origin or hint
    if not isinstance(kind, type):
        return None
    if issubclass(kind, Enum):
        return next((member.value for member in kind), None)
    if issubclass(kind, dict):
        return {}
    if issubclass(kind, list | tuple | set | frozenset) and field_names(kind) is None:
        return []
    if field_names(kind) is not None:
        return {each.name: each.example for each in outline(hint)}
    return _EXAMPLES.get(kind)
