"""`dawam jobs`: what a person sees of jobs, and does with them."""

from collections.abc import Callable

import pytest

from tests.cli.conftest import Host, Shop

Start = Callable[..., Host]
UNKNOWN = "019a3c5e-7b1d-7c2a-9f00-1234567890ab"


@pytest.mark.guide(18)
def test_a_listing_shows_who_waits_and_why(shop: Shop) -> None:
    due = shop.enqueue('send.call("Amal")')
    later = shop.enqueue("wait.call(1)", "delay=timedelta(hours=1)")

    lines = shop.dawam("jobs", "list", "--app", "shop").stdout.splitlines()

    assert lines[1].split()[:5] == [due, "shop.send", "mail", "waiting,", "due"]
    assert lines[2].split()[:5] == [later, "shop.wait", "default", "waiting,", "scheduled"]
    assert lines[-1] == "waiting 2 (1 due, 1 scheduled), running 0, succeeded 0, failed 0, cancelled 0"


def test_a_listing_says_that_nobody_runs_the_jobs_and_how_to_start_a_host(shop: Shop) -> None:
    shop.enqueue('send.call("Amal")')

    done = shop.dawam("jobs", "list", "--app", "shop:app")

    assert "no live host serves queue 'mail' (1 job waiting): start one with `dawam run shop:app`" in done.stderr


def test_a_listing_names_waiting_jobs_that_no_host_knows_with_the_nearest(shop: Shop, start: Start) -> None:
    shop.enqueue('send.call("Amal")')
    shop.write("shop.py", (shop.folder / "shop.py").read_text().replace("async def send(", "async def send_mail("))
    shop.write("shop.py", (shop.folder / "shop.py").read_text().replace("send.call", "send_mail.call"))
    start("shop").says("started")

    done = shop.dawam("jobs", "list", "--app", "shop")
    listing = shop.json("jobs", "list", "--app", "shop")

    assert "'shop.send' in queue 'mail': no host knows this name; the nearest that is known is 'shop.send_mail'" in (
        done.stderr
    )
    assert listing["unknown_names"] == [{"name": "shop.send", "queue": "mail", "count": 1, "nearest": "shop.send_mail"}]


def test_a_listing_is_json_for_tools_and_nothing_else(shop: Shop) -> None:
    job_id = shop.enqueue('send.call("أمل")')

    listing = shop.json("jobs", "list")

    assert [job["id"] for job in listing["jobs"]] == [job_id]
    assert listing["jobs"][0]["args"] == {"to": "أمل"}
    assert listing["counts"]["waiting"] == 1
    assert listing["unserved_queues"] == {"mail": 1}
    assert listing["has_more"] is False


def test_a_listing_is_narrowed(shop: Shop) -> None:
    sent = [shop.enqueue('send.call("Amal")') for _ in range(2)]
    shop.enqueue("wait.call(1)")

    def ids(*arguments: str) -> list[str]:
        return [job["id"] for job in shop.json("jobs", "list", *arguments)["jobs"]]

    assert ids("--name", "shop.send") == sent
    assert ids("--queue", "mail") == sent
    assert ids("--state", "failed") == []
    assert ids("--limit", "1") == sent[:1]
    assert "only the first 1" in shop.dawam("jobs", "list", "--limit", "1").stdout


def test_one_job_shows_its_attempts(shop: Shop, start: Start) -> None:
    job_id = shop.enqueue("break_down.call()")
    start("shop").says("failed for good")

    page = shop.dawam("jobs", "show", job_id).stdout
    shown = shop.json("jobs", "show", job_id)

    assert "state         failed" in page
    assert "ValueError: no stock" in page
    assert 'raise ValueError("no stock")' in page
    assert shown["state"] == "failed"
    assert [attempt["error_type"] for attempt in shown["attempts"]] == ["ValueError"]


def test_a_failed_job_is_retried_under_its_id(shop: Shop, start: Start) -> None:
    job_id = shop.enqueue("break_down.call()")
    host = start("shop")
    host.says("failed for good")
    host.stop()

    assert f"{job_id} is ready again" in shop.dawam("jobs", "retry", job_id).stdout

    shown = shop.json("jobs", "show", job_id)
    assert (shown["state"], shown["attempt_count"]) == ("waiting", 0)


def test_a_waiting_job_is_cancelled_at_once_with_its_reason(shop: Shop) -> None:
    job_id = shop.enqueue('send.call("Amal")')

    assert f"{job_id} is cancelled" in shop.dawam("jobs", "cancel", job_id, "--reason", "sold out").stdout

    shown = shop.json("jobs", "show", job_id)
    assert shown["state"] == "cancelled"
    assert "sold out" in shown["last_error"]


def test_a_running_job_is_asked_to_stop_and_does(shop: Shop, start: Start) -> None:
    job_id = shop.enqueue("wait.call(60)")
    host = start("shop", "--set", "Log.Level=DEBUG")
    host.says(f"{job_id} started")

    assert "is running" in shop.dawam("jobs", "retry", job_id, expect=1).stderr
    assert "was asked to stop it" in shop.dawam("jobs", "cancel", job_id).stdout

    host.says("was cancelled")


def test_what_cannot_be_changed_is_told_and_the_rest_is_done(shop: Shop) -> None:
    job_id = shop.enqueue('send.call("Amal")')

    done = shop.dawam("jobs", "cancel", UNKNOWN, job_id, expect=1)
    again = shop.dawam("jobs", "cancel", job_id, expect=1)

    assert f"{job_id} is cancelled" in done.stdout
    assert f"there is no job {UNKNOWN}" in done.stderr
    assert "has ended already" in again.stderr


@pytest.mark.parametrize("command", ["show", "retry", "cancel"])
def test_what_is_no_job_id_is_a_usage_error(shop: Shop, command: str) -> None:
    assert "'17' is no job id" in shop.dawam("jobs", command, "17", expect=2).stderr


def test_a_job_that_is_not_there_is_an_error(shop: Shop) -> None:
    shop.dawam("store", "migrate")

    assert f"there is no job {UNKNOWN}" in shop.dawam("jobs", "show", UNKNOWN, expect=1).stderr


def test_where_there_is_no_store_the_ways_to_name_one_are_told(shop: Shop) -> None:
    done = shop.dawam("jobs", "list", expect=1)

    assert f"there is no store at {shop.folder / 'dawam.db'}" in done.stderr
    assert "--app or --store" in done.stderr
    assert not (shop.folder / "dawam.db").exists()


def test_a_store_of_another_process_memory_cannot_be_looked_at(shop: Shop) -> None:
    assert "the store (memory)" in shop.dawam("jobs", "list", "--store", "memory://", expect=1).stderr


def test_applications_that_share_a_store_are_looked_at_one_by_one(shop: Shop) -> None:
    job_id = shop.enqueue('send.call("Amal")')

    others = shop.json("jobs", "list", "--store", "sqlite:///dawam.db", "--application", "billing")["jobs"]
    ours = shop.json("jobs", "list", "--store", "sqlite:///dawam.db")["jobs"]

    assert others == []
    assert [job["id"] for job in ours] == [job_id]


def test_what_ended_lately_is_shown_for_each_name(shop: Shop, start: Start) -> None:
    shop.enqueue('send.call("Amal")')
    host = start("shop")
    host.says("succeeded")
    host.stop()

    lines = shop.dawam("jobs", "stats").stdout.splitlines()
    told = shop.json("jobs", "stats", "--last", "5m", "--name", "shop.send")

    assert lines[0].split()[:6] == ["NAME", "QUEUE", "SUCCEEDED", "RETRIED", "FAILED", "CANCELLED"]
    assert lines[1].split()[:6] == ["shop.send", "mail", "1", "0", "0", "0"]
    assert lines[-1].startswith("each 60 s, 1 at most")
    assert [(each["name"], each["succeeded"]) for each in told["jobs"]] == [("shop.send", 1)]
    assert told["jobs"][0]["run_seconds"]["p50"] >= 0
    assert [each["succeeded"] for each in told["steps"]].count(1) == 1


def test_where_nothing_ended_that_is_what_is_said(shop: Shop) -> None:
    shop.enqueue('send.call("Amal")')
    assert shop.dawam("jobs", "stats", "--last", "2d").stdout == "nothing ended in the last 2 d\n"


def test_a_time_for_which_nothing_is_kept_is_a_usage_error(shop: Shop) -> None:
    assert "400d at most" in shop.dawam("jobs", "stats", "--last", "401d", expect=2).stderr
