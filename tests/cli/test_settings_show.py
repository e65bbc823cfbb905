"""`dawam settings show`: every value, who said it, and what that overruled."""

import json
from typing import Any

import pytest

from tests.cli.conftest import Shop


def shown(shop: Shop, name: str, *arguments: str) -> dict[str, Any]:
    listing = shop.json("settings", "show", *arguments)
    return next(setting for setting in listing["settings"] if setting["name"] == name)


@pytest.mark.guide(11)
def test_each_value_names_its_source_and_what_it_shadowed(shop: Shop) -> None:
    shop.write("appsettings.json", '{\n  "Host": {\n    "Concurrency": 10\n  }\n}\n')
    shop.write("appsettings.Development.json", '{\n  "Host": { "Concurrency": 20 }\n}\n')
    shop.environment["DAWAM__HOST__CONCURRENCY"] = "30"

    setting = shown(shop, "Host.Concurrency", "shop", "--environment", "Development", "--set", "Host.Concurrency=40")

    assert (setting["value"], setting["source"]) == ("40", "command line")
    assert setting["shadowed"] == [
        {"source": "DAWAM__HOST__CONCURRENCY", "value": "30"},
        {"source": "appsettings.Development.json:2", "value": "20"},
        {"source": "appsettings.json:3", "value": "10"},
        {"source": "default", "value": "50"},
    ]


def test_what_the_code_says_is_a_source_too(shop: Shop) -> None:
    shop.write("shop.py", "from dawam import App\napp = App(store='sqlite:///shop.db')\n")

    setting = shown(shop, "Store.Url", "shop:app")

    assert (setting["value"], setting["source"]) == ("sqlite:///shop.db", "code")


def test_people_read_a_table(shop: Shop) -> None:
    lines = shop.dawam("settings", "show", "shop", "--set", "Host.Lease=30s").stdout.splitlines()

    assert lines[0] == "environment Production"
    assert next(line for line in lines if line.startswith("Host.Lease")).split() == [
        "Host.Lease", "30s", "command", "line", "20s", "(default)",
    ]  # fmt: skip


def test_secrets_are_masked(shop: Shop) -> None:
    shop.write("shop.py", "from dawam import App\napp = App(store='postgresql://shop:sesame@server/shop')\n")

    listing = shop.dawam("settings", "show", "shop")
    setting = shown(shop, "Store.Url", "shop", "--set", "Store.Url=sqlite:///shop.db")

    assert "postgresql://shop:***@server/shop" in listing.stdout
    assert setting["shadowed"][0] == {"source": "code", "value": "postgresql://shop:***@server/shop"}
    assert "sesame" not in listing.stdout + listing.stderr


@pytest.mark.parametrize("url", ["nosql://shop:sesame@server/shop", "postgresql://shop:open@sesame@server/shop"])
def test_a_refusal_shows_no_secret_either(shop: Shop, url: str) -> None:
    refused = shop.dawam("settings", "show", "--set", f"Store.Url={url}", "--traceback", expect=1)

    assert "Store.Url" in refused.stderr
    assert "sesame" not in refused.stdout + refused.stderr


def test_a_file_that_cannot_be_read_is_pointed_at(shop: Shop) -> None:
    shop.write("appsettings.json", '{\n  "Host": {\n    "Concurrency" 10\n  }\n}\n')

    done = shop.dawam("settings", "show", expect=1)

    assert "appsettings.json, line 3, column 19" in done.stderr


def test_without_an_application_dawams_own_settings_are_shown(shop: Shop) -> None:
    listing = json.loads(shop.dawam("settings", "show", "--json").stdout)

    sections = {setting["name"].split(".")[0] for setting in listing["settings"]}
    assert {"BackgroundJobs", "BackgroundWorkers", "Host", "Store", "Log"} <= sections
