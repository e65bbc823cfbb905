"""How an args class is named where it is stored: its mark, or else its full type name."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from dawam.errors import RegistrationError
from dawam.jobs.generics import origin_of
from dawam.jobs.names import checked_name, full_name

ClassT = TypeVar("ClassT", bound=type[Any])

_MARK = "__dawam_args__"


@dataclass(frozen=True, slots=True)
class ArgsName:
    """The name that is stored with args, the version of their fields, and the names they had before."""

    name: str
    version: int = 1
    aliases: tuple[str, ...] = ()
    is_explicit: bool = False


def job_args(name: str, *, version: int = 1, aliases: tuple[str, ...] = ()) -> Callable[[ClassT], ClassT]:
    """Gives an args class its stored name, so that the class can be renamed and moved freely.

    Args:
        name: stable and unique in the application, such as "products.low-stock-alert".
        version: raise it when the fields change so that older code cannot read them; hosts that know only
            an older version leave such jobs to others.
        aliases: names under which older jobs are still stored.

    Subclasses do not inherit the name: they are other args.
    """

    def mark(args_class: ClassT) -> ClassT:
        owner = f"the args class {args_class.__qualname__}"
        explicit = ArgsName(
            checked_name(name, owner), _checked_version(version, owner), checked_aliases(aliases, owner), True
        )
        setattr(args_class, _MARK, explicit)
        return args_class

    return mark


def args_name(args_type: Any) -> ArgsName:
    """The name under which args of this type are stored: the one given by `job_args`, or `module.qualname`.

    Raises `RegistrationError` for a class that no other process could import and that was given no name.
    """
    args_class = origin_of(args_type)
    mark = args_class.__dict__.get(_MARK)  # of this very class: an inherited mark is the parent's
    if isinstance(mark, ArgsName):
        return mark
    return ArgsName(checked_name(full_name(args_class), f"the args class {args_class.__qualname__}"))


def checked_aliases(aliases: tuple[object, ...], owner: str) -> tuple[str, ...]:
    """The aliases, if each can be stored."""
    if isinstance(aliases, str):
        raise RegistrationError(f"{owner} has aliases={aliases!r}: a tuple of names was expected, as in ('old.name',)")
    return tuple(checked_name(alias, owner) for alias in aliases)


def _checked_version(version: object, owner: str) -> int:
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise RegistrationError(f"{owner} has version={version!r}: a whole number from 1 upwards was expected")
    return version
