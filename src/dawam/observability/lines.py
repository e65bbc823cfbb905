"""How a subscriber writes one line: text, fields for tools, and a traceback that is already text."""

import logging
from collections.abc import Mapping
from typing import Any

from dawam.jobs.outcome import ErrorDetails

_TEXT_LIMIT = 300


def write(logger: logging.Logger, level: int, text: str, fields: Mapping[str, Any], trace: str = "") -> None:
    """Hands one record to the handlers. Ask `isEnabledFor` before building the text."""
    record = logger.makeRecord(logger.name, level, "(dawam)", 0, text, (), None, extra=fields)
    # where the standard formatters look for a traceback; an attempt's is text, as it was stored
    record.exc_text = trace or None
    logger.handle(record)


def one_line(text: str) -> str:
    """The first line of an error's message, bounded: the rest is in the traceback."""
    first = text.strip().partition("\n")[0]
    return first if len(first) <= _TEXT_LIMIT else f"{first[:_TEXT_LIMIT]}…"


def said(error: ErrorDetails) -> str:
    """`ValueError: what it says`."""
    message = one_line(error.message)
    return f"{error.type}: {message}" if message else error.type


def plural(count: int, thing: str) -> str:
    """`1 job`, `2 jobs`."""
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"
