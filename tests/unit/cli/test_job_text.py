"""Jobs in words."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from dawam.cli.job_text import counts_text, job_json, job_page, list_row, list_table, state_text, when_text
from dawam.jobs.log import AttemptLog, LogLine
from dawam.jobs.priority import Priority
from dawam.jobs.record import AttemptRecord, JobCounts, JobInfo
from dawam.jobs.state import StoredState

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ID = UUID("019a3c5e-7b1d-7c2a-9f00-1234567890ab")


def job(**changes: Any) -> JobInfo:
    plain: dict[str, Any] = {
        "id": ID,
        "name": "shop.greet",
        "queue": "mail",
        "stored_state": StoredState.READY,
        "priority": Priority.ABOVE_NORMAL,
        "args": '{"name":"أمل"}',
        "args_version": 1,
        "headers": {},
        "tags": (),
        "fence": 0,
        "attempt_count": 0,
        "crash_count": 0,
        "lost_count": 0,
        "snooze_count": 0,
        "created_at": NOW,
        "first_due_at": NOW,
        "run_at": NOW,
        "cancel_requested": False,
    }
    return JobInfo(**{**plain, **changes})


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "waiting, due"),
        ({"crash_count": 1}, "waiting, due"),
        ({"crash_count": 2}, "waiting, suspect"),
        ({"stored_state": StoredState.SCHEDULED}, "waiting, scheduled"),
        ({"stored_state": StoredState.SCHEDULED, "attempt_count": 1}, "waiting, retrying"),
        ({"stored_state": StoredState.PARKED}, "waiting, parked"),
        ({"stored_state": StoredState.RUNNING}, "running"),
        ({"stored_state": StoredState.FAILED}, "failed"),
        ({"stored_state": "embargoed"}, "embargoed"),
    ],
)
def test_a_waiting_job_says_why_it_waits(changes: dict[str, Any], text: str) -> None:
    assert state_text(job(**changes)) == text


def test_the_moment_of_a_listing_is_the_one_that_matters_in_its_state() -> None:
    later = job(stored_state=StoredState.SCHEDULED, run_at=NOW + timedelta(seconds=60))
    running = job(stored_state=StoredState.RUNNING, claimed_at=NOW - timedelta(seconds=5))
    finished = job(stored_state=StoredState.SUCCEEDED, finished_at=NOW - timedelta(seconds=1))

    assert when_text(later, NOW).endswith("(in 60 s)")
    assert when_text(job(run_at=NOW - timedelta(seconds=9)), NOW).startswith("since ")
    assert when_text(running, NOW).startswith("since ")
    assert not when_text(finished, NOW).startswith("since ")


def test_a_row_holds_the_whole_id_and_the_last_error() -> None:
    row = list_row(job(attempt_count=2, last_error="ValueError: no"), NOW)

    assert row[0] == str(ID)
    assert row[4] == "2"
    assert row[-1] == "ValueError: no"


def test_counts_name_only_the_reasons_for_waiting_that_there_are() -> None:
    counts = JobCounts(due=1, retrying=2, failed=4)

    assert counts_text(counts) == "waiting 3 (1 due, 2 retrying), running 0, succeeded 0, failed 4, cancelled 0"
    assert counts_text(JobCounts()).startswith("waiting 0, ")


def test_the_page_of_a_job_shows_each_attempt_with_its_traceback() -> None:
    attempt = AttemptRecord(
        job_id=ID,
        fence=1,
        attempt=1,
        host="machine-1-a",
        started_at=NOW,
        ended_at=NOW + timedelta(seconds=2),
        error_type="ValueError",
        error_message="no stock",
        traceback="Traceback (most recent call last):\n  there\nValueError: no stock\n",
    )

    page = "\n".join(job_page(job(attempt_count=1, headers={"tenant": "acme"}, result='{"n":1}'), [attempt]))

    assert f"shop.greet  {ID}" in page
    assert "above normal" in page
    assert '{"name":"أمل"}' in page
    assert "tenant: acme" in page
    assert "on machine-1-a: failed after 2 s" in page
    assert "  ValueError: no stock" in page
    assert "    Traceback (most recent call last):" in page


def test_the_page_of_a_job_shows_what_its_attempts_logged() -> None:
    lines = (LogLine(NOW, "INFO", "shop.mail", "first\nsecond"), LogLine(NOW, "CRITICAL", "shop", ""))
    log = AttemptLog(job_id=ID, fence=3, attempt=2, host="machine-1-a", lines=lines, missing=1_200)

    page = list(job_page(job(), [], [log]))[-4:]

    assert page[0] == "log of attempt 2 on machine-1-a, without the first 1,200:"
    assert page[1].endswith("  INFO     shop.mail: first")
    assert page[2] == "    second"
    assert page[3].endswith("  CRITICAL shop: ")


def test_the_page_leaves_out_what_there_is_nothing_to_say_about() -> None:
    page = "\n".join(job_page(job(), []))

    assert "result" not in page
    assert "parent" not in page
    assert "finished" not in page


def test_args_and_result_are_json_within_json() -> None:
    shown = job_json(job(result="[1,2]"))

    assert shown["args"] == {"name": "أمل"}
    assert shown["result"] == [1, 2]
    assert shown["state"] == "waiting"
    assert shown["id"] == str(ID)


def test_args_that_are_no_json_are_shown_as_they_are() -> None:
    assert job_json(job(args="<encrypted>"))["args"] == "<encrypted>"
    assert "<encrypted>" in "\n".join(job_page(job(args="<encrypted>"), []))


def test_numbers_that_were_counted_no_further_end_with_a_plus() -> None:
    counts = JobCounts(due=1_000, scheduled=600, retrying=400, running=3, failed=1_000)

    assert counts_text(counts, 1_000) == (
        "waiting 2,000+ (1,000+ due, 600+ scheduled, 400+ retrying), running 3, succeeded 0, failed 1,000+, cancelled 0"
    )
    assert "+" not in counts_text(counts, 1_001)
    assert "+" not in counts_text(counts)


def test_where_a_terminal_is_too_narrow_ids_are_told_by_their_last_digits() -> None:
    jobs = [job(name="shop.receipts.send", last_error="ValueError: " + "x" * 200)]

    assert list_table(jobs, NOW, None)[1][0][0] == str(ID)
    assert list_table(jobs, NOW, 200)[1][0][0] == str(ID)
    headers, rows = list_table(jobs, NOW, 80)
    assert (headers[0], rows[0][0]) == ("ID ENDS", str(ID)[-8:])
