"""`dawam jobs retry|cancel|delete` on all jobs that are meant, and ids by their first or last digits."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.cli.conftest import PATIENCE, Shop
from tests.support.stocked import NO_STOCK, TIMEOUT, Stock, stocked

HOUR = timedelta(hours=1)
NOBODY = "Nobody is here to answer, so nothing was changed: say --yes"


def states(shop: Shop, *arguments: str) -> Counter[str]:
    return Counter(job["state"] for job in shop.json("jobs", "list", *arguments)["jobs"])


async def _two_kinds_of_failures(stock: Stock) -> None:
    await stock.finish(2, TIMEOUT)
    await stock.finish(1, NO_STOCK)
    await stock.finish(1)


async def _waiting_and_running(stock: Stock) -> None:
    await stock.finish(1)
    await stock.add(1, age=HOUR)
    await stock.run(1)
    await stock.add(3)
    await stock.add(1, queue="print")


def test_all_failed_jobs_of_one_error_are_retried_and_nothing_else(shop: Shop) -> None:
    stocked(shop.folder / "dawam.db", _two_kinds_of_failures)

    said = shop.dawam("jobs", "retry", "--error", "smtp").stdout.splitlines()

    assert said == ["2 failed jobs, with 'smtp' in the last error", "2 jobs ready again"]
    assert states(shop) == {"waiting": 2, "failed": 1, "succeeded": 1}


def test_a_dry_run_shows_what_is_meant_and_changes_nothing(shop: Shop) -> None:
    stocked(shop.folder / "dawam.db", _two_kinds_of_failures)

    for command in ("retry", "delete"):
        said = shop.dawam("jobs", command, "--state", "failed", "--dry-run").stdout

        assert said.startswith("3 failed jobs\nID ")
        assert said.count("shop.send") == 3
        assert said.endswith("dry run: nothing was changed\n")
    assert states(shop) == {"failed": 3, "succeeded": 1}


def test_cancelling_all_of_a_queue_tells_what_became_of_each(shop: Shop) -> None:
    stocked(shop.folder / "dawam.db", _waiting_and_running)

    refused = shop.dawam("jobs", "cancel", "--queue", "mail", expect=1)
    done = shop.dawam("jobs", "cancel", "--queue", "mail", "--reason", "sold out", "--yes")

    assert NOBODY in refused.stderr
    assert done.stdout.splitlines() == [
        "4 waiting or running jobs in queue 'mail'",
        "3 jobs cancelled, 1 running: their hosts were asked to stop them",
    ]
    assert states(shop) == {"waiting": 1, "running": 1, "succeeded": 1, "cancelled": 3}


def test_tools_are_told_in_json_what_became_of_all(shop: Shop) -> None:
    stocked(shop.folder / "dawam.db", _waiting_and_running)

    meant = shop.json("jobs", "cancel", "--queue", "mail", "--dry-run")
    done = shop.json("jobs", "cancel", "--queue", "mail", "--yes")
    again = shop.json("jobs", "retry", "--state", "cancelled")

    assert meant == {"meant": 4, "answers": {}, "moved_on": 0}
    assert done == {"meant": 4, "answers": {"cancelled": 3, "requested": 1}, "moved_on": 0}
    assert again == {"meant": 3, "answers": {"changed": 3}, "moved_on": 0}


def test_tools_are_told_in_json_what_became_of_each(shop: Shop) -> None:
    first, second = map(str, stocked(shop.folder / "dawam.db", lambda stock: stock.add(2)))
    assert shop.json("jobs", "cancel", first) == {
        "answers": [{"of": first, "is_done": True, "text": f"{first} is cancelled"}]
    }

    told = shop.dawam("jobs", "cancel", first, second, "--json", expect=1)

    assert [each["is_done"] for each in json.loads(told.stdout)["answers"]] == [False, True]
    assert f"{first} has ended already" in told.stderr


def test_jobs_are_deleted_by_age_when_somebody_is_certain(shop: Shop) -> None:
    async def fill(stock: Stock) -> None:
        await stock.finish(2, age=2 * HOUR)
        await stock.finish(1)

    stocked(shop.folder / "dawam.db", fill)

    refused = shop.dawam("jobs", "delete", "--older-than", "1h", expect=1)
    done = shop.dawam("jobs", "delete", "--older-than", "01:00:00", "--yes")
    again = shop.dawam("jobs", "delete", "--older-than", "1h")

    assert NOBODY in refused.stderr
    assert "2 jobs deleted" in done.stdout
    assert again.stdout.startswith("0 waiting, succeeded, failed or cancelled jobs, older than 1h")
    assert states(shop) == {"succeeded": 1}


def test_one_named_job_is_deleted_with_its_records(shop: Shop) -> None:
    async def fill(stock: Stock) -> list[UUID]:
        return await stock.finish(1, TIMEOUT)

    (job_id,) = stocked(shop.folder / "dawam.db", fill)

    assert NOBODY in shop.dawam("jobs", "delete", str(job_id), expect=1).stderr
    assert f"{job_id} is deleted" in shop.dawam("jobs", "delete", str(job_id), "--yes").stdout
    assert f"there is no job {job_id}" in shop.dawam("jobs", "show", str(job_id), expect=1).stderr


def test_one_in_a_state_that_only_newer_code_knows_is_left_to_that(shop: Shop) -> None:
    (job_id,) = stocked(shop.folder / "dawam.db", lambda stock: stock.add(1))
    with closing(sqlite3.connect(shop.folder / "dawam.db", isolation_level=None)) as db:
        db.execute("PRAGMA ignore_check_constraints = ON")
        db.execute("UPDATE dawam_job SET state = 'embargoed'")

    for command in (("retry",), ("cancel",), ("delete", "--yes")):
        told = shop.dawam("jobs", *command, str(job_id), expect=1).stderr
        assert f"{job_id} is embargoed, which only newer code knows: change it with that" in told
    assert shop.json("jobs", "show", str(job_id))["state"] == "embargoed"


def test_the_last_digits_of_an_id_will_do_and_the_first_where_they_are_of_one_job(shop: Shop) -> None:
    first, second = stocked(shop.folder / "dawam.db", lambda stock: stock.add(2))

    assert str(first) in shop.dawam("jobs", "show", first.hex[-10:]).stdout
    assert f"{second} is cancelled" in shop.dawam("jobs", "cancel", str(second)[-12:]).stdout
    several = shop.dawam("jobs", "show", str(first)[:8], expect=1).stderr
    assert "begin or end with" in several
    assert f"{first}  shop.send, waiting" in several
    assert f"{second}  shop.send, cancelled" in several
    assert "no job's id begins or ends with" in shop.dawam("jobs", "retry", "00000000", expect=1).stderr


def test_a_list_is_narrowed_by_all_that_is_said_and_read_page_by_page(shop: Shop) -> None:
    async def fill(stock: Stock) -> list[UUID]:
        await _two_kinds_of_failures(stock)
        return await stock.add(3, tags=("north",), age=HOUR)

    tagged = [str(job_id) for job_id in stocked(shop.folder / "dawam.db", fill)]

    def ids(*arguments: str) -> list[str]:
        return [job["id"] for job in shop.json("jobs", "list", *arguments)["jobs"]]

    assert ids("--tag", "north", "--older-than", "30m") == tagged
    assert ids("--newer-than", "PT30M", "--tag", "north") == []
    assert len(ids("--state", "failed", "--state", "succeeded")) == 4
    assert ids("--error", "no stock", "--priority", "high") == []
    assert ids("--state", "waiting", "--after", tagged[0], "--limit", "1") == tagged[1:2]
    assert "next page: --after" in shop.dawam("jobs", "list", "--limit", "2").stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("retry",), "which jobs? Name them by id, or say which, as in `dawam jobs retry --state failed"),
        (("cancel", "--state", "failed"), "failed jobs: nothing to cancel; --state running|waiting was expected"),
        (("delete", "--state", "running", "--yes"), "running jobs: nothing to delete"),
        (("retry", "12345678", "--queue", "mail"), "one of the two was expected"),
        (("list", "--older-than", "2h", "--newer-than", "1h"), "no job is older than 2h and newer than 1h"),
        (("list", "--older-than", "60"), "a bare number does not say its unit"),
        (("list", "--state", "done"), "'done' is not one of"),
        (("list", "--newer-than", "9000000d"), "that long ago there were no jobs"),
    ],
)
def test_what_makes_no_sense_is_a_usage_error(shop: Shop, arguments: tuple[str, ...], told: str) -> None:
    assert told in shop.dawam("jobs", *arguments, expect=2).stderr


def test_ctrl_c_in_the_middle_tells_how_far_it_got(shop: Shop) -> None:
    """It comes when the first batch is seen to be done; what is told is what is in the store."""
    path = shop.folder / "dawam.db"
    stocked(path, lambda stock: stock.add(20_000))
    deleting = subprocess.Popen(
        [sys.executable, "-m", "dawam", "jobs", "delete", "--queue", "mail", "--yes"],
        cwd=shop.folder,
        env=shop.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )

    async def left(stock: Stock) -> int:
        return (await stock.store.counts()).due

    while deleting.poll() is None and stocked(path, left) == 20_000:
        pass
    os.kill(deleting.pid, signal.SIGINT)
    _, told = deleting.communicate(timeout=PATIENCE)

    still_there: Any = stocked(path, left)
    assert deleting.returncode == 1, told
    assert f"stopped by Ctrl-C: {20_000 - still_there:,} jobs deleted; the others are as they were" in told
    assert 0 < still_there < 20_000
