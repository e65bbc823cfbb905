"""The acts of the caretakers: old activities leave, offers of a supplier come in, and GET /health tells how it is."""

import json
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from typing import Any
from uuid import uuid4

from examples.inventory.demo.ledger import Ledger
from examples.inventory.demo.processes import DemoError
from examples.inventory.demo.screen import Screen
from examples.inventory.demo.stage import Stage
from examples.inventory.demo.supplier_server import Fault

OLD, YOUNG = 1_200, 300
"""Activities of the past: older than thirty days, and not so old."""
_PATIENCE = 15.0


class Caretaking:
    """Tells of the daily cleanup, the hourly sync and the health check."""

    def __init__(self, stage: Stage, screen: Screen, ledger: Ledger, port: int) -> None:
        self._stage = stage
        self._screen = screen
        self._ledger = ledger
        self._port = port

    def nobody_works(self) -> None:
        """While no host runs and jobs wait."""
        self._screen.act("GET /health, while nobody runs jobs: what has waited for more than a second is stuck")
        self._show_health(503)

    def hosts_work(self) -> None:
        """While a host runs."""
        self._screen.act("GET /health, now that somebody works again")
        self._show_health(200)
        self._old_activities()
        self._offers()

    def _show_health(self, status: int) -> None:
        found: dict[str, Any] = {}

        def is_so() -> bool:
            answered, body, seconds = self._health()
            found.update(body, status=answered, seconds=seconds)
            return answered == status

        self._until(is_so, f"GET /health to be answered with {status}")
        took = f"answered in {found['seconds'] * 1000:.1f} ms"
        self._screen.line("web", f"GET /health: {found['status']} {found['health']}, {took}")
        for check in found["checks"]:
            self._screen.line(
                "web",
                f"  {check['name']:<12} {check['health']:<10} {check['detail']}  ({check['age_seconds']:.1f} s ago)",
            )

    def _health(self) -> tuple[int, dict[str, Any], float]:
        with closing(HTTPConnection("127.0.0.1", self._port, timeout=20)) as connection:
            began = time.perf_counter()
            connection.request("GET", "/health")
            response = connection.getresponse()
            body = json.loads(response.read())
            return response.status, body, time.perf_counter() - began

    def _old_activities(self) -> None:
        self._screen.act(f"The daily cleanup: {OLD} activities from before the last thirty days come to light")
        self._remember(OLD, timedelta(days=31))
        self._remember(YOUNG, timedelta(days=29))
        self._until(lambda: self._count_before(30) == 0, "the old activities to be deleted")
        self._screen.line("demo", f"gone; {self._count_before(1)} of the younger ones stay")

    def _remember(self, count: int, ago: timedelta) -> None:
        """Writes activities behind everybody's back."""
        at = (datetime.now(UTC) - ago).isoformat()
        rows = [(at, uuid4().hex, f"something of {ago.days} days ago") for _ in range(count)]
        with closing(sqlite3.connect(self._stage.database, timeout=10)) as connection, connection:
            connection.executemany("INSERT INTO activity_log (at, product_id, text) VALUES (?, ?, ?)", rows)

    def _count_before(self, days: int) -> int:
        moment = (datetime.now(UTC) - timedelta(days=days)).isoformat()
        [(count,)] = self._ledger.select("SELECT count(*) FROM activity_log WHERE at < ?", moment)
        return int(count)

    def _offers(self) -> None:
        self._screen.act("The hourly sync: a supplier of 30 offers whose second page never comes")
        supplier = self._stage.supplier
        supplier.spoil(2, fault=Fault.SILENT)
        supplier.offer([_offer(number, "4.50") for number in range(1, 30)] + [_offer(30, "free")])
        self._until(lambda: self._offer_count() == 19, "the pages that come to be kept")
        self._screen.line("demo", "19 offers are kept: the second page is lost, and one offer has no price")
        supplier.mend()
        supplier.offer([_offer(number, "4.50") for number in range(1, 31)])
        self._until(lambda: self._offer_count() == 30, "the next tick to fetch the rest")
        asked = len(supplier.asked_pages)
        self._until(lambda: len(supplier.asked_pages) >= asked + 3, "one tick more, which has nothing to do")
        self._screen.line("demo", "30 offers are kept, and asking again changes nothing")

    def _offer_count(self) -> int:
        [(count,)] = self._ledger.select("SELECT count(*) FROM supplier_offer")
        return int(count)

    def _until(self, is_so: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + _PATIENCE
        while not is_so():
            if time.monotonic() > deadline:
                raise DemoError(f"waited {_PATIENCE:.0f} s in vain for {what}")
            time.sleep(0.02)


def _offer(number: int, price: str) -> dict[str, str]:
    return {"id": f"S-{number:03}", "sku": f"COF-{number:03}", "name": f"Coffee {number}", "price": price}
