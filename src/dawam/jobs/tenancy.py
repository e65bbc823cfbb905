"""Args and events that name the tenant for whom they are handled."""

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

from dawam.errors import RegistrationError
from dawam.jobs.signature import injected

T = TypeVar("T", bound=Callable[..., Any])

_FIELD = "tenant_id"
_MARK = "__dawam_multi_tenant__"


def multi_tenant(target: T) -> T:
    """Marks an args class, an event class or a job function whose `tenant_id` says for which tenant it is run.

        @multi_tenant
        @dataclass
        class SendInvoiceArgs:
            tenant_id: UUID | None
            invoice: int

    Such a job runs, and such an event is handled, under that tenant, whatever was current before; None means the host.
    Subclasses are marked too. Raises `RegistrationError` where there is no `tenant_id`.
    """
    if not _names_tenant(target):
        name = getattr(target, "__qualname__", repr(target))
        raise RegistrationError(
            f"multi_tenant: {name} has no {_FIELD}: a class of args or events with that field, or a job function with "
            "that parameter, was expected"
        )
    setattr(target, _MARK, True)
    return target


def is_multi_tenant(target: Any) -> bool:
    """Whether this class or function is marked."""
    return getattr(target, _MARK, False) is True


def tenant_of(value: Any) -> str | None:
    """The tenant that marked args or a marked event name, as text; None for the host."""
    tenant = getattr(value, _FIELD)
    return None if tenant is None else str(tenant)


def _names_tenant(target: Any) -> bool:
    if isinstance(target, type):
        return any(_FIELD in getattr(each, "__annotations__", ()) or _FIELD in vars(each) for each in target.__mro__)
    if not callable(target):
        return False
    parameter = inspect.signature(target).parameters.get(_FIELD)
    return parameter is not None and parameter.default is not injected
