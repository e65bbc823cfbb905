"""`dawam store stats|prune|vacuum|backup`: the upkeep of a store."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import pytest

from dawam.cli.access import gauge_of, keeper_of, script_of
from dawam.clock import SystemClock
from dawam.errors import NotSupportedError, StoreBusyError, StoreUnavailableError
from dawam.stores.memory import MemoryStore
from dawam.stores.sqlite import keeping
from dawam.stores.sqlite.store import SqliteStore
from tests.cli.conftest import Shop
from tests.support.stocked import TIMEOUT, Stock, stocked


async def _some_history(stock: Stock) -> None:
    await stock.finish(30)
    await stock.finish(2, TIMEOUT)
    await stock.add(3)


def test_stats_tell_size_content_age_and_hosts(shop: Shop) -> None:
    async def fill(stock: Stock) -> str:
        await _some_history(stock)
        return await stock.host()

    host = stocked(shop.folder / "dawam.db", fill)

    said = shop.dawam("store", "stats").stdout
    found = shop.json("store", "stats")

    assert f"SQLite {shop.folder / 'dawam.db'}" in said
    assert "waiting 3 (3 due)" in said
    assert "running 0, succeeded 30, failed 2, cancelled 0" in said
    assert f"{host} (live)" in said
    assert "journal mode wal, synchronous FULL" in said
    assert (found["counts"]["succeeded"], found["attempt_count"], found["live_hosts"]) == (30, 2, 1)
    assert found["size"] == (shop.folder / "dawam.db").stat().st_size
    assert found["schema"]["found"] == found["schema"]["expected"]


def test_tools_are_told_in_json_what_was_kept_up(shop: Shop) -> None:
    stocked(shop.folder / "dawam.db", _some_history)

    dry = shop.json("store", "prune", "--failed-older-than", "0s", "--dry-run")
    pruned = shop.json("store", "prune", "--failed-older-than", "0s", "--yes")
    vacuumed = shop.json("store", "vacuum", "--yes")
    copied = shop.json("store", "backup", "copy.db")

    assert dry == {"outlived": {"succeeded": 0, "failed": 2, "cancelled": 0}, "deleted": 0}
    assert pruned == {**dry, "deleted": 2}
    assert vacuumed["size_after"] <= vacuumed["size_before"]
    assert copied == {"file": str(shop.folder / "copy.db"), "size": (shop.folder / "copy.db").stat().st_size}
    assert shop.json("store", "check") == {
        "store": f"SQLite {shop.folder / 'dawam.db'} (synchronous FULL)",
        "version": shop.json("store", "stats")["schema"]["found"],
        "text": "the tables are up to date",
    }
    assert shop.json("store", "migrate")["text"] == "the tables were up to date"


def test_pruning_follows_the_settings_and_what_is_said_instead(shop: Shop) -> None:
    stocked(shop.folder / "dawam.db", _some_history)
    shop.write("appsettings.json", '{"BackgroundJobs": {"FailedJobRetention": "0s"}}')

    dry = shop.dawam("store", "prune", "--dry-run").stdout
    refused = shop.dawam("store", "prune", expect=1)
    done = shop.dawam("store", "prune", "--succeeded-older-than", "0s", "--yes").stdout
    again = shop.dawam("store", "prune").stdout

    assert "succeeded  kept for 7d: 0 jobs older than that" in dry
    assert "failed     kept for 0s: 2 jobs older than that" in dry
    assert "delete 2 jobs with all their records? Nobody is here to answer" in refused.stderr
    assert "32 jobs deleted" in done
    assert "nothing to prune" in again


def test_a_vacuum_gives_space_back_but_not_behind_the_back_of_live_hosts(shop: Shop) -> None:
    path = shop.folder / "dawam.db"

    async def fill(stock: Stock) -> str:
        for job_id in await stock.add(300, args=b'"' + b"x" * 3_000 + b'"'):
            await stock.store.delete(job_id)
        return await stock.host()

    host = stocked(path, fill)
    size = path.stat().st_size

    refused = shop.dawam("store", "vacuum", "--yes", expect=1)
    done = shop.dawam("store", "vacuum", "--yes", "--while-running")
    again = shop.dawam("store", "vacuum", "--yes", "--while-running")

    assert (
        f"1 host would have to wait for about 1 s ({host}): stop them first, or say --while-running" in refused.stderr
    )
    assert "became" in done.stdout
    assert path.stat().st_size < size / 2
    assert "there is nothing to give back" in again.stdout


async def test_a_vacuum_that_gets_no_lock_changes_nothing_and_says_so(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "jobs.db", clock=SystemClock(), patience=timedelta(milliseconds=50))
    await store.open()
    with closing(sqlite3.connect(store.path, isolation_level=None)) as somebody:
        somebody.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusyError, match="Nothing was changed: try again when less is going on"):
            await store.vacuum()
    await store.close()


async def test_what_the_disk_has_no_space_for_is_refused_before_it_begins(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "jobs.db", clock=SystemClock())
    await store.open()
    with patch.object(keeping.os, "statvfs", return_value=SimpleNamespace(f_bavail=1, f_frsize=1_000)):
        with pytest.raises(
            StoreUnavailableError, match=r"vacuuming .* needs .* MB of free disk space .* 0.0 MB are left"
        ):
            await store.vacuum()
        with pytest.raises(StoreUnavailableError, match=r"a copy of .* free some first; nothing was changed"):
            await store.backup(tmp_path / "copy.db")
    await store.close()
    assert not (tmp_path / "copy.db").exists()


def test_a_backup_holds_what_the_store_holds_and_replaces_nothing_unasked(shop: Shop) -> None:
    stocked(shop.folder / "dawam.db", _some_history)

    done = shop.dawam("store", "backup", "copy.db")
    refused = shop.dawam("store", "backup", "copy.db", expect=1)
    shop.dawam("store", "backup", "copy.db", "--force")

    assert f"{shop.folder / 'copy.db'}: " in done.stdout
    assert "complete and checked" in done.stdout
    assert "is there already: name another file, or say --force to replace it" in refused.stderr
    copy = ("--store", "sqlite:///copy.db")
    assert shop.json("jobs", "list", *copy)["counts"] == shop.json("jobs", "list")["counts"]
    assert [path.name for path in shop.folder.iterdir() if path.name.endswith(".part")] == []


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("dawam.db", "is the store itself: name another file for the copy"),
        (".", "is a folder: name a file in it"),
        ("away/copy.db", "of the copy does not exist: create it first"),
        ("used.db", "used.db-wal stands beside it"),
    ],
)
def test_a_backup_goes_nowhere_where_it_would_do_harm(shop: Shop, target: str, told: str) -> None:
    stocked(shop.folder / "dawam.db", _some_history)
    shop.write("used.db", "")
    shop.write("used.db-wal", "")

    assert told in shop.dawam("store", "backup", target, "--force", expect=1).stderr


def test_a_store_without_a_place_says_what_it_cannot_do_and_what_to_do_instead() -> None:
    store = MemoryStore(clock=SystemClock())
    with pytest.raises(NotSupportedError, match=r"no upkeep .* copy it by hand"):
        keeper_of(store, "copy it by hand")
    with pytest.raises(NotSupportedError, match=r"no statistics: `dawam jobs list` counts its jobs"):
        gauge_of(store)
    with pytest.raises(NotSupportedError, match=r"no script of its tables: leave --sql out"):
        script_of(store)
