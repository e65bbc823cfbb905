"""A mail server for one program: it speaks enough SMTP to be sent real mails, keeps them, and can be made to refuse."""

import socketserver
import threading
import time
from email import message_from_bytes
from email.message import Message
from types import TracebackType
from typing import Self, cast


class MailServer:
    """Listens on a free port of this machine while its block is open.

    Args:
        seconds_per_mail: how long it thinks before it accepts a mail, as real ones do.
    """

    def __init__(self, *, seconds_per_mail: float = 0.0) -> None:
        self.seconds_per_mail = seconds_per_mail
        self._lock = threading.Lock()
        self._mails: list[Message] = []
        self._refusals: dict[str, int] = {}
        self._server = _Server(self)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def mails(self) -> list[Message]:
        """Every mail that it accepted, in order."""
        with self._lock:
            return list(self._mails)

    def refuse(self, count: int, recipient: str = "") -> None:
        """Turns away the next mails, as a server does that is busy; with `recipient`, only those to that address."""
        with self._lock:
            self._refusals[recipient] = count

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), name="mail server", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    # -- for conversations

    def is_refused(self, recipient: str) -> bool:
        with self._lock:
            for address in ("", recipient):
                if self._refusals.get(address, 0) > 0:
                    self._refusals[address] -= 1
                    return True
        return False

    def accept(self, content: bytes) -> None:
        time.sleep(self.seconds_per_mail)
        with self._lock:
            self._mails.append(message_from_bytes(content))


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, mail_server: MailServer) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.mail_server = mail_server


class _Conversation(socketserver.StreamRequestHandler):
    """One client's session."""

    def setup(self) -> None:
        super().setup()
        self._mail_server = cast(_Server, self.server).mail_server

    def handle(self) -> None:
        self._say("220 demo ready")
        for line in self.rfile:
            words = line.decode("latin-1").strip()
            if self._answer(words.upper().split(" ", 1)[0], words):
                return

    def _answer(self, verb: str, words: str) -> bool:
        """Answers one command; true at the end of the conversation."""
        match verb:
            case "RCPT" if self._mail_server.is_refused(words.partition("<")[2].rstrip(">")):
                self._say("451 4.3.2 busy, try again later")
            case "DATA":
                self._say("354 go ahead")
                self._mail_server.accept(self._content())
                self._say("250 accepted")
            case "QUIT":
                self._say("221 goodbye")
                return True
            case "EHLO" | "HELO" | "MAIL" | "RCPT" | "RSET" | "NOOP":
                self._say("250 fine")
            case _:
                self._say("502 not spoken here")
        return False

    def _content(self) -> bytes:
        lines: list[bytes] = []
        for line in self.rfile:
            if line == b".\r\n":
                break
            lines.append(line.removeprefix(b"."))
        return b"".join(lines)

    def _say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")
