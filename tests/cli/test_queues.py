"""`dawam queues` and `dawam hosts`: what waits where, who runs it, and the hand that pauses."""

from datetime import timedelta

from tests.cli.conftest import Shop
from tests.support.stocked import Stock, stocked

MINUTE = timedelta(minutes=1)


async def _a_busy_shop(stock: Stock) -> str:
    await stock.add(2, age=MINUTE)
    await stock.run(1)
    await stock.add(1, queue="print")
    return await stock.host("mail", "parcels")


def test_queues_tell_what_waits_how_long_and_who_serves_them(shop: Shop) -> None:
    host = stocked(shop.folder / "dawam.db", _a_busy_shop)
    shop.dawam("queues", "pause", "mail")

    done = shop.dawam("queues", "list")
    found = {queue["name"]: queue for queue in shop.json("queues", "list")["queues"]}

    lines = [line.split() for line in done.stdout.splitlines()]
    assert [line[0] for line in lines] == ["QUEUE", "mail", "parcels", "print"]
    assert lines[2] == ["parcels", "0", "0", "0", "-", "open", host]
    assert "no live host serves 'print': start one with `dawam run module:app`" in done.stderr
    mail = found["mail"]
    assert (mail["due"], mail["running"], mail["is_paused"]) == (1, 1, True)
    assert mail["oldest_due_seconds"] >= 60
    assert host in mail["hosts"]


def test_a_queue_is_paused_and_resumed_and_what_runs_goes_on(shop: Shop) -> None:
    stocked(shop.folder / "dawam.db", _a_busy_shop)

    assert "queue 'mail' is paused; 1 job running, which end as always" in shop.dawam("queues", "pause", "mail").stdout
    assert "was paused already" in shop.dawam("queues", "pause", "mail").stdout
    assert stocked(shop.folder / "dawam.db", lambda stock: stock.run(1)) == []
    assert "queue 'mail' is resumed" in shop.dawam("queues", "resume", "mail").stdout
    assert "was not paused" in shop.dawam("queues", "resume", "mail").stdout
    assert len(stocked(shop.folder / "dawam.db", lambda stock: stock.run(1))) == 1


def test_a_queue_is_limited_and_the_limit_is_lifted(shop: Shop) -> None:
    stocked(shop.folder / "dawam.db", _a_busy_shop)

    assert "queue 'mail': at most 2 at once in each process" in shop.dawam("queues", "limit", "mail", "2").stdout
    assert "open, at most 2 each" in shop.dawam("queues", "list").stdout
    assert shop.json("queues", "list")["queues"][0]["limit"] == 2
    assert "has no limit of its own" in shop.dawam("queues", "limit", "mail", "--lift").stdout
    assert "at most" not in shop.dawam("queues", "list").stdout
    for wrong in ((), ("2", "--lift")):
        assert "A number or --lift was expected" in shop.dawam("queues", "limit", "mail", *wrong, expect=2).stderr
    assert "0 is not in the range" in shop.dawam("queues", "limit", "mail", "0", expect=2).stderr


def test_tools_are_told_of_each_queue_and_host_in_json(shop: Shop) -> None:
    host = stocked(shop.folder / "dawam.db", _a_busy_shop)

    assert [each["of"] for each in shop.json("queues", "pause", "mail", "print")["answers"]] == ["mail", "print"]
    assert shop.json("queues", "resume", "mail")["answers"] == [
        {"of": "mail", "is_done": True, "text": "queue 'mail' is resumed"}
    ]
    (quiet,) = shop.json("hosts", "quiet", host)["answers"]
    assert (quiet["of"], quiet["is_done"]) == (host, True)
    (unknown,) = shop.json_of(1, "hosts", "stop", "nobody", "--yes")["answers"]
    assert (unknown["of"], unknown["is_done"]) == ("nobody", False)


def test_a_queue_that_nobody_knows_is_paused_with_a_warning_that_names_the_nearest(shop: Shop) -> None:
    stocked(shop.folder / "dawam.db", _a_busy_shop)

    done = shop.dawam("queues", "pause", "prnt")

    assert "queue 'prnt' is paused" in done.stdout
    assert "has no jobs, and no live host serves it; did you mean 'print'?" in done.stderr


def test_an_empty_store_has_no_queues_and_no_hosts(shop: Shop) -> None:
    shop.dawam("store", "migrate")

    assert "no queues" in shop.dawam("queues", "list").stdout
    assert "no host lives: start one with `dawam run module:app`" in shop.dawam("hosts", "list").stderr
    assert shop.json("hosts", "list") == {"hosts": []}


def test_hosts_tell_what_they_run_and_whether_they_are_alive(shop: Shop) -> None:
    async def fill(stock: Stock) -> tuple[str, str, str]:
        lapsed = await stock.host(lease=timedelta(0))
        leaving = await stock.host("print")
        await stock.store.mark_stopping(leaving)
        await stock.add(1)
        await stock.run(1)
        (*_, running) = [host.id for host in await stock.store.hosts()]
        return lapsed, leaving, running

    lapsed, leaving, running = stocked(shop.folder / "dawam.db", fill)

    lines = {line.split()[0]: line for line in shop.dawam("hosts", "list").stdout.splitlines()}
    found = {host["id"]: host for host in shop.json("hosts", "list")["hosts"]}

    assert " ago " in lines[lapsed]
    assert "stopping" in lines[leaving]
    assert "1 of 8" in lines[running]
    assert "live" in lines[running]
    assert [found[host]["is_live"] for host in (lapsed, leaving, running)] == [False, True, True]
    assert found[lapsed]["lapsed_for"] >= 0
    assert found[running]["machine"] == "press-1"
