"""What the code of a job logs is heard, wherever it is shown and by whom it is written; nothing else is."""

import io
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from dawam.jobs.context import JobContext
from dawam.jobs.current import current_job
from dawam.observability.hearing import LogHearing
from tests.support.claims import claimed


@pytest.fixture
def hearing() -> Iterator[LogHearing]:
    found, before = LogHearing(), logging.getLogRecordFactory()
    found.begin()
    yield found
    logging.setLogRecordFactory(before)


@pytest.fixture
def logger() -> logging.Logger:
    """One that lets INFO through and shows nothing anywhere."""
    found = logging.Logger("shop.mail", logging.INFO)
    found.addHandler(logging.NullHandler())
    return found


@pytest.fixture
def job() -> Iterator[JobContext]:
    context = JobContext(claimed(), kept_lines=10)
    token = current_job.set(context)
    yield context
    current_job.reset(token)


def heard(job: JobContext) -> list[tuple[str, str]]:
    """The level and text of each line."""
    return [] if job.log is None else [(line.level, line.text) for line in job.log.since()[1]]


@pytest.mark.usefixtures("hearing")
def test_a_line_is_heard_as_it_is_written_out(job: JobContext, logger: logging.Logger) -> None:
    logger.info("%s of %d", "half", 10)
    logger.warning("it takes long")
    logger.debug("not let through")
    assert heard(job) == [("INFO", "half of 10"), ("WARNING", "it takes long")]
    assert job.log is not None
    assert {line.logger for line in job.log.since()[1]} == {"shop.mail"}


@pytest.mark.usefixtures("hearing")
def test_an_error_brings_its_traceback_and_a_stack_its_stack(job: JobContext, logger: logging.Logger) -> None:
    try:
        [][1]
    except IndexError:
        logger.exception("it did not print")
    logger.info("here", stack_info=True)
    (level, text), (_, stack) = heard(job)
    assert level == "ERROR"
    assert text.startswith("it did not print\nTraceback")
    assert text.endswith("IndexError: list index out of range")
    assert stack.startswith("here\nStack (most recent call last)")


@pytest.mark.usefixtures("hearing")
def test_a_line_that_cannot_be_written_out_ends_no_job(job: JobContext, logger: logging.Logger) -> None:
    class Odd:
        def __str__(self) -> str:
            raise RuntimeError("odd")

    logger.info("%s", Odd())
    logger.info("%d", "no number")
    assert [text for _, text in heard(job)] == [
        "(a line that cannot be written out: RuntimeError)",
        "(a line that cannot be written out: TypeError)",
    ]


@pytest.mark.usefixtures("hearing")
def test_whoever_makes_records_in_another_way_is_left_in_peace(job: JobContext, logger: logging.Logger) -> None:
    blank = logging.makeLogRecord({"name": "shop.replayed", "msg": "again"})
    assert blank.getMessage() == "again"
    logger.handle(logging.LogRecord("shop", logging.INFO, "here", 1, "made by hand", (), None))
    logging.getLogRecordFactory()("shop", logging.INFO, "here", 1, "made by the factory", (), None)
    assert heard(job) == [("INFO", "made by the factory")]


@pytest.mark.usefixtures("hearing")
def test_outside_of_jobs_nothing_is_heard(logger: logging.Logger) -> None:
    assert current_job.get() is None
    logger.info("nobody listens")


@pytest.mark.usefixtures("hearing")
@pytest.mark.parametrize("name", ["dawam.jobs", "dawam.workers", "dawam.host"])
def test_what_is_said_of_a_job_is_not_said_by_it(job: JobContext, name: str) -> None:
    logging.Logger(name, logging.INFO).info("started")
    assert heard(job) == []


@pytest.mark.usefixtures("hearing")
def test_where_no_lines_are_kept_nothing_is_written_out(logger: logging.Logger) -> None:
    class Never:
        def __str__(self) -> str:
            pytest.fail("it was written out for nobody")

    context = JobContext(claimed())
    token = current_job.set(context)
    logger.info("%s", Never())
    current_job.reset(token)
    assert context.log is None


def test_those_who_hear_are_counted_and_the_last_one_leaves_things_as_they_were(
    job: JobContext, logger: logging.Logger
) -> None:
    before, hearing = logging.getLogRecordFactory(), LogHearing()
    hearing.begin()
    hearing.begin()
    hearing.end()
    logger.info("somebody still hears")
    hearing.end()
    logger.info("nobody does")
    assert heard(job) == [("INFO", "somebody still hears")]
    assert logging.getLogRecordFactory() is before


def test_what_others_made_of_records_since_stays(job: JobContext, logger: logging.Logger) -> None:
    before, hearing = logging.getLogRecordFactory(), LogHearing()
    hearing.begin()
    ours = logging.getLogRecordFactory()

    def theirs(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record: logging.LogRecord = ours(*args, **kwargs)
        record.shop = "tea"
        return record

    try:
        logging.setLogRecordFactory(theirs)
        hearing.end()
        assert logging.getLogRecordFactory() is theirs
        logger.info("nobody hears")
        hearing.begin()
        logger.info("once")
        hearing.end()
        logging.setLogRecordFactory(before)  # as whoever built on it may do when they leave
        hearing.begin()
        logger.info("again")
        hearing.end()
    finally:
        logging.setLogRecordFactory(before)
    assert heard(job) == [("INFO", "once"), ("INFO", "again")]


@pytest.mark.usefixtures("hearing", "job")
def test_what_an_application_shows_is_what_it_showed_before(logger: logging.Logger) -> None:
    shown = io.StringIO()
    logger.addHandler(handler := logging.StreamHandler(shown))
    handler.setFormatter(logging.Formatter("%(funcName)s %(message)s"))
    logger.info("here")
    assert shown.getvalue() == "test_what_an_application_shows_is_what_it_showed_before here\n"
