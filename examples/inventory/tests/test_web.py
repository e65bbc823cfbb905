"""The web application: what it answers, and how it refuses bad input."""

import json
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from examples.inventory.app import app
from examples.inventory.products.service import product_id_of
from examples.inventory.tests.rows import execute, select
from examples.inventory.tests.shelf import stock, whole_catalogue
from examples.inventory.web import api

LOAF = product_id_of("BAK-001")


@pytest.fixture
async def imported(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAWAM__STORE__URL", f"sqlite:///{database}")
    monkeypatch.setenv("DAWAM__BACKGROUND_JOBS__IS_JOB_EXECUTION_ENABLED", "false")
    monkeypatch.setenv("DAWAM__PRODUCTS__CHECKS_STOCK", "false")
    async with app.open(run_host=False):
        await stock(app, *whole_catalogue().rows)


@pytest.fixture
def client(imported: None) -> Iterator[TestClient]:
    with TestClient(api) as client:
        yield client


def test_all_products_are_listed(client: TestClient) -> None:
    products = client.get("/products").json()

    assert len(products) == 300
    assert products[0]["sku"] == "BAK-001"
    assert {"قهوة تركية بالهيل ٢٥٠ غ", "Medjool dates, 1 kg"} <= {product["name"] for product in products}


@pytest.mark.guide(2)
def test_a_stock_that_falls_too_low_is_answered_at_once_and_the_alert_waits(client: TestClient) -> None:
    answer = client.put(f"/products/{LOAF}/stock", json={"stock": 9})

    assert answer.status_code == 200
    assert answer.json()["new_stock"] == 9
    pending = client.get("/jobs/pending").json()
    assert [(job["name"], job["state"]) for job in pending["jobs"]] == [("products.low-stock-alert", "waiting")]
    assert pending["counts"]["due"] == 1


@pytest.mark.guide(18)
def test_one_job_is_shown_with_its_state(client: TestClient) -> None:
    job = client.post(f"/products/{LOAF}/reminder", json={"in_seconds": 3600}).json()["job"]

    shown = client.get(f"/jobs/{job}").json()

    assert (shown["job"]["name"], shown["job"]["state"]) == ("products.low-stock-reminder", "waiting")
    assert shown["failures"] == []


def test_the_event_based_worker_of_this_process_hears_of_a_change(client: TestClient) -> None:
    client.put(f"/products/{LOAF}/stock", json={"stock": 9})

    assert [(change["product_name"], change["new_stock"]) for change in client.get("/products/changes").json()] == [
        ("Sourdough loaf, single", 9)
    ]


@pytest.mark.guide(15)
def test_the_latest_activities_are_shown_first(client: TestClient) -> None:
    for left in (9, 8, 7):
        client.put(f"/products/{LOAF}/stock", json={"stock": left})

    shown = client.get("/activity", params={"count": 2}).json()

    assert [entry["text"].rpartition(" ")[2] for entry in shown] == ["7", "8"]
    assert client.get("/activity", params={"count": 0}).status_code == 422


@pytest.mark.guide(16)
def test_the_offers_are_shown(client: TestClient, database: Path) -> None:
    moment = "2026-01-05T09:00:00+00:00"
    execute(database, "INSERT INTO supplier_offer VALUES ('S-1', 'BAK-001', 'Loaf', '4.50', ?)", moment)

    [offer] = client.get("/offers").json()

    assert (offer["external_id"], offer["price"], offer["changed_at"]) == ("S-1", "4.50", "2026-01-05T09:00:00Z")


def test_the_inline_twin_of_the_request_enqueues_nothing(client: TestClient) -> None:
    assert client.put(f"/inline/products/{LOAF}/stock", json={"stock": 9}).status_code == 200

    assert client.get("/jobs/pending").json()["jobs"] == []


@pytest.mark.parametrize("body", [{"stock": -1}, {"stock": 1_000_001}, {"stock": "9"}, {"stock": 1.5}, {}, None])
def test_a_body_that_is_no_stock_is_refused(client: TestClient, database: Path, body: object) -> None:
    answer = client.put(f"/products/{LOAF}/stock", json=body)

    assert answer.status_code == 422
    assert select(database, "SELECT count(*) FROM dawam_job") == [(0,)]


def test_a_request_without_a_body_is_refused(client: TestClient) -> None:
    assert client.put(f"/products/{LOAF}/stock").status_code == 422
    assert client.post(f"/products/{LOAF}/reminder", json={"in_seconds": -1}).status_code == 422


def test_what_is_not_there_is_not_found(client: TestClient) -> None:
    unknown = uuid4()

    answers = [
        client.put(f"/products/{unknown}/stock", json={"stock": 1}),
        client.put(f"/inline/products/{unknown}/stock", json={"stock": 1}),
        client.post(f"/products/{unknown}/reminder"),
    ]

    assert [(answer.status_code, answer.json()["detail"]) for answer in answers] == [
        (404, f"there is no product {unknown}")
    ] * 3
    assert client.get(f"/jobs/{unknown}").status_code == 404


def test_an_id_that_is_none_is_refused(client: TestClient) -> None:
    assert client.put("/products/chair/stock", json={"stock": 1}).status_code == 422
    assert client.get("/jobs/first").status_code == 422


@pytest.mark.guide(13)
def test_a_mail_is_answered_at_once_and_waits_to_be_sent(client: TestClient) -> None:
    mail = {"to": "amal@example.com", "subject": "أهلاً", "body": "مرحباً يا أمل"}

    answer = client.post("/emails", json=mail)

    assert answer.status_code == 202
    shown = client.get(f"/jobs/{answer.json()['job']}").json()["job"]
    assert (shown["name"], shown["state"], json.loads(shown["args"])) == ("mail.send-email", "waiting", mail)


@pytest.mark.parametrize("change", [{"to": "nobody"}, {"subject": "two\nlines"}, {"body": "x" * 50_001}])
def test_what_is_no_mail_is_refused(client: TestClient, change: dict[str, str]) -> None:
    answer = client.post("/emails", json={"to": "a@example.com", "subject": "Hello", "body": "Hello.", **change})

    assert answer.status_code == 422
    assert client.get("/jobs/pending").json()["jobs"] == []


@pytest.mark.guide(14)
def test_a_report_is_answered_at_once_and_its_files_come_later(client: TestClient) -> None:
    asked = client.post("/reports", json={"language": "ar", "recipient": "amal@example.com"})
    report = asked.json()["report"]

    assert asked.status_code == 202
    shown = client.get(f"/reports/{report}").json()
    assert (shown["state"], shown["progress"], shown["files"]) == ("waiting", 0.0, [])
    missing = client.get(f"/reports/{report}/report.pdf")
    assert (missing.status_code, missing.json()["detail"]) == (
        404,
        f"report.pdf of report {report} is not there (yet): see GET /reports/{report}",
    )


def test_a_report_in_no_language_or_for_nobody_is_refused(client: TestClient) -> None:
    for body in ({"language": "de"}, {"recipient": "nobody"}):
        assert client.post("/reports", json=body).status_code == 422
    assert client.get(f"/reports/{uuid4()}").status_code == 404
    assert client.get(f"/reports/{uuid4()}/report.exe").status_code == 422
    assert client.get(f"/reports/{uuid4()}/report.pdf").status_code == 404
