"""How a subscriber writes one line: text, fields for tools, and a traceback that is already text."""

import logging
import traceback
from collections.abc import Mapping
from typing import Any

_TEXT_LIMIT = 300
_TRACEBACK_LIMIT = 8_000


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


def named_error(error: BaseException) -> str:
    """`ValueError: what it says`."""
    said = one_line(str(error))
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def bounded_traceback(error: BaseException) -> str:
    """The end of the traceback, which is where the error is."""
    text = "".join(traceback.format_exception(error)).rstrip()
    return text if len(text) <= _TRACEBACK_LIMIT else f"…{text[-_TRACEBACK_LIMIT:]}"


def plural(count: int, thing: str) -> str:
    """`1 job`, `2 jobs`."""
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"
