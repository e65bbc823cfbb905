"""Hears what the code of jobs logs by Python's `logging`, whoever writes it and wherever it is shown, and keeps it."""

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from dawam.jobs.context import JobContext
from dawam.jobs.current import current_job
from dawam.jobs.log import LogLine

_OURS = ("dawam.jobs", "dawam.workers", "dawam.host")
"""What is said of a job, and not by it."""


class LogHearing:
    """Gives every line that is logged inside of a job to its `JobContext`, from `begin` until `end`.

    It is where records are made, and no handler: so it neither takes the place of those that an application sets up
    later, nor changes what is shown. A line that no logger lets through is not heard.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._count = 0
        self._maker: _Maker | None = None

    def begin(self) -> None:
        """From now on; may be called again by others, each of whom calls `end`."""
        with self._lock:
            self._count += 1
            if self._maker is None:
                self._maker = _Maker(logging.getLogRecordFactory())
                logging.setLogRecordFactory(self._maker)

    def end(self) -> None:
        """The last one to call it ends the hearing."""
        with self._lock:
            self._count -= 1
            if self._count == 0 and self._maker is not None:
                self._maker.hears = False
                if logging.getLogRecordFactory() is self._maker:  # else somebody else builds on it
                    logging.setLogRecordFactory(self._maker.make)
                self._maker = None


class _Maker:
    """Makes records as they were made before, and hears them; new for each hearing, because it may have to stay."""

    def __init__(self, make: Callable[..., logging.LogRecord]) -> None:
        self.make = make
        self.hears = True

    def __call__(self, *args: Any, **kwargs: Any) -> logging.LogRecord:
        record = self.make(*args, **kwargs)
        job = current_job.get()
        if job is not None and self.hears and job.keeps_log and _is_its_own(record):
            _hear(job, record)
        return record


log_hearing = LogHearing()
"""One for all applications of this process, because Python's `logging` is one for all."""


def _is_its_own(record: logging.LogRecord) -> bool:
    """One without a name is made to be filled in by somebody (`logging.makeLogRecord`), and says nothing yet."""
    return isinstance(record.name, str) and record.name not in _OURS


def _hear(job: JobContext, record: logging.LogRecord) -> None:
    """Never raises: a job that logs must not fail because somebody listens."""
    with suppress(Exception):
        at = datetime.fromtimestamp(record.created, UTC)
        job.hear([LogLine.of(at, str(record.levelname), record.name, _text(record))])


def _text(record: logging.LogRecord) -> str:
    """As a formatter shows it, whatever the line holds: one that cannot be read is no error of the job's."""
    try:
        text = record.getMessage()
        if record.exc_info and record.exc_info[0] is not None:
            text = f"{text}\n{_formatter.formatException(record.exc_info)}"
    except Exception as error:  # noqa: BLE001  (whatever a `__str__` may raise)
        return f"(a line that cannot be written out: {type(error).__name__})"
    return f"{text}\n{record.stack_info}" if record.stack_info else text


_formatter = logging.Formatter()
