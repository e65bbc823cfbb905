"""Which args, events and functions name their tenant."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple
from uuid import UUID

import attrs
import msgspec
import pytest
from pydantic import BaseModel

from dawam import App, AsyncBackgroundJob
from dawam.errors import RegistrationError
from dawam.jobs.registry import JobRegistry
from dawam.jobs.signature import injected
from dawam.jobs.tenancy import is_multi_tenant, multi_tenant, tenant_of

ACME = UUID(int=7)


@multi_tenant
@dataclass
class DataClassArgs:
    tenant_id: UUID | None = None


@multi_tenant
class StructArgs(msgspec.Struct):
    tenant_id: UUID | None = None


@multi_tenant
class ModelArgs(BaseModel):
    tenant_id: UUID | None = None


@multi_tenant
@attrs.define
class AttrsArgs:
    tenant_id: UUID | None = None


@multi_tenant
class TupleArgs(NamedTuple):
    tenant_id: UUID | None = None


@dataclass
class NamesakeArgs:
    """A field of that name is no mark."""

    tenant_id: UUID | None = None


@dataclass
class InvoiceArgs(DataClassArgs):
    invoice: int = 0


ALL = (DataClassArgs, StructArgs, ModelArgs, AttrsArgs, TupleArgs)


@pytest.mark.parametrize("args_class", ALL)
def test_every_kind_of_args_can_be_marked(args_class: Any) -> None:
    class Job(AsyncBackgroundJob[args_class]):
        async def execute(self, args: Any) -> None: ...

    assert JobRegistry().add_class(Job).is_multi_tenant
    assert tenant_of(args_class(tenant_id=ACME)) == str(ACME)
    assert tenant_of(args_class()) is None


def test_a_subclass_is_marked_and_a_namesake_is_not() -> None:
    assert is_multi_tenant(InvoiceArgs)
    assert not is_multi_tenant(NamesakeArgs)
    assert not JobRegistry().add_args(NamesakeArgs).is_multi_tenant


@pytest.mark.parametrize("order", ["above the job", "below the job"])
def test_a_job_function_is_marked_on_either_side_of_its_decorator(order: str) -> None:
    app = App()

    async def bill(tenant_id: str, number: int) -> None: ...

    job = multi_tenant(app.job("bill")(bill)) if order == "above the job" else app.job("bill")(multi_tenant(bill))
    assert JobRegistry().add_function(job).is_multi_tenant
    assert tenant_of(job.call("acme", 1).args) == "acme"


def _without() -> None: ...


def _injecting(tenant_id: str = injected) -> None: ...


class _Without:
    tenants: ClassVar[int] = 0


@pytest.mark.parametrize(
    "target", [_Without, _without, _injecting, 7], ids=["class", "function", "injecting", "number"]
)
def test_what_has_no_tenant_id_cannot_be_marked(target: Callable[..., Any]) -> None:
    with pytest.raises(RegistrationError, match=r"multi_tenant: .* has no tenant_id: a class of args or events"):
        multi_tenant(target)
