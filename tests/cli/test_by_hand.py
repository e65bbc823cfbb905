"""`dawam errors`, `enqueue`, `audit`, `jobs change` and `completion`: what people do, and the record of it."""

import getpass
import platform
from datetime import timedelta

from tests.cli.conftest import Shop
from tests.support.stocked import Stock, stocked

HOUR = timedelta(hours=1)
WHO = f"{getpass.getuser()}@{platform.node()}"


def failed(shop: Shop) -> str:
    """Two jobs that failed in a host, and the fingerprint of the error."""
    for _ in range(2):
        shop.enqueue("break_down.call()")
    host = shop.host("shop:app")
    try:
        host.says("no stock")
    finally:
        host.stop()
    [error] = shop.json("errors", "list", "--app", "shop:app")["errors"]
    return str(error["fingerprint"])


def test_an_error_is_listed_shown_marked_and_its_jobs_are_retried(shop: Shop) -> None:
    fingerprint = failed(shop)
    listed = shop.dawam("errors", "list").stdout
    assert "ValueError: no stock" in listed
    assert fingerprint in listed
    shown = shop.dawam("errors", "show", fingerprint).stdout
    assert "shop.break_down" in shown
    assert "Traceback" in shown
    assert shop.dawam("errors", "mark", fingerprint, "ignored").stdout == f"{fingerprint} is ignored\n"
    assert "no error was seen in the last 1d" in shop.dawam("errors", "list").stdout
    assert fingerprint in shop.dawam("errors", "list", "--all").stdout
    said = shop.dawam("jobs", "retry", "--fingerprint", fingerprint).stdout.splitlines()
    assert said == [f"2 failed jobs, with the error {fingerprint}", "2 jobs ready again"]
    assert "there is no error 0000" in shop.dawam("errors", "show", "0000", expect=1).stderr


def test_a_job_is_enqueued_by_its_name(shop: Shop) -> None:
    shop.dawam("store", "migrate", "--app", "shop:app")
    arguments = ("--app", "shop:app", "--queue", "vip", "--priority", "high", "--delay", "1h", "--reason", "a test")
    job_id = shop.json("enqueue", "shop.send", '{"to": "amal"}', *arguments)["id"]
    job = shop.json("jobs", "show", job_id)
    assert (job["name"], job["queue"], job["args"]) == ("shop.send", "vip", {"to": "amal"})
    [action] = shop.json("audit")["actions"]
    assert (action["by"], action["via"]) == (WHO, "command line")
    assert (action["verb"], action["subject"]) == ("enqueue", "shop.send")
    assert (action["reason"], action["outcome"]) == ("a test", f"job {job_id}")


def test_what_cannot_be_enqueued_is_said(shop: Shop) -> None:
    shop.dawam("store", "migrate", "--app", "shop:app")
    app = ("--app", "shop:app")
    assert "did you mean 'shop.send'?" in shop.dawam("enqueue", "shop.sent", "{}", *app, expect=1).stderr
    assert "the args are no JSON object" in shop.dawam("enqueue", "shop.send", "[", *app, expect=2).stderr
    assert "a moment was expected" in shop.dawam("enqueue", "shop.send", "{}", "--at", "soon", *app, expect=2).stderr
    both = ("--at", "2026-11-27", "--delay", "1h")
    assert "one of the two was expected" in shop.dawam("enqueue", "shop.send", "{}", *both, *app, expect=2).stderr


async def _waiting(stock: Stock) -> None:
    await stock.add(3)
    await stock.add(1, queue="print")


def test_waiting_jobs_are_changed_and_it_is_written_down(shop: Shop) -> None:
    stocked(shop.folder / "dawam.db", _waiting)
    said = shop.dawam("jobs", "change", "--queue", "mail", "--to-queue", "post", "--due-in", "1h", "--yes").stdout
    assert said.splitlines() == ["3 waiting jobs in queue 'mail'", "3 jobs changed"]
    assert {job["queue"] for job in shop.json("jobs", "list")["jobs"]} == {"post", "print"}
    [alone] = shop.json("jobs", "list", "--queue", "print")["jobs"]
    assert shop.dawam("jobs", "change", alone["id"], "--to-priority", "high").stdout == f"{alone['id']} is changed\n"
    told = shop.dawam("audit").stdout
    assert "move to queue post" in told
    assert "3 of 3" in told
    assert f"set priority high job {alone['id']}" in told
    assert "to what?" in shop.dawam("jobs", "change", "--queue", "mail", expect=2).stderr


def test_jobs_are_found_by_their_args(shop: Shop) -> None:
    shop.dawam("store", "migrate", "--app", "shop:app")
    for to in ("amal", "yusuf"):
        shop.dawam("enqueue", "shop.send", f'{{"to": "{to}"}}', "--app", "shop:app")
    [job] = shop.json("jobs", "list", "--args", "to=amal")["jobs"]
    assert job["args"] == {"to": "amal"}
    assert "a path and a value were expected" in shop.dawam("jobs", "list", "--args", "to", expect=2).stderr


def test_shells_complete_the_commands(shop: Shop) -> None:
    for shell in ("bash", "zsh", "fish"):
        assert "_DAWAM_COMPLETE" in shop.dawam("completion", shell).stdout
