"""One request: who asks, in which language, and for which application."""

from collections.abc import Mapping
from datetime import datetime
from gettext import NullTranslations
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

from msgspec import Struct
from starlette.requests import Request

from dawam.action_log import ActionLog, Actor
from dawam.dashboard.access import Principal, Role
from dawam.dashboard.languages import Language
from dawam.dashboard.shield import TooLargeError
from dawam.dashboard.times import Times
from dawam.desk import Desk
from dawam.preparation import EnqueueWords
from dawam.runtime import Assembly

_MOST_FIELDS = 10_000


class Visit(Struct, frozen=True, kw_only=True):
    """What every page is made from."""

    request: Request
    principal: Principal
    language: Language
    translations: NullTranslations
    parts: Assembly
    is_read_only: bool
    via: str
    """By which way: the pages, or the API."""
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

    def acting(self, reason: str = "") -> Desk:
        """The desk, on the word of whoever asks."""
        return self.desk.by(self.principal.name, via=self.via, reason=reason)

    async def enqueue(self, name: str, args: Mapping[str, Any], words: EnqueueWords, reason: str) -> UUID:
        """Enqueues a job on the word of whoever asks. `PermissionError` where its queue is not theirs."""
        definition = self.parts.registry.find(name)
        queue = words.get("queue") or (definition.options.queue if definition else None)
        if queue is not None and not self.principal.sees(queue):
            raise PermissionError(queue)
        store, actor = self.parts.store, Actor(by=self.principal.name, via=self.via, reason=reason)
        async with ActionLog(store, store.clock, actor).noting("enqueue", name) as note:
            job = await self.parts.manager.enqueue(name, args, **words)
            note.outcome = f"job {job.id}"
        return job.id

    def say(self, text: str) -> str:
        """The text in the language of the page."""
        return self.translations.gettext(text)


class Form(dict[str, list[str]]):
    """What a form sent: every field, each as often as it was filled in. A NUL, which no database takes, is left out."""

    @classmethod
    async def of(cls, request: Request) -> "Form":
        body = (await request.body()).decode("utf-8", "replace")
        try:
            fields = parse_qs(body, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
        except ValueError:
            raise TooLargeError from None
        return cls({name: [value.replace("\0", "") for value in values] for name, values in fields.items()})

    def one(self, name: str) -> str:
        """The first value, without blanks around it; empty where there is none."""
        return self.get(name, [""])[0].strip()
