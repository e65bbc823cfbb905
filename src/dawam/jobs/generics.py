"""Which types stand for the type variables of a generic class and of its parents."""

from typing import Any, Generic, Protocol, TypeVar, get_args, get_origin

Bindings = dict[type[Any], dict[TypeVar, Any]]


def origin_of(annotation: Any) -> Any:
    """The class of an alias such as `Page[int]`, and a plain class itself."""
    return get_origin(annotation) or annotation


def bindings(annotation: Any) -> Bindings:
    """For a class or an alias such as `Page[int]`: class -> its type variables -> what stands for them."""
    found: Bindings = {}
    _collect(annotation, found)
    return found


def _collect(annotation: Any, found: Bindings) -> None:
    origin = origin_of(annotation)
    if origin in found and not get_args(annotation):
        return
    found[origin] = dict(zip(getattr(origin, "__parameters__", ()), get_args(annotation), strict=False))
    for base in origin.__dict__.get("__orig_bases__", origin.__bases__):
        if get_origin(base) not in (Generic, Protocol) and isinstance(origin_of(base), type):
            _collect(substituted(base, found[origin]), found)


def substituted(annotation: Any, variables: dict[TypeVar, Any]) -> Any:
    """The annotation with its type variables replaced; those that nothing stands for stay."""
    if isinstance(annotation, TypeVar):
        return variables.get(annotation, annotation)
    parameters = getattr(annotation, "__parameters__", ())
    if not parameters or isinstance(annotation, type):
        return annotation
    return annotation[tuple(variables.get(parameter, parameter) for parameter in parameters)]


def is_open(annotation: Any) -> bool:
    """Whether the annotation still holds a type variable."""
    return isinstance(annotation, TypeVar) or bool(get_args(annotation) and getattr(annotation, "__parameters__", ()))
