"""How mails are sent: the section `Mail` of the settings."""

from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(slots=True, kw_only=True)
class MailOptions:
    """What the operator says about the mail server."""

    host: str = "localhost"
    port: int = 25
    timeout: timedelta = timedelta(seconds=10)
    """For each step of the conversation."""
    sender: str = "inventory@example.com"
    """Whom mails are from. What follows the @ is part of every message id."""
    user: str = ""
    """Empty: the server wants nobody to log in."""
    password: str = field(default="", repr=False)
