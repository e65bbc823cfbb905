"""Which classes are data, whichever library made them, and what their fields are.

Classes of libraries that may not be installed are known by their marks, so that nothing is imported for them.
"""

import dataclasses
import inspect
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, get_type_hints, is_typeddict

import msgspec

from dawam.errors import RegistrationError
from dawam.jobs.generics import bindings, origin_of, substituted


def class_of(value: object) -> Any:
    """The class of a value, with whatever marks its library has put on it."""
    return type(value)


def field_names(data_class: Any) -> tuple[str, ...] | None:
    """The fields that are stored, in order; None for a class that is no data."""
    if is_pydantic(data_class):
        return tuple(data_class.__pydantic_fields__)
    if issubclass(data_class, msgspec.Struct):
        return tuple(data_class.__struct_fields__)
    if dataclasses.is_dataclass(data_class):
        return tuple(field.name for field in dataclasses.fields(data_class))
    if (attributes := getattr(data_class, "__attrs_attrs__", None)) is not None:
        return tuple(attribute.name for attribute in attributes)
    if is_named_tuple(data_class):
        return tuple(data_class._fields)
    return tuple(inspect.get_annotations(data_class)) if is_typeddict(data_class) else None


class StoredField(NamedTuple):
    """One field as JSON has it."""

    name: str
    stored_as: str
    """The key in JSON, where the class says another one."""
    is_required: bool


def stored_fields(data_class: Any) -> tuple[StoredField, ...]:
    """What JSON for a class of data may have; empty for a class that is none."""
    if is_pydantic(data_class):
        fields = data_class.__pydantic_fields__.items()
        return tuple(StoredField(name, field.alias or name, field.is_required()) for name, field in fields)
    if issubclass(data_class, msgspec.Struct):
        described = msgspec.structs.fields(data_class)
        return tuple(StoredField(field.name, field.encode_name, field.required) for field in described)
    return tuple(StoredField(name, name, is_required) for name, is_required in _plain_fields(data_class))


def _plain_fields(data_class: Any) -> Iterator[tuple[str, bool]]:
    """Those that JSON knows by their own name, and whether each is required."""
    if dataclasses.is_dataclass(data_class):
        for field in dataclasses.fields(data_class):
            if field.init:
                yield field.name, field.default is field.default_factory is dataclasses.MISSING
    elif (attributes := getattr(data_class, "__attrs_attrs__", None)) is not None:
        yield from ((each.name, repr(each.default) == "NOTHING") for each in attributes if each.init)
    elif is_named_tuple(data_class):
        yield from ((name, name not in data_class._field_defaults) for name in data_class._fields)
    elif is_typeddict(data_class):
        yield from ((name, name in data_class.__required_keys__) for name in inspect.get_annotations(data_class))


def field_types(annotation: Any) -> dict[str, Any]:
    """Field -> its type, type variables replaced, for a class for which `field_names` has an answer.

    Raises `RegistrationError` where an annotation cannot be resolved.
    """
    data_class = origin_of(annotation)
    hints = resolved_hints(data_class, data_class.__qualname__)
    variables = bindings(annotation)
    types: dict[str, Any] = {}
    for name in field_names(data_class) or ():
        owner = next((each for each in data_class.__mro__ if name in inspect.get_annotations(each)), data_class)
        types[name] = substituted(hints[name], variables.get(owner, {}))
    return types


def resolved_hints(annotated: Any, owner: str) -> dict[str, Any]:
    """The type hints of a class or function; `owner` names it in the error."""
    try:
        return get_type_hints(annotated, include_extras=True)
    except NameError as error:
        classes = annotated.__mro__ if isinstance(annotated, type) else (annotated,)
        where = next(
            (f"{owner}.{name}" for each in classes for name, hint in _raw(each).items() if _mentions(hint, error.name)),
            owner,
        )
        raise RegistrationError(
            f"{where}: the annotation names {error.name!r}, which cannot be found at run time: import it at run time, "
            "at the top of the module and not under `if TYPE_CHECKING:`"
        ) from error
    except TypeError as error:
        raise RegistrationError(f"{owner}: an annotation is not a type ({error})") from error


def _raw(annotated: Any) -> Mapping[str, Any]:
    try:
        return inspect.get_annotations(annotated)
    except NameError:  # annotations that are evaluated late (Python 3.14) cannot be shown as text
        return {}


def _mentions(hint: object, name: str | None) -> bool:
    return (name or "") in (hint if isinstance(hint, str) else repr(hint))


def is_pydantic(kind: Any) -> bool:
    """A pydantic model or pydantic dataclass, which brings its own validator."""
    return isinstance(kind, type) and "__pydantic_validator__" in vars(kind)


def is_pydantic_model(kind: Any) -> bool:
    """A `BaseModel`, not a pydantic dataclass."""
    return is_pydantic(kind) and not dataclasses.is_dataclass(kind)


def is_named_tuple(kind: Any) -> bool:
    return hasattr(kind, "_fields") and issubclass(kind, tuple)


def is_database_row(kind: Any) -> bool:
    """A mapped class of SQLAlchemy (or SQLModel), or a Django model."""
    return (hasattr(kind, "__mapper__") and hasattr(kind, "__table__")) or hasattr(getattr(kind, "_meta", None), "pk")


def pass_its_id(where: str, row: Any) -> RegistrationError:
    """The refusal of a database row as args, or inside of them."""
    return RegistrationError(
        f"{where}: {row.__qualname__} is a database row (an ORM class), which may have changed or gone when the job "
        "runs: pass its id, and load it in the job"
    )


def is_secret(kind: Any) -> bool:
    """pydantic's `SecretStr`, `SecretBytes`, and what is made like them."""
    return hasattr(kind, "get_secret_value")
