"""What pydantic classes must not do if their values are to read back; known by their marks, without pydantic."""

from collections.abc import Callable
from typing import Any, ForwardRef

from dawam.errors import RegistrationError


def check_pydantic_fields(model: Any, visit: Callable[[Any, str], None]) -> None:
    """Checks each field of a pydantic model or dataclass, and lets `visit` look at its type.

    Raises `RegistrationError` for fields that are not written, or are written under a name that is not read.
    """
    config: Any = getattr(model, "model_config", None) or getattr(model, "__pydantic_config__", None) or {}
    for name, field in model.__pydantic_fields__.items():
        where = f"{model.__qualname__}.{name}"
        if isinstance(field.annotation, ForwardRef | str) or not getattr(model, "__pydantic_complete__", True):
            raise RegistrationError(
                f"{where}: the annotation {_text(field.annotation)} of {model.__qualname__} cannot be resolved: import "
                "its names at run time, at the top of the module and not under `if TYPE_CHECKING:`"
            )
        if field.exclude or getattr(field, "exclude_if", None):
            raise RegistrationError(
                f"{where}: exclude=True keeps it out of what is stored, so the job would not see it: leave exclude "
                "out, or use an args class of its own for the job"
            )
        _check_alias(where, name, field, config)
        visit(field.annotation, where)


def _check_alias(where: str, name: str, field: Any, config: Any) -> None:
    written = field.serialization_alias or field.alias or name
    read = _names_read(name, field, config)
    if written not in read:
        raise RegistrationError(
            f"{where}: it is written as {written!r} and read as {' or '.join(map(repr, sorted(read)))}, so it would "
            "not read back: give it one alias for both, or set populate_by_name and leave serialization_alias out"
        )


def _names_read(name: str, field: Any, config: Any) -> set[str]:
    alias = field.validation_alias if field.validation_alias is not None else field.alias
    if alias is None:
        return {name}
    choices: tuple[object, ...] = tuple(getattr(alias, "choices", (alias,)))
    names: set[str] = {each for each in choices if isinstance(each, str)}
    if config.get("validate_by_alias") is False:
        names.clear()
    if config.get("populate_by_name") or config.get("validate_by_name"):
        names.add(name)
    return names


def _text(annotation: Any) -> str:
    return repr(getattr(annotation, "__forward_arg__", annotation))
