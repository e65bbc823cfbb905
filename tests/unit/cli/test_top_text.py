"""A screen of `dawam top`, as lines."""

from datetime import UTC, datetime, timedelta
from typing import Any

import click

from dawam.cli.output import display_width
from dawam.cli.top_text import Glance, glance_lines
from dawam.ids import HostId, new_id
from dawam.job_errors import ErrorReport
from dawam.jobs.record import JobCounts
from dawam.measures.errors import ErrorGroup
from dawam.measures.series import Series, series
from dawam.problems import Problem, ProblemKind, Severity
from dawam.stores.values import QueueInfo
from tests.support.hosts import host_info

NOW = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def no_measures() -> Series:
    return series([], NOW - HOUR, NOW)


def glance(**more: Any) -> Glance:
    fields: dict[str, Any] = {
        "now": NOW, "place": "SQLite shop.db", "counts": JobCounts(due=12_345), "counted": 10_000, "queues": [],
        "hosts": [], "running": [], "lately": no_measures(), "errors": [], "problems": [], **more,
    }  # fmt: skip
    return Glance(**fields)


def text(seen: Glance, width: int | None = None) -> list[str]:
    return [click.unstyle(line) for line in glance_lines(seen, width)]


def test_counts_that_ended_early_say_so() -> None:
    assert "12,345+ due, 0 scheduled, 0 retrying, 0 running, 0 succeeded, 0 failed" in text(glance())


def test_the_worst_problems_stand_near_the_top_with_what_they_are_about() -> None:
    late = Problem(ProblemKind.QUEUE_LATE, Severity.WARNING, {"queue": "mail", "count": 1200, "age": 5 * HOUR})
    lines = text(glance(problems=[late]))
    assert lines.index("! queue late: queue mail, count 1,200, age 5 h") < lines.index("")


def test_the_fullest_queues_come_first() -> None:
    queues = [QueueInfo(name="a"), QueueInfo(name="b", due=10_000, is_paused=True), QueueInfo(name="c", due=3)]
    lines = text(glance(queues=queues, hosts=[host_info(HostId("shop-1-abcd"), NOW)]))
    [first] = [index for index, line in enumerate(lines) if line.startswith("QUEUE")]
    assert [line.split()[0] for line in lines[first + 1 : first + 4]] == ["b", "c", "a"]
    assert lines[first + 1].split()[:3] == ["b", "(paused)", "10,000+"]


def test_no_line_is_wider_than_the_screen_or_moves_the_cursor() -> None:
    group = ErrorGroup(
        fingerprint="0" * 16, error_type="OSError", error_message="مكتوب\n\x1b[2J" * 40, traceback="",
        name="print" * 20, queue="mail", job_id=new_id(), first_seen_at=NOW, last_seen_at=NOW,
    )  # fmt: skip
    lines = glance_lines(glance(errors=[ErrorReport(group=group, count=3, steps=())], place="p" * 300), 40)
    assert max(display_width(click.unstyle(line)) for line in lines) <= 40
    assert not any("\n" in line or "\x1b[2J" in line for line in lines)
