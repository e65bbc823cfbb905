"""`dawam store`: tables that are there, or not yet."""

from tests.cli.conftest import Shop


def test_a_store_is_migrated_once_and_then_up_to_date(shop: Shop) -> None:
    first = shop.dawam("store", "migrate").stdout
    second = shop.dawam("store", "migrate").stdout

    assert f"SQLite {shop.folder / 'dawam.db'}" in first
    assert "are up to date now" in first
    assert "were up to date" in second


def test_a_missing_store_does_not_pass_the_check_and_is_not_made_by_it(shop: Shop) -> None:
    done = shop.dawam("store", "check", expect=1)

    assert "dawam store migrate" in done.stderr
    assert not (shop.folder / "dawam.db").exists()


def test_tables_that_are_missing_do_not_pass_the_check(shop: Shop) -> None:
    (shop.folder / "empty.db").touch()

    done = shop.dawam("store", "check", "--store", "sqlite:///empty.db", expect=1)

    assert "version 0" in done.stderr
    assert "dawam store migrate" in done.stderr


def test_a_migrated_store_passes_the_check(shop: Shop) -> None:
    shop.dawam("store", "migrate", "--store", "sqlite:///other.db")

    assert "are up to date" in shop.dawam("store", "check", "--store", "sqlite:///other.db").stdout


def test_a_file_that_is_no_database_is_named(shop: Shop) -> None:
    shop.write("notes.db", "these are notes, and no database at all\n" * 100)

    done = shop.dawam("store", "migrate", "--store", "sqlite:///notes.db", expect=1)

    assert "notes.db" in done.stderr
    assert "not an SQLite database" in done.stderr
