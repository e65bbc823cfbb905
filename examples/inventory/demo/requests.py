"""Real HTTP requests over one connection that is kept, each with the time that its answer took."""

import json
import time
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any

from examples.inventory.demo.processes import DemoError


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, after how many seconds, and at which moment of the wall clock."""

    body: Any
    seconds: float
    at: float


class Client:
    """Speaks with the web process."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._connection = HTTPConnection("127.0.0.1", port, timeout=20)

    def ask(self, method: str, path: str, body: object = None) -> Answer:
        """One request; whatever is not answered with success ends the demo."""
        content = None if body is None else json.dumps(body)
        headers = {} if content is None else {"Content-Type": "application/json"}
        began = time.perf_counter()
        self._connection.request(method, path, content, headers)
        response = self._connection.getresponse()
        text = response.read()
        seconds, at = time.perf_counter() - began, time.time()
        if not 200 <= response.status < 300:
            raise DemoError(f"{method} {path} was answered with {response.status}: {text.decode(errors='replace')}")
        return Answer(json.loads(text), seconds, at)

    def set_stock(self, product: Any, stock: int, *, inline: bool = False) -> Answer:
        """Changes the stock of a product; inline, the request itself sends the alert."""
        return self.ask("PUT", f"{'/inline' if inline else ''}/products/{product['id']}/stock", {"stock": stock})


def percentile(seconds: list[float], percent: int) -> float:
    """In milliseconds, the time within which so many percent of the requests were answered."""
    ordered = sorted(seconds)
    return ordered[min(len(ordered) * percent // 100, len(ordered) - 1)] * 1000
