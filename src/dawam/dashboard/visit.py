"""One request: who asks, in which language, and for which application."""

from collections.abc import Mapping
from datetime import datetime
from gettext import NullTranslations
from urllib.parse import parse_qs

from msgspec import Struct
from starlette.requests import Request

from dawam.control import JobControl
from dawam.dashboard.access import Principal, Role
from dawam.dashboard.languages import Language
from dawam.dashboard.shield import TooLargeError
from dawam.dashboard.times import Times
from dawam.desk import Desk
from dawam.runtime import Assembly
from dawam.worker_control import WorkerControl

VIA = "dashboard"
_MOST_FIELDS = 10_000


class Visit(Struct, frozen=True, kw_only=True):
    """What every page is made from."""

    request: Request
    principal: Principal
    language: Language
    translations: NullTranslations
    parts: Assembly
    is_read_only: bool
    now: datetime
    """The store's time."""

    @property
    def desk(self) -> Desk:
        return self.parts.desk

    @property
    def times(self) -> Times:
        return Times(self.translations, self.now)

    @property
    def prefix(self) -> str:
        """The path under which the dashboard is mounted."""
        root: str = self.request.scope.get("root_path", "")
        return root.rstrip("/")

    @property
    def query(self) -> Mapping[str, str]:
        return self.request.query_params

    def may(self, role: Role) -> bool:
        return self.principal.may(role) and (role is Role.VIEW or not self.is_read_only)

    def control(self, reason: str = "") -> JobControl:
        """Changes jobs on the word of whoever asks."""
        return self.desk.control.by(self.principal.name, via=VIA, reason=reason)

    def workers(self, reason: str = "") -> WorkerControl:
        return self.desk.workers.by(self.principal.name, via=VIA, reason=reason)

    def say(self, text: str) -> str:
        """The text in the language of the page."""
        return self.translations.gettext(text)


class Form(dict[str, list[str]]):
    """What a form sent: every field, each as often as it was filled in. A NUL, which no database takes, is left out."""

    @classmethod
    async def of(cls, request: Request) -> "Form":
        body = (await request.body()).decode("utf-8", "replace")
        try:
            return cls(parse_qs(body.replace("%00", ""), keep_blank_values=True, max_num_fields=_MOST_FIELDS))
        except ValueError:
            raise TooLargeError from None

    def one(self, name: str) -> str:
        """The first value, without blanks around it; empty where there is none."""
        return self.get(name, [""])[0].strip()
