"""`dawam run`: a process that runs jobs until it is told to stop."""

import signal
from collections.abc import Callable

import pytest

from tests.cli.conftest import SHOP, Host, Shop

Start = Callable[..., Host]


@pytest.mark.guide(4)
def test_a_host_runs_what_another_process_enqueued_before_it_started(shop: Shop, start: Start) -> None:
    job_id = shop.enqueue('send.call("Amal")')

    host = start("shop:app")
    host.says(f"shop.send {job_id} succeeded")

    assert host.stop() == 0
    assert shop.json("jobs", "show", job_id)["result"] == "sent to Amal"


def test_a_starting_host_says_what_it_is(shop: Shop, start: Start) -> None:
    shop.enqueue('send.call("Amal")', "delay=timedelta(hours=1)")

    host = start("shop.py", "--environment", "Staging", "--set", "Host.ShutdownGrace=1s")

    host.says("started")
    assert str(shop.folder / "dawam.db") in host.says("store ")
    assert "Staging" in host.says("environment ")
    assert "default, mail" in host.says("queues ")
    assert "shop.break_down, shop.pass_on, shop.send, shop.wait" in host.says("jobs ")
    assert "1 scheduled" in host.says("waiting ")


def test_what_a_job_logged_is_shown_beside_it(shop: Shop, start: Start) -> None:
    job_id = shop.enqueue("break_down.call()")
    host = start("shop")
    host.says(f"shop.break_down {job_id} failed for good")
    host.stop()

    shown = shop.dawam("jobs", "show", job_id).stdout
    [log] = shop.json("jobs", "show", job_id)["logs"]
    [line] = log["lines"]

    assert "log of attempt 1 on" in shown
    assert "INFO     shop.stock: counting\n    the tea" in shown
    assert (line["level"], line["logger"], line["text"]) == ("INFO", "shop.stock", "counting\nthe tea")
    assert (log["attempt"], log["missing"]) == (1, 0)


def test_jobs_reach_the_application_that_they_belong_to(shop: Shop, start: Start) -> None:
    job_id = shop.enqueue('pass_on.call("Amal")')

    host = start("shop")
    host.says(f"shop.pass_on {job_id} succeeded")

    host.says(f"shop.send {shop.json('jobs', 'show', job_id)['result']} succeeded")


def test_only_the_named_queues_are_served(shop: Shop, start: Start) -> None:
    shop.enqueue('send.call("Amal")')
    waiting = shop.enqueue("wait.call(0)")

    host = start("shop", "--queues", "mail", "--concurrency", "3")
    host.says("shop.send")
    host.stop()

    assert shop.json("jobs", "show", waiting)["state"] == "waiting"
    assert host.says("queues ").split() == ["queues", "mail"]


def test_a_host_says_its_name_and_how_its_slots_are_shared_out(shop: Shop, start: Start) -> None:
    said = ("--name", "letters", "--queue-weights", "mail=3", "--queue-limits", "default=2", "--concurrency", "8")
    host = start("shop", *said)

    assert " host letters@" in host.says("started")
    assert "default (25 %, at most 2 at once), mail (75 %)" in host.says("queues ")
    assert "8 in each process, shared out by weight" in host.says("slots ")
    [listed] = shop.json("hosts", "list")["hosts"]
    assert listed["name"] == "letters"
    assert listed["id"].startswith("letters@")
    assert "letters@" in shop.dawam("hosts", "list").stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_host_that_is_told_to_stop_ends_well(shop: Shop, start: Start, number: signal.Signals) -> None:
    host = start("shop")
    host.says("started")

    assert host.stop(number) == 0
    assert "stopped" in host.lines[-1]


def test_a_second_signal_hands_back_what_still_runs(shop: Shop, start: Start) -> None:
    job_id = shop.enqueue("wait.call(60)")
    host = start("shop", "--set", "Log.Level=DEBUG")
    host.says(f"shop.wait {job_id} started")

    host.process.send_signal(signal.SIGTERM)
    host.says("is stopping")

    assert host.stop() == 0
    left = shop.json("jobs", "show", job_id)
    assert (left["state"], left["attempt_count"]) == ("waiting", 0)


@pytest.mark.guide(11)
def test_the_guides_own_settings_file_switches_execution_off(shop: Shop, start: Start) -> None:
    shop.write(
        "appsettings.Development.json",
        '{\n  "BackgroundJobs": {\n    "IsJobExecutionEnabled": false // Disable in development if needed\n  }\n}\n',
    )
    shop.write("shop.py", f"{SHOP}\n@app.worker(every=timedelta(minutes=5))\nasync def look() -> None: ...\n")
    job_id = shop.enqueue('send.call("Amal")')

    host = start("shop", "--environment", "Development")
    host.says("worker shop.look started")

    assert "appsettings.Development.json:3" in host.says("runs no jobs, only workers")
    assert host.stop() == 0
    assert shop.json("jobs", "show", job_id)["state"] == "waiting"


def test_a_project_names_its_application_once(shop: Shop, start: Start) -> None:
    shop.write("pyproject.toml", '[tool.dawam]\napp = "shop:app"\n')

    start().says("started")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("nowhere:app",), 1, "there is no module 'nowhere'"),
        ((), 1, "no application was named"),
        (("shop:app", "--set", "Host.Lease=3"), 1, "a bare number does not say its unit"),
        (("shop:app", "--set", "Host.Leese=3s"), 1, 'did you mean "Lease"?'),
        (("shop:app", "--set", "Store.Url=oracle://u:secret@h/x"), 1, "names no store that is known"),
        (("shop:app", "--set", "Store.Url=sqlite:///no/such/folder.db"), 1, "does not exist"),
        (("shop:app", "--environment", "a/b"), 1, "an environment is named by"),
        (("shop:app", "--set", "Host.Lease"), 2, "Section.Key=value was expected"),
        (("shop:app", "--concurrency", "0"), 2, "not in the range"),
        (("shop:app", "--queues", ","), 2, "the names of queues were expected"),
    ],
)
def test_what_cannot_be_run_is_refused_with_the_cure(
    shop: Shop, arguments: tuple[str, ...], code: int, message: str
) -> None:
    done = shop.dawam("run", *arguments, expect=code)

    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert "secret" not in done.stderr


def test_a_changed_source_starts_the_host_again(shop: Shop, start: Start) -> None:
    host = start("shop", "--reload")
    host.says("started")

    shop.write(
        "shop.py", (shop.folder / "shop.py").read_text() + '\n@app.job("shop.new")\nasync def new() -> None: ...\n'
    )

    host.says("changed: shop.py")
    host.says("shop.new")
    assert host.stop() == 0


def test_a_source_that_breaks_is_waited_for(shop: Shop, start: Start) -> None:
    host = start("shop", "--reload")
    host.says("started")
    good = (shop.folder / "shop.py").read_text()

    shop.write("shop.py", "app = (\n")
    host.says("starts again after the next change")
    shop.write("shop.py", good.replace("shop", "store"))
    host.says("changed: shop.py")

    assert host.stop() == 0
