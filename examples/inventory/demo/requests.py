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
        content = None if body is None else json.dumps(body).encode()
        headers = {} if content is None else {"Content-Type": "application/json"}
        return self._exchange(method, path, content, headers)

    def upload(self, path: str, content: bytes) -> Answer:
        """Posts a file."""
        return self._exchange("POST", path, content, {"Content-Type": "text/csv"})

    def download(self, path: str) -> bytes:
        """Gets a file."""
        return self._answer("GET", path, None, {})[0]

    def _exchange(self, method: str, path: str, content: bytes | None, headers: dict[str, str]) -> Answer:
        text, seconds, at = self._answer(method, path, content, headers)
        return Answer(json.loads(text), seconds, at)

    def _answer(
        self, method: str, path: str, content: bytes | None, headers: dict[str, str]
    ) -> tuple[bytes, float, float]:
        began = time.perf_counter()
        self._connection.request(method, path, content, headers)
        response = self._connection.getresponse()
        text = response.read()
        seconds, at = time.perf_counter() - began, time.time()
        if not 200 <= response.status < 300:
            raise DemoError(f"{method} {path} was answered with {response.status}: {text.decode(errors='replace')}")
        return text, seconds, at

    def set_stock(self, product: Any, stock: int, *, inline: bool = False) -> Answer:
        """Changes the stock of a product; inline, the request itself sends the alert."""
        return self.ask("PUT", f"{'/inline' if inline else ''}/products/{product['id']}/stock", {"stock": stock})


def percentile(seconds: list[float], percent: int) -> float:
    """In milliseconds, the time within which so many percent of the requests were answered."""
    ordered = sorted(seconds)
    return ordered[min(len(ordered) * percent // 100, len(ordered) - 1)] * 1000
