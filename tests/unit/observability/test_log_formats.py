"""How lines look on standard error, and when our own handler is there at all."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import ClassVar
from uuid import UUID

import pytest

from dawam.jobs.context import JobContext
from dawam.jobs.current import carry, current_job
from dawam.observability.current_job import JobLogFilter, job_fields
from dawam.observability.logs import LogOptions, configure_logging
from tests.support import claims

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ID = UUID("019a3c5e-7b1d-7c2a-9f00-1234567890ab")


@pytest.fixture
def in_a_job() -> Iterator[None]:
    job = claims.claimed("mail", id=ID, fence=7, attempt_count=1)
    token = current_job.set(JobContext(job))
    yield
    current_job.reset(token)


@contextmanager
def bare_root() -> Iterator[logging.Logger]:
    """The root logger as a fresh process has it; pytest puts its own handlers there before each test."""
    root, ours = logging.getLogger(), logging.getLogger("dawam")
    before = root.handlers[:], root.level, ours.level
    root.handlers[:] = []
    try:
        yield root
    finally:
        root.handlers[:] = before[0]
        root.setLevel(before[1])
        ours.setLevel(before[2])


@pytest.mark.usefixtures("in_a_job")
def test_a_line_of_a_jobs_own_code_names_the_job(capsys: pytest.CaptureFixture[str]) -> None:
    with bare_root():
        configure_logging(LogOptions())
        logging.getLogger("inventory.alerts").warning("LOW STOCK: %s", "دفتر")
        assert f"WARNING LOW STOCK: دفتر  [mail {ID}, attempt 2]" in capsys.readouterr().err


def test_a_line_outside_of_a_job_stands_alone(capsys: pytest.CaptureFixture[str]) -> None:
    with bare_root():
        configure_logging(LogOptions())
        logging.getLogger("inventory.alerts").info("hello")
        assert capsys.readouterr().err.endswith("INFO    hello\n")


@pytest.mark.usefixtures("in_a_job")
def test_a_json_line_holds_every_field(capsys: pytest.CaptureFixture[str]) -> None:
    with bare_root():
        configure_logging(LogOptions(format="json"))
        logging.getLogger("inventory.alerts").warning("LOW STOCK: %s", "دفتر", extra={"stock": 5, "product": ID})
        text = capsys.readouterr().err
        line = json.loads(text)
        assert datetime.fromisoformat(line.pop("at")).tzinfo is not None
        assert line == {
            "level": "WARNING",
            "logger": "inventory.alerts",
            "message": "LOW STOCK: دفتر",
            "job_id": str(ID),
            "job_name": "mail",
            "attempt": 2,
            "queue": "default",
            "fence": 7,
            "correlation_id": str(ID),
            "stock": 5,
            "product": str(ID),
        }
        assert "دفتر" in text


def test_an_exception_stays_on_its_json_line(capsys: pytest.CaptureFixture[str]) -> None:
    with bare_root():
        configure_logging(LogOptions(format="json"))
        logging.getLogger("inventory").error("it failed", exc_info=ValueError("no"))
        (text,) = capsys.readouterr().err.splitlines()
        assert json.loads(text)["exception"].endswith("ValueError: no")


def test_what_json_cannot_hold_is_written_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    with bare_root():
        configure_logging(LogOptions(format="json"))
        logging.getLogger("inventory").info("x", extra={"odd": {(1, 2): 3, "path": NOON}})
        assert json.loads(capsys.readouterr().err)["odd"] == {"path": str(NOON)}


def test_the_level_decides_what_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with bare_root():
        configure_logging(LogOptions(level="WARNING"))
        logging.getLogger("dawam.host").info("quiet")
        logging.getLogger("dawam.host").warning("loud")
        assert "quiet" not in (shown := capsys.readouterr().err)
        assert "loud" in shown


def test_configuring_again_replaces_our_handler(capsys: pytest.CaptureFixture[str]) -> None:
    with bare_root():
        configure_logging(LogOptions())
        configure_logging(LogOptions(format="json"))
        logging.getLogger("dawam.host").info("once")
        (line,) = capsys.readouterr().err.splitlines()
        assert json.loads(line)["message"] == "once"


def test_an_application_with_its_own_handler_keeps_it(capsys: pytest.CaptureFixture[str]) -> None:
    with bare_root() as root:
        own = logging.NullHandler()
        root.addHandler(own)
        configure_logging(LogOptions())
        assert root.handlers == [own]
        logging.getLogger("dawam.host").info("yours to show")
        assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("in_a_job")
def test_the_filter_serves_any_handler_of_an_embedding_application() -> None:
    record = logging.makeLogRecord({"msg": "hello"})
    assert JobLogFilter().filter(record)
    assert vars(record)["job_id"] == str(ID)


@pytest.mark.usefixtures("in_a_job")
def test_a_field_that_the_line_already_has_is_left_alone() -> None:
    record = logging.makeLogRecord({"msg": "hello", "job_id": "mine"})
    JobLogFilter().filter(record)
    assert vars(record)["job_id"] == "mine"


class TestWhatALineIsWorkedFor:
    CARRIED: ClassVar[dict[str, str]] = {"tenant": "acme", "user": "lina", "correlation_id": "c-1", "culture": "ar"}

    def fields(self, **extra: object) -> dict[str, object]:
        record = logging.makeLogRecord({"msg": "hello", **extra})
        JobLogFilter().filter(record)
        return vars(record)

    @pytest.mark.usefixtures("in_a_job")
    def test_stands_on_the_lines_of_a_jobs_own_code(self) -> None:
        with carry(**self.CARRIED, region="north"):
            fields = self.fields()
        assert {name: fields.get(name) for name in self.CARRIED} == self.CARRIED
        assert (fields["job_id"], "region" in fields, "traceparent" in fields) == (str(ID), False, False)

    def test_stands_on_lines_outside_of_jobs_too(self) -> None:
        with carry(**self.CARRIED):
            fields = self.fields()
        assert {name: fields.get(name) for name in self.CARRIED} == self.CARRIED
        assert "job_id" not in fields
        assert "tenant" not in self.fields()

    def test_takes_no_field_from_the_line(self) -> None:
        with carry(**self.CARRIED):
            assert self.fields(user="the line's own")["user"] == "the line's own"

    def test_stands_on_the_lines_about_a_job(self) -> None:
        job = claims.claimed("mail", headers={"tenant": "acme", "region": "north"})
        assert job_fields(job) == {
            "job_id": str(job.id),
            "job_name": "mail",
            "attempt": 1,
            "queue": "default",
            "fence": 1,
            "tenant": "acme",
            "correlation_id": str(job.id),
        }
        assert job_fields(claims.claimed(headers={"correlation_id": "c-1"}))["correlation_id"] == "c-1"
