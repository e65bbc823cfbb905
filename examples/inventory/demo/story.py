"""The story of the demo, act by act."""

import shutil
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from examples.inventory.demo.caretaking import Caretaking
from examples.inventory.demo.ledger import Ledger
from examples.inventory.demo.paperwork import Paperwork
from examples.inventory.demo.patience import until
from examples.inventory.demo.processes import DemoError, Process
from examples.inventory.demo.requests import Client, percentile
from examples.inventory.demo.screen import Screen
from examples.inventory.demo.stage import SECONDS_PER_MAIL, Stage

SETTINGS = Path(__file__).parents[1] / "appsettings.Demo.json"
ALONE, INLINE, MANY = 10, 50, 200
_QUERY = "SELECT name, state, count(*) FROM dawam_finished GROUP BY name, state"


def tell(*, keep: bool, serve: bool) -> int:
    """Tells the whole story; answers 0 if it ended as expected."""
    screen = Screen()
    folder = Path(tempfile.mkdtemp(prefix="dawam-demo-"))
    try:
        with ExitStack() as exits:
            return _Story(screen, Stage(folder, screen, exits)).tell(serve=serve)
    except DemoError as error:
        screen.plain(f"\nThe demo cannot go on: {error}")
        return 1
    finally:
        if keep:
            screen.plain(f"\nkept: {folder / 'inventory.db'} (and what each process said, beside it)")
        else:
            shutil.rmtree(folder, ignore_errors=True)


class _Story:
    """Each act is a method; `tell` has them in order."""

    def __init__(self, screen: Screen, stage: Stage) -> None:
        self._screen = screen
        self._stage = stage
        self._ledger = Ledger(stage.database)
        self._inline_times: list[float] = []

    def tell(self, *, serve: bool) -> int:
        self._import()
        web, client = self._stage.web()
        host = self._stage.host("host 1")
        products: list[Any] = client.ask("GET", "/products").body
        alone, inline, many = _dealt(products, ALONE, INLINE, MANY)
        self._one_by_one(client, alone)
        self._no_alert(client, many[0])
        self._reminder(client, alone[0])
        Paperwork(self._screen, self._stage, client, self._ledger).tell()
        self._inline(client, inline)
        self._many(client, many, host)
        caretaking = Caretaking(self._stage, self._screen, self._ledger, client.port)
        caretaking.nobody_works()
        second = self._second_host()
        caretaking.hosts_work()
        self._until_checked()
        if not serve:
            second.terminate()
            web.terminate()
        answer = self._compare()
        if serve:
            self._serve(client, products)
        return answer

    def _import(self) -> None:
        self._screen.act("A catalogue is imported; rows that are no good are reported, and keep nobody out")
        self._stage.run("import", "examples.inventory.import_catalogue")
        self._screen.act("A web process and, beside it, a host that runs jobs and workers")
        self._screen.line("demo", f"settings of the demo, {SETTINGS.name}:")
        for line in SETTINGS.read_text(encoding="utf-8").splitlines()[1:]:
            self._screen.plain(f"                    {line}")
        port, milliseconds = self._stage.mail_server.port, SECONDS_PER_MAIL * 1000
        self._screen.line("mail", f"a mail server listens on port {port} and takes {milliseconds:.0f} ms for each mail")

    def _one_by_one(self, client: Client, products: list[Any]) -> None:
        self._screen.act("PUT /products/{id}/stock: answered at once, the alert is sent by the host")
        waits: list[float] = []
        for product in products:
            answer = client.set_stock(product, product["minimum_stock"] - 1)
            picked_up, sent = self._until_sent(product["id"])
            began = answer.at - answer.seconds
            moments = {"answered": answer.at, "picked up": picked_up, "mailed": sent}
            times = ", ".join(f"{what} after {(moment - began) * 1000:4.1f} ms" for what, moment in moments.items())
            self._screen.line("web", f"{times}  {product['name']}")
            waits.append(max(picked_up - answer.at, 0.0))
        self._screen.line("demo", f"from the answer to the picking up: {max(waits) * 1000:.1f} ms at most")

    def _no_alert(self, client: Client, product: Any) -> None:
        client.set_stock(product, product["minimum_stock"])
        client.set_stock(product, product["minimum_stock"] + 5)
        count = self._ledger.unfinished_count()
        self._screen.line("web", f"down to its minimum, and up again: {count} alerts  {product['name']}")

    def _reminder(self, client: Client, product: Any) -> None:
        self._screen.act("A job with Retry(first_wait=1 s); the mail server turns it away twice")
        self._stage.mail_server.refuse(2)
        job = client.ask("POST", f"/products/{product['id']}/reminder").body["job"]
        self._screen.line("web", f"reminder enqueued as job {job}")
        until(lambda: self._ledger.unfinished_count() == 0, "the reminder to be sent")
        shown = client.ask("GET", f"/jobs/{job}").body
        for failure in shown["failures"]:
            self._screen.line("web", f"attempt {failure['attempt']} failed: {failure['error']}")
        self._screen.line("web", f"then it {shown['job']['state']}: {shown['job']['result']}")

    def _inline(self, client: Client, products: list[Any]) -> None:
        self._screen.act(f"For comparison, {INLINE} requests that send the alert themselves, and make the caller wait")
        self._inline_times = [
            client.set_stock(product, product["minimum_stock"] - 1, inline=True).seconds for product in products
        ]
        self._screen.line("web", self._times(self._inline_times))

    def _many(self, client: Client, products: list[Any], host: Process) -> None:
        self._screen.act(f"{MANY} requests that enqueue the alert; in the middle the host is told to stop (SIGTERM)")
        half = len(products) // 2
        times = [client.set_stock(product, product["minimum_stock"] - 1).seconds for product in products[:half]]
        took = host.terminate()
        self._screen.line("demo", f"host 1 stopped in {took:.2f} s; nobody runs jobs now, and the web process goes on")
        times += [client.set_stock(product, product["minimum_stock"] - 1).seconds for product in products[half:]]
        self._screen.line("web", self._times(times))
        self._screen.line("web", f"  beside that, inline: {self._times(self._inline_times)}")
        counts = client.ask("GET", "/jobs/pending").body["counts"]
        states = ", ".join(f"{counts[state]} {state}" for state in ("due", "running", "succeeded", "failed"))
        self._screen.line("web", f"GET /jobs/pending: {states}")

    def _second_host(self) -> Process:
        self._screen.act("Another host finishes what waited; its operator wants notifications instead of mails")
        host = self._stage.host("host 2", DAWAM__ALERTS__SENDER="Notification")
        waiting, began = self._ledger.unfinished_count(), time.monotonic()
        until(lambda: self._ledger.unfinished_count() == 0, "the second host to finish what waited")
        took = time.monotonic() - began
        self._screen.line("demo", f"nothing waits any more; {waiting} jobs did when host 2 was ready, {took:.2f} s ago")
        return host

    def _until_checked(self) -> None:
        def checks() -> int:
            [(count,)] = self._ledger.select("SELECT count(*) FROM stock_check")
            return int(count)

        before = checks()
        until(lambda: checks() > before, "the stock check of the second host")

    def _compare(self) -> int:
        self._screen.act("What the database says, read with plain SQL, beside examples/inventory/expected.json")
        entries = self._ledger.compare(self._stage.mail_server.mails)
        for entry in entries:
            self._screen.plain(f"  {self._screen.verdict(entry.fine):<5}  {entry.what:<46}  {entry.found}")
            if not entry.fine:
                self._screen.plain(f"  {'':<5}  {'expected':<46}  {entry.expected}")
        fine = all(entry.fine for entry in entries)
        self._screen.plain(f"\n{'All as expected.' if fine else 'Not as expected.'}")
        return 0 if fine else 1

    def _serve(self, client: Client, products: list[Any]) -> None:
        product, url = products[0], f"http://127.0.0.1:{client.port}"
        self._screen.act("Still up (Ctrl-C ends it). Try:")
        json_header = "-H 'content-type: application/json'"
        for text in (
            f"curl -X PUT {url}/products/{product['id']}/stock {json_header} -d '{{\"stock\": 3}}'",
            f"curl -X POST {url}/products/{product['id']}/reminder {json_header} -d '{{\"in_seconds\": 60}}'",
            f"open {url}/dawam/   (the dashboard)",
            f"curl {url}/jobs/pending",
            f"curl {url}/products/changes",
            f"curl {url}/activity",
            f"curl {url}/offers",
            f"curl -i {url}/health",
            f"open {url}/docs",
            f"sqlite3 {self._stage.database} '{_QUERY}'",
        ):
            self._screen.plain(f"  {text}")
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            self._screen.plain("\nstopping")

    def _times(self, seconds: list[float]) -> str:
        return (
            f"{len(seconds)} requests answered, half of them within {percentile(seconds, 50):.1f} ms, "
            f"99 % within {percentile(seconds, 99):.1f} ms"
        )

    def _until_sent(self, product_id: str) -> tuple[float, float]:
        until(lambda: self._ledger.finished(product_id) is not None, "an alert to be sent")
        return self._ledger.finished(product_id) or (0.0, 0.0)


def _dealt(products: list[Any], *counts: int) -> list[list[Any]]:
    """So many products to each act, each product to one act only."""
    rest, hands = list(products), list[list[Any]]()
    for count in counts:
        hands.append(rest[:count])
        rest = rest[count:]
    return hands
