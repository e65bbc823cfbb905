"""A mail server for tests: aiosmtpd on a port of its own, that can be away, busy, or know nobody."""

import asyncio
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

LOGIN = LoginPassword(b"inventory", b"a secret")


class Postbox:
    """Keeps the mails that it took. It is not there before `start`, and keeps its port when it comes back."""

    def __init__(self, *, wants_login: bool = False) -> None:
        self.mails: list[EmailMessage] = []
        self.recipients_asked_for: list[str] = []
        self.says_next: list[str] = []
        """What it answers to the next recipients instead of 250."""
        self.says_of_content = ""
        """What it answers to the text of a mail instead of 250."""
        self.port = 0
        self._wants_login = wants_login
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._conversation, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
        self._server = None

    # -- what aiosmtpd calls

    async def handle_RCPT(self, _: SMTP, __: Session, envelope: Envelope, address: str, options: Any) -> str:
        self.recipients_asked_for.append(address)
        if self.says_next:
            return self.says_next.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:
        if self.says_of_content:
            return self.says_of_content
        content = envelope.content
        assert isinstance(content, bytes)
        message = message_from_bytes(content, policy=default)
        assert isinstance(message, EmailMessage)
        self.mails.append(message)
        return "250 taken"

    def _conversation(self) -> SMTP:
        return SMTP(
            self,
            hostname="postbox.test",
            authenticator=self._authenticated,
            auth_required=self._wants_login,
            auth_require_tls=False,
        )

    def _authenticated(self, _: Any, __: Any, ___: Any, ____: Any, login: Any) -> AuthResult:
        return AuthResult(success=login == LOGIN, handled=False)
