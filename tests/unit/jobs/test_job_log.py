"""What a job logs is gathered line by line, and bounded in lines and in characters."""

from collections.abc import Iterator
from datetime import UTC, datetime

from dawam.jobs.log import LINE_LIMIT, JobLog, LogLine

AT = datetime(2026, 11, 27, 13, 5, tzinfo=UTC)


def lines(*texts: str) -> list[LogLine]:
    return [LogLine.of(AT, "INFO", "shop.mail", text) for text in texts]


def texts(log: JobLog, since: int = 0) -> tuple[int, list[str]]:
    missing, found = log.since(since)
    return missing, [line.text for line in found]


def test_a_line_is_cleaned_of_what_no_database_takes_and_bounded() -> None:
    line = LogLine.of(AT, "INFO", "shop\0mail", "a" * LINE_LIMIT * 2 + "\ud800")
    assert line.logger == "shop\ufffdmail"
    assert len(line.text) <= LINE_LIMIT
    assert "left out" in line.text


def test_the_last_lines_are_kept_and_the_others_counted() -> None:
    log = JobLog(3)
    assert texts(log) == (0, [])
    log.add(lines("one", "two"))
    assert texts(log) == (0, ["one", "two"])
    log.add(lines("three", "four", "five"))
    assert texts(log) == (2, ["three", "four", "five"])
    assert log.said_count == 5


def test_whoever_knows_some_is_told_the_rest() -> None:
    log = JobLog(3)
    log.add(lines("one", "two", "three", "four"))
    assert texts(log, since=3) == (0, ["four"])
    assert texts(log, since=4) == (0, [])
    assert texts(log, since=0) == (1, ["two", "three", "four"])
    log.add(lines("five", "six"))
    assert texts(log, since=2) == (1, ["four", "five", "six"])


def test_what_is_passed_on_piece_by_piece_is_the_same_there() -> None:
    here, there, told = JobLog(2), JobLog(2), 0
    for batch in (["one"], ["two", "three", "four", "five"], [], ["six"]):
        here.add(lines(*batch))
        missing, new = here.since(told)
        told += missing + len(new)
        there.add(new, missing)
        assert texts(there) == texts(here)
        assert there.said_count == here.said_count == told


def test_what_logs_while_a_line_is_kept_is_kept_as_well() -> None:
    """As the end of an object does that is collected just then, in the same thread."""
    log = JobLog(10)

    def two() -> Iterator[LogLine]:
        log.add(lines("from within"))
        yield from lines("from without")

    log.add(two())
    assert texts(log) == (0, ["from within", "from without"])


def test_long_lines_take_the_place_of_many() -> None:
    log = JobLog(100)
    for _ in range(50):
        log.add(lines("a" * LINE_LIMIT))
    missing, kept = log.since()
    assert sum(len(line.text) for line in kept) <= 64_000
    assert missing == 50 - len(kept) > 0
