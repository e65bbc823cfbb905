"""`dawam doctor`: looks at everything, changes nothing, and answers with an exit code."""

import os
from typing import Any

import pytest

from tests.cli.conftest import Shop

HEALTHY = ("--set", "BackgroundJobs.DefaultTimeLimit=60s")


def bad(report: Any) -> list[str]:
    return [finding["code"] for finding in report["findings"] if finding["severity"] != "ok"]


def test_a_shop_that_is_well_passes(shop: Shop) -> None:
    shop.dawam("store", "migrate")
    done = shop.dawam("doctor", "shop:app", *HEALTHY, "--strict")
    assert done.stdout.splitlines()[0] == "ok       the application is found"
    assert "\n0 errors, 0 warnings; " in done.stdout


def test_it_makes_no_store_and_starts_nothing(shop: Shop) -> None:
    before = sorted(os.listdir(shop.folder))
    done = shop.dawam("doctor", "shop:app", expect=1)
    assert "store-unreachable: there is no store at " in done.stdout
    assert sorted(set(os.listdir(shop.folder)) - {"__pycache__"}) == before
    shop.enqueue("wait.call(1)")
    shop.dawam("doctor", "shop:app")
    assert shop.json("hosts", "list") == {"hosts": []}
    assert [job["state"] for job in shop.json("jobs", "list")["jobs"]] == ["waiting"]


def test_warnings_pass_unless_it_is_strict(shop: Shop) -> None:
    shop.enqueue("wait.call(1)")
    warned = shop.dawam("doctor", "shop:app", *HEALTHY)
    assert "warning  no-live-host: 1 job waits, and no host lives\n         cure: start one: dawam run shop:app" in (
        warned.stdout
    )
    shop.dawam("doctor", "shop:app", *HEALTHY, "--strict", expect=1)


@pytest.mark.guide(19)
def test_before_a_deployment_it_names_what_the_new_code_does_not_know_or_cannot_read(shop: Shop) -> None:
    shop.enqueue("wait.call(1)")
    shop.enqueue("send.call('Amal')")
    shop.write(
        "shop.py",
        "from dawam import App\n"
        "app = App()\n"
        "@app.job('shop.wait_for')\n"
        "async def wait_for(seconds: float) -> None: ...\n"
        "@app.job('shop.send')\n"
        "async def send(to: str, subject: str) -> None: ...\n",
    )
    report = shop.json_of(1, "doctor", "shop:app", *HEALTHY)
    assert bad(report) == ["no-live-host", "unknown-job-names", "unreadable-args"]
    assert report["error_count"] == 2
    [unknown] = [each for each in report["findings"] if each["code"] == "unknown-job-names"]
    assert "'shop.wait'" in unknown["text"]
    assert "'shop.wait_for'" in unknown["text"]


@pytest.mark.parametrize(
    ("source", "settings", "code", "text"),
    [
        ("app = 1\n", "", "application-not-found", "shop"),
        ("import nothing_of_this_name\n", "", "application-not-found", "nothing_of_this_name"),
        (
            "from dawam import App\napp = App()\n@app.job\nasync def work(size): ...\n",
            "",
            "application-refused",
            "work(size)",
        ),
        ("from dawam import App\napp = App()\n", '{"Host": {"Poll": 5}}', "settings-refused", "Host.Poll"),
        ("from dawam import App\napp = App()\n", '{"BackgroundJob": {}}', "settings-doubt", "BackgroundJobs"),
    ],
)
def test_an_application_that_cannot_start_says_why(
    shop: Shop, source: str, settings: str, code: str, text: str
) -> None:
    shop.dawam("store", "migrate")
    shop.write("shop.py", source)
    if settings:
        shop.write("appsettings.json", settings)
    report = shop.json_of(0 if code == "settings-doubt" else 1, "doctor", "shop:app", *HEALTHY)
    assert bad(report) == [code]
    assert text in next(each for each in report["findings"] if each["code"] == code)["text"]
