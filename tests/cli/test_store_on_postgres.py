"""`dawam store` and `dawam doctor` on a real PostgreSQL server."""

from collections.abc import Iterator

import pytest

from dawam.stores.postgres.script import NEWEST
from tests.cli.conftest import Shop
from tests.support.postgres import Postgres, PostgresServer


@pytest.fixture
def url(emptied_postgres_url: str) -> str:
    return f"{emptied_postgres_url}?schema=jobs"


def test_a_store_is_migrated_once_checked_and_measured(shop: Shop, url: str) -> None:
    missing = shop.dawam("store", "check", "--store", url, expect=1).stderr
    first = shop.dawam("store", "migrate", "--store", url).stdout
    second = shop.dawam("store", "migrate", "--store", url).stdout
    checked = shop.dawam("store", "check", "--store", url).stdout
    said = shop.dawam("store", "stats", "--store", url).stdout
    found = shop.json("store", "stats", "--store", url)

    assert "are missing, and this Dawam needs version" in missing
    assert "are up to date now" in first
    assert "were up to date" in second
    assert ", schema jobs: the tables are up to date (version " in checked
    assert "dawam_schema: " in said
    assert "; about 1 row, " in said
    assert "a process that runs jobs takes 9" in said
    assert "settings         PostgreSQL " in said
    assert "unused" not in said
    assert (found["schema"]["found"], found["unused_size"]) == (found["schema"]["expected"], None)


def test_the_script_that_is_printed_makes_the_tables_and_opens_nothing(
    shop: Shop, postgres: Postgres, emptied_postgres_url: str, url: str
) -> None:
    nowhere = "postgresql://clerk:sesame@127.0.0.1:1/shop?schema=jobs"

    script = shop.dawam("store", "migrate", "--sql", "--store", nowhere).stdout
    rest = shop.dawam("store", "migrate", "--sql", "--from-version", str(NEWEST), "--store", nowhere).stdout

    assert script.startswith("-- PostgreSQL shop at 127.0.0.1:1, schema jobs: Dawam's tables, from version 0 on.\n")
    assert "sesame" not in script
    assert "CREATE TABLE" not in rest
    postgres.execute(script.encode(), url=emptied_postgres_url)
    assert "the tables are up to date" in shop.dawam("store", "check", "--store", url).stdout
    postgres.execute(rest.encode(), url=emptied_postgres_url)


def test_a_file_has_such_a_script_as_well(shop: Shop) -> None:
    script = shop.dawam("store", "migrate", "--sql", "--store", "sqlite:///dawam.db").stdout

    assert not (shop.folder / "dawam.db").exists()
    assert "CREATE TABLE dawam_job (" in script
    assert script.endswith("COMMIT;\n\n")
    refused = shop.dawam("store", "migrate", "--from-version", "1", expect=2).stderr
    assert "--from-version belongs to --sql" in refused


@pytest.fixture(scope="module")
def small_server(postgres_server: PostgresServer) -> Iterator[PostgresServer]:
    """One that lets few in and cleans up nothing; the other tests' server only says whether there can be one."""
    few = {"max_connections": "10", "superuser_reserved_connections": "3", "max_wal_senders": "0"}
    with PostgresServer({"autovacuum": "off", **few}) as server:
        yield server


def test_the_doctor_looks_at_the_server(shop: Shop, small_server: PostgresServer) -> None:
    url = small_server.new_database()
    shop.dawam("store", "migrate", "--store", url)

    report = shop.json("doctor", "shop:app", "--set", f"Store.Url={url}")

    found = {each["code"]: each for each in report["findings"] if each["severity"] != "ok"}
    assert found.keys() == {"no-time-limit", "server-upkeep", "few-connections"}
    assert "autovacuum is off" in found["server-upkeep"]["text"]
    assert (
        " of 7 connections are open, and 0 hosts live: each process that runs jobs takes 9"
        in (found["few-connections"]["text"])
    )
    assert [each for each in report["findings"] if each["code"].startswith("disk-")] == []


def test_the_doctor_says_what_is_wrong_with_a_server_that_cannot_be_reached(shop: Shop) -> None:
    url = "postgresql://clerk:sesame@127.0.0.1:1/shop"

    done = shop.dawam("doctor", "shop:app", "--set", f"Store.Url={url}", expect=1)

    assert "store-unreachable: PostgreSQL shop at 127.0.0.1:1: Connection refused" in done.stdout
    assert "sesame" not in done.stdout
