"""What to do when no connection can be made, by what libpq and the server say about it."""

import re

import psycopg

_BY_TEXT = tuple(
    (re.compile(pattern), cure)
    for pattern, cure in (
        (r"password authentication failed", "Check the password of {user} in Store.Url"),
        (
            r"no password supplied",
            "Say the password of {user} in Store.Url, or name a passfile",
        ),
        (r'role ".*" does not exist', "Create the role first, or name another one in Store.Url"),
        (r'database ".*" does not exist', "Create the database first, or name another one in Store.Url"),
        (r"permission denied for database", "Let {user} in: GRANT CONNECT ON DATABASE"),
        (r"pg_hba\.conf", "Let {user} in from this machine, in the server's pg_hba.conf"),
        (r"too many (?:clients|connections)|remaining connection slots", "Raise the limit, or run fewer processes"),
        (r"does not support SSL", "Name another sslmode in Store.Url, or turn ssl on at the server"),
        (r"certificate", "Check sslmode, sslrootcert and the certificates that Store.Url names"),
        (r"invalid .* value|invalid connection option", "Correct it in Store.Url"),
        (r"resolve host|translate host name", "Check the host in Store.Url"),
        (r"starting up|shutting down|not accepting connections", "Wait until the server is up"),
        (r"session is (?:not )?read-only|in hot standby mode", "Name the server that target_session_attrs asks for"),
        (
            r"unsupported startup parameter",
            "A pooler stands between: leave session=on and options= out of Store.Url, or connect without the pooler "
            "(docs/howto/postgresql.md)",
        ),
    )
)
_STAYS = re.compile(r"does not support SSL|certificate|invalid .* value|invalid connection option")
_OTHERWISE = "Check host and port in Store.Url, and that the server runs"
_LINES = re.compile(r"\s*\n\s*")
_PREAMBLE = re.compile(
    r"^(?:connection failed: |connection is bad: )?"
    r"(?:connection to server (?:at|on) .*? failed: )?"
    r"(?:FATAL: +|fe_sendauth: )?"
)


def connection_cure(error: psycopg.Error, user: str | None) -> str:
    """How to mend that there is no connection."""
    cures = (cure for pattern, cure in _BY_TEXT if pattern.search(str(error)))
    return next(cures, _OTHERWISE).format(user=user or "the user of this process")


def may_come_back(error: psycopg.Error) -> bool:
    """Whether it may be otherwise without anybody's changing what Store.Url says: roles and databases come as well."""
    return _STAYS.search(str(error)) is None


def text_of(error: psycopg.Error) -> str:
    """The first line of what is said, without who says it: the others quote statements and rows."""
    first = _LINES.split(str(error).strip() or type(error).__name__, maxsplit=1)[0].rstrip(".")
    return _PREAMBLE.sub("", first, count=1) or first
