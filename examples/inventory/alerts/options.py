"""How alerts are sent: the section `Alerts` of the settings."""

from dataclasses import dataclass
from typing import Literal


@dataclass(slots=True, kw_only=True)
class AlertOptions:
    """What the operator may say about alerts."""

    sender: Literal["Log", "Mail", "Notification"] = "Log"
    mail_to: str = "buyer@example.com"
    """Who gets the mails; how they are sent is said by the section `Mail`."""
