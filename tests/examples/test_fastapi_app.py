"""The FastAPI program: an order is paid and its receipt enqueued in one transaction, and a host sends it."""

import asyncio
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from fastapi.testclient import TestClient

from dawam import JobInfo
from dawam.events.lifecycle import JobSettled


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The program as a new process has it: it names its database when it is imported."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "examples.fastapi_app.main", raising=False)
    return importlib.import_module("examples.fastapi_app.main")


@pytest.fixture
def client(shop: ModuleType) -> Iterator[TestClient]:
    with TestClient(shop.api) as client:
        yield client


def pay_an_order(client: TestClient) -> str:
    order = client.post("/orders", params={"email": "amal@example.com"}).json()["order"]
    return str(client.post(f"/orders/{order}/pay").json()["job"])


def look(client: TestClient, shop: ModuleType, job: str) -> JobInfo:
    assert client.portal is not None
    info = client.portal.call(shop.dawam.inspector.get_job, job)
    assert isinstance(info, JobInfo)
    return info


def test_paying_enqueues_a_receipt_and_this_process_does_not_send_it(client: TestClient, shop: ModuleType) -> None:
    job = look(client, shop, pay_an_order(client))

    assert (job.name, job.state) == ("orders.receipt", "waiting")


def test_a_receipt_carries_the_correlation_id_and_the_trace_of_the_request(
    client: TestClient, shop: ModuleType
) -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    client.headers.update({"x-correlation-id": "checkout-7", "traceparent": trace, "accept-language": "ar,en;q=0.5"})
    job = look(client, shop, pay_an_order(client))

    assert job.headers == {"correlation_id": "checkout-7", "traceparent": trace, "culture": "ar"}


def test_an_order_that_is_not_there_is_not_paid_and_has_no_receipt(client: TestClient, shop: ModuleType) -> None:
    assert client.post("/orders/7/pay").status_code == 404

    assert client.portal is not None
    assert client.portal.call(shop.dawam.inspector.counts).waiting == 0


def test_a_host_sends_the_receipt_with_the_same_kind_of_session(shop: ModuleType) -> None:
    with TestClient(shop.api) as client:
        job = pay_an_order(client)

    asyncio.run(run_host_until_something_is_settled(shop))

    with TestClient(shop.api) as client:
        assert look(client, shop, job).state == "succeeded"


async def run_host_until_something_is_settled(shop: ModuleType) -> None:
    settled = asyncio.Event()
    shop.dawam.events.subscribe(JobSettled, lambda _: settled.set())
    async with shop.dawam, asyncio.timeout(10):
        await settled.wait()
