"""A supplier's system for one program: real HTTP on a free port, pages of offers, and faults to switch on."""

import json
import threading
from collections.abc import Mapping, Sequence
from enum import Enum, auto
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self, cast
from urllib.parse import parse_qs, urlsplit


class Fault(Enum):
    """What can be wrong with a page."""

    SERVER_ERROR = auto()
    """500."""
    SILENT = auto()
    """No answer, until the server closes."""
    TRICKLING = auto()
    """An answer that comes byte by byte and never ends."""
    BROKEN_JSON = auto()
    NO_PAGE = auto()
    """Fine JSON that is something else."""
    CUT = auto()
    """The connection ends in the middle of the body."""


class SupplierServer:
    """Listens while its block is open.

    Args:
        page_size: how many offers are on a page.
        api_key: what whoever asks has to know; empty: nothing.
    """

    def __init__(self, *, page_size: int = 10, api_key: str = "") -> None:
        self.api_key = api_key
        self.closing = threading.Event()
        self._page_size = page_size
        self._lock = threading.Lock()
        self._offers: list[Mapping[str, Any]] = []
        self._faults: dict[int, Fault] = {}
        self._asked_pages: list[int] = []
        self._server = _Server(self)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def asked_pages(self) -> list[int]:
        """The number of every page that was asked for, in order."""
        with self._lock:
            return list(self._asked_pages)

    def offer(self, offers: Sequence[Mapping[str, Any]]) -> None:
        """From now on this is all that there is, sound or not."""
        with self._lock:
            self._offers = list(offers)

    def spoil(self, *pages: int, fault: Fault) -> None:
        """From now on these pages have a fault."""
        with self._lock:
            self._faults.update(dict.fromkeys(pages, fault))

    def mend(self) -> None:
        """From now on all pages are fine."""
        with self._lock:
            self._faults.clear()

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), name="supplier", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()

    # -- for conversations

    def page(self, number: int) -> tuple[bytes, Fault | None]:
        """The body of one page, and what is to be wrong with it."""
        with self._lock:
            self._asked_pages.append(number)
            first = (number - 1) * self._page_size
            items = self._offers[first : first + self._page_size]
            page_count = -(-len(self._offers) // self._page_size)
            fault = self._faults.get(number)
        return json.dumps({"items": items, "page_count": page_count}).encode(), fault


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, supplier: SupplierServer) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.supplier = supplier


class _Conversation(BaseHTTPRequestHandler):
    """One client's connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        supplier = cast(_Server, self.server).supplier
        address = urlsplit(self.path)
        if address.path != "/offers":
            return self._say(404, b"{}")
        if supplier.api_key and self.headers.get("Authorization") != f"Bearer {supplier.api_key}":
            return self._say(401, b"{}")
        body, fault = supplier.page(int(parse_qs(address.query).get("page", ["1"])[0]))
        return self._say(200, body) if fault is None else self._fail(fault, body, supplier.closing)

    def _fail(self, fault: Fault, body: bytes, closing: threading.Event) -> None:
        match fault:
            case Fault.SERVER_ERROR:
                self._say(500, b'{"error": "out of order"}')
            case Fault.BROKEN_JSON:
                self._say(200, body[:-5])
            case Fault.NO_PAGE:
                self._say(200, b'["maintenance"]')
            case Fault.CUT:
                self._begin(200, len(body))
                self.wfile.write(body[: len(body) // 2])
                self.close_connection = True
            case Fault.SILENT:
                closing.wait()
            case Fault.TRICKLING:
                self._begin(200, 1_000_000)
                while not closing.wait(0.02):
                    self.wfile.write(b" ")

    def _say(self, status: int, body: bytes) -> None:
        self._begin(status, len(body))
        self.wfile.write(body)

    def _begin(self, status: int, length: int) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def handle(self) -> None:
        try:
            super().handle()
        except ConnectionError:  # whoever asked did not want to wait
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (the name of the standard library's)
        """Says nothing."""
