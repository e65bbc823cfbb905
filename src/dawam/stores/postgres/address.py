"""Where the server is and how to speak to it, as `Store.Url` says: `postgresql://user:password@host:5432/database`.

Behind the question mark stand words of ours (words.py) and those of libpq (`sslmode=verify-full`, ...), which are
passed on to it.
"""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from difflib import get_close_matches
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import Conninfo

from dawam.errors import SettingsError
from dawam.stores.postgres.statements import is_schema_name
from dawam.stores.postgres.words import OWN_WORDS

_HOST = r"(?:\[[^\]@/?#]*\]|[\w.%~-]*)(?::\d+)?"
_FORM = re.compile(rf"postgres(?:ql)?://(?:[^@/?#]*@)?({_HOST}(?:,{_HOST})*(?:/[^@/?#]*)?)(?:\?[^@#]*)?")
"""Whatever else looks like a URL may have a part of the password in any place."""
_DURATION = re.compile(r"(\d{1,6})(ms|s|m)")
_PARAMETER_OF_PSYCOPG = "conninfo"
"""Of the function that is given the words of libpq by their names; libpq itself knows no such word."""
_LATE = 1.0
_UNITS = {"ms": "milliseconds", "s": "seconds", "m": "minutes"}


@dataclass(frozen=True, slots=True)
class Address:
    """One database on one server. Its parameters hold the password: they are shown nowhere."""

    parameters: dict[str, Any] = field(repr=False)
    schema: str = "public"
    statement_timeout: timedelta = timedelta(seconds=30)
    connect_timeout: timedelta = timedelta(seconds=10)
    has_session: bool | None = None
    """Whether a connection stays with one session of the server, from its first statement to its last; None: see."""
    notifies: bool = True

    @property
    def place(self) -> str:
        """For people: which database on which server; no secret."""
        host, port = self.parameters.get("host") or "the local socket", self.parameters.get("port") or "5432"
        return f"{self.parameters.get('dbname') or self.parameters.get('user') or '(default)'} at {host}:{port}"

    @property
    def patience(self) -> float:
        """Seconds for which an answer is waited for: longer than the server itself should take to give up."""
        return self.statement_timeout.total_seconds() + _LATE

    @property
    def user(self) -> str | None:
        """Who connects, where that is said."""
        user: str | None = self.parameters.get("user")
        return user

    @classmethod
    def of(cls, url: str) -> "Address":
        """From a URL; `SettingsError` says what is wrong with it, and never shows what may be a password."""
        shown = _without_secrets(url)
        try:
            parts = urlsplit(_checked(url))
            words = dict(parse_qsl(parts.query, keep_blank_values=True))
            theirs = {key: value for key, value in words.items() if key not in OWN_WORDS}
            bare = f"postgresql://{parts.netloc}{parts.path}"  # the scheme may be either of the two that libpq knows
            if _PARAMETER_OF_PSYCOPG in theirs:
                raise ValueError(f'"{_PARAMETER_OF_PSYCOPG}"')  # noqa: TRY301  (as libpq says it of unknown words)
            parameters = conninfo_to_dict(make_conninfo(bare, **theirs))
        except (ValueError, psycopg.Error) as error:
            raise SettingsError(
                f"Store.Url {shown!r} cannot be read{_reason(error, url)}: "
                "postgresql://user:password@host:5432/database was expected, with special characters of the password "
                "written as %40 and the like"
            ) from None
        return cls(
            parameters,
            schema=_schema(words.get("schema", "public"), shown),
            statement_timeout=_duration("statement_timeout", words.get("statement_timeout", "30s"), shown),
            connect_timeout=_duration("connect_timeout", words.get("connect_timeout", "10s"), shown),
            has_session=_switch("session", words["session"], shown) if "session" in words else None,
            notifies=_switch("notify", words.get("notify", "on"), shown),
        )


def _checked(url: str) -> str:
    if not _FORM.fullmatch(url):
        raise ValueError
    return url


def _reason(error: Exception, url: str) -> str:
    """What may be shown of libpq's complaint: which word it does not know."""
    words = {key for key, _ in parse_qsl(url.partition("?")[2])} - OWN_WORDS.keys()
    unknown = sorted(word for word in words if f'"{word}"' in str(error))
    if not unknown:
        return ""
    known = [*OWN_WORDS, *(option.keyword.decode() for option in Conninfo.get_defaults())]
    meant = get_close_matches(unknown[0], known, n=1)
    cure = f"was {meant[0]} meant?" if meant else f"of ours there are {', '.join(OWN_WORDS)}"
    return f" (unknown option {', '.join(unknown)}; {cure})"


def _without_secrets(url: str) -> str:
    """The URL without user, password and what stands behind the question mark."""
    found = _FORM.fullmatch(url)
    return f"postgresql://{found[1] if found else '...'}"


def _schema(name: str, shown: str) -> str:
    if not is_schema_name(name):
        raise SettingsError(f"Store.Url {shown!r}: schema={name!r}: a name of a-z, 0-9 and _ was expected")
    return name


def _duration(word: str, text: str, shown: str) -> timedelta:
    found = _DURATION.fullmatch(text)
    if found is None or int(found[1]) == 0:
        raise SettingsError(f"Store.Url {shown!r}: {word}={text!r}: a duration such as 500ms, 30s or 2m was expected")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def _switch(word: str, text: str, shown: str) -> bool:
    if text not in ("on", "off"):
        raise SettingsError(f"Store.Url {shown!r}: {word}={text!r}: on or off was expected")
    return text == "on"
