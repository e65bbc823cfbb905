"""Refuses, before anything is enqueued, args classes whose values would not read back as they were.

The walk goes through every field of every class that the args hold, and names the field and the cure.
"""

import collections.abc
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, NewType, NotRequired, Required, TypeVar, Union, get_args, get_origin
from uuid import UUID

import msgspec

from dawam.errors import RegistrationError
from dawam.jobs.data_class import field_names, field_types, is_database_row, is_pydantic, is_secret, pass_its_id
from dawam.jobs.generics import is_open, origin_of
from dawam.jobs.pydantic_check import check_pydantic_fields

_SCALARS = (NoneType, bool, int, float, str, bytes, bytearray, datetime, date, time, timedelta, UUID, Decimal)
_SETS = (set, frozenset, collections.abc.Set, collections.abc.MutableSet)
_SEQUENCES = (collections.abc.Collection, collections.abc.Sequence, collections.abc.MutableSequence)
_MAPPINGS = (dict, collections.abc.Mapping, collections.abc.MutableMapping)
_CONTAINERS = (*_SETS, *_SEQUENCES, *_MAPPINGS, list, tuple)
_WRAPPERS = (Annotated, Required, NotRequired, Final)


@dataclass(slots=True)
class Proof:
    """What it takes to know that a value reads back as it was, besides that what was read is written the same."""

    be_equal: bool = False
    """What was read must be equal: NaN may hide as null, the seconds of an offset are cut, sets have no order."""
    be_walked: bool = False
    """Each part must have the class that was sent, since a field takes anything at all."""
    list_for_tuple: bool = False
    """A tuple may come back as a list, since a field takes any sequence."""


def check_args_type(args_type: Any) -> Proof:
    """Walks through an args type; answers how its values are to be proved, or raises `RegistrationError`."""
    kind = origin_of(args_type)
    if not isinstance(kind, type):
        raise RegistrationError(f"{args_type!r} is no args class: {_WHAT_ARGS_ARE}")
    if is_database_row(kind):
        raise pass_its_id(kind.__qualname__, kind)
    if field_names(kind) is None or issubclass(kind, dict):
        raise RegistrationError(f"{kind.__qualname__} is no args class: {_WHAT_ARGS_ARE}")
    walk = _Walk()
    walk.visit(args_type, kind.__qualname__)
    return walk.proof


_WHAT_ARGS_ARE = (
    "a dataclass, msgspec Struct, attrs class, NamedTuple or pydantic model with the job's values was expected"
)


class _Walk:
    def __init__(self) -> None:
        self.proof = Proof()
        self._seen: set[Any] = set()

    def visit(self, annotation: Any, where: str) -> None:
        origin = get_origin(annotation)
        if annotation is Any or annotation is object:
            self.proof.be_walked = True
        elif is_open(annotation):
            raise RegistrationError(
                f"{where}: the type variable {_open_variable(annotation)} is left open: say what it is, as in Page[int]"
            )
        elif isinstance(annotation, NewType):
            self.visit(annotation.__supertype__, where)
        elif hasattr(annotation, "__value__") and not isinstance(annotation, type):  # `type Name = ...` (Python 3.12)
            self.visit(annotation.__value__, where)
        elif origin in _WRAPPERS:
            self.visit(get_args(annotation)[0], where)
        elif origin in (Union, UnionType):
            self._visit_union(annotation, where)
        elif annotation is None or origin is Literal:
            return
        elif isinstance(origin or annotation, type):
            self._visit_class(annotation, origin or annotation, where)
        else:
            raise RegistrationError(f"{where}: {annotation!r} is no type of data; {_CURE_OF_UNKNOWN}")

    def _visit_union(self, union: Any, where: str) -> None:
        members = get_args(union)
        if float in members and NoneType in members:
            self.proof.be_equal = True
        for member in members:
            self.visit(member, where)
        try:
            msgspec.json.Decoder(union)
        except TypeError as error:
            raise RegistrationError(
                f"{where}: the kinds of {_shown(union)} cannot be told apart in JSON: keep one of them, or make each a "
                "msgspec Struct with tag=True, or a pydantic model with a discriminator. "
                f"({str(error).partition(' - type')[0]})"
            ) from error

    def _visit_class(self, annotation: Any, kind: type[Any], where: str) -> None:
        if is_secret(kind):
            raise RegistrationError(
                f"{where}: a {kind.__qualname__} would be stored in the clear or as asterisks: pass the id or key "
                "under which the job finds the secret"
            )
        if is_database_row(kind):
            raise pass_its_id(where, kind)
        if kind in _CONTAINERS:
            self._visit_container(annotation, kind, where)
        elif kind in _SCALARS or issubclass(kind, Enum | PurePath) or kind is msgspec.UnsetType:
            self.proof.be_equal |= kind in (datetime, time)
        elif field_names(kind) is not None:
            self._visit_fields(annotation, kind)
        else:
            raise RegistrationError(f"{where}: {kind.__qualname__} is no class of data; {_CURE_OF_UNKNOWN}")

    def _visit_container(self, annotation: Any, kind: type[Any], where: str) -> None:
        self.proof.be_equal |= kind in _SETS
        self.proof.list_for_tuple |= kind in _SEQUENCES
        for item in get_args(annotation) or (Any,):
            if item not in (..., ()):
                self.visit(item, where)

    def _visit_fields(self, annotation: Any, kind: type[Any]) -> None:
        if annotation in self._seen:
            return
        self._seen.add(annotation)
        if is_pydantic(kind):
            self.proof.be_walked = True  # its unions and serializers may do anything
            check_pydantic_fields(kind, self._visit_inside_pydantic)
            return
        for name, hint in field_types(annotation).items():
            if name.startswith("_") and hasattr(kind, "__attrs_attrs__"):
                raise RegistrationError(
                    f"{kind.__qualname__}.{name}: private attributes of attrs classes are not stored: name it "
                    f"{name.lstrip('_')!r}"
                )
            self.visit(hint, f"{kind.__qualname__}.{name}")

    def _visit_inside_pydantic(self, annotation: Any, where: str) -> None:
        """pydantic has judged the types of its fields already; what it would store wrongly is left to find."""
        for part in get_args(annotation):
            self._visit_inside_pydantic(part, where)
        kind = origin_of(annotation)
        if isinstance(kind, type) and (is_secret(kind) or is_database_row(kind) or is_pydantic(kind)):
            self._visit_class(annotation, kind, where)


_CURE_OF_UNKNOWN = (
    "make it a dataclass (or another class with typed fields), or pass a text or number from which the job can build it"
)


def _open_variable(annotation: Any) -> TypeVar:
    variable: TypeVar = annotation if isinstance(annotation, TypeVar) else annotation.__parameters__[0]
    return variable


def _shown(union: Any) -> str:
    return " | ".join(getattr(member, "__qualname__", repr(member)) for member in get_args(union))
