"""What makes two errors the same one: they are of one type, and were raised by one way through the code."""

import re
from hashlib import blake2b
from itertools import groupby
from types import TracebackType

_MACHINERY = ("dawam.", "asyncio.", "concurrent.futures.", "contextlib")
_FRAMES = 30
"""The last ones tell most; a recursion may have a thousand."""
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_COUNTED = re.compile(r"\b[0-9a-f]{8}-[0-9a-f-]{27}\b|\b0x[0-9a-f]+\b|\d+", re.IGNORECASE)


def of_the_job(trace: TracebackType | None) -> TracebackType | None:
    """The traceback from where the user's own code begins; all of it, where it never does."""
    inner = trace
    while inner is not None and _is_machinery(inner):
        inner = inner.tb_next
    return inner or trace


def fingerprint(error_type: str, message: str, trace: TracebackType | None = None) -> str:
    """Sixteen hexadecimal digits that all occurrences of one error share.

    The way through the code counts by the names of its functions, so that a line more above them makes no new error;
    functions that call themselves count once. Where no code is known the message counts, but for what is quoted or
    counted in it.
    """
    way = [each for each, _ in groupby(_functions(trace))][-_FRAMES:]
    what = way or [_COUNTED.sub("0", _QUOTED.sub("''", message))]
    return blake2b("\0".join((error_type, *what)).encode(errors="replace"), digest_size=8).hexdigest()


def _functions(trace: TracebackType | None) -> list[str]:
    """Those of the user and of what they call; Dawam's own ones are the same for all jobs."""
    found: list[str] = []
    while trace is not None:
        if not _is_machinery(trace):
            found.append(f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_frame.f_code.co_qualname}")
        trace = trace.tb_next
    return found


def _is_machinery(trace: TracebackType) -> bool:
    return str(trace.tb_frame.f_globals.get("__name__", "")).startswith(_MACHINERY)
