"""How alerts are sent: the section `Alerts` of the settings."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal


@dataclass(slots=True, kw_only=True)
class AlertOptions:
    """What the operator may say about alerts."""

    sender: Literal["Log", "Mail", "Notification"] = "Log"
    mail_host: str = "localhost"
    mail_port: int = 25
    mail_timeout: timedelta = timedelta(seconds=10)
    mail_from: str = "inventory@example.com"
    mail_to: str = "buyer@example.com"
