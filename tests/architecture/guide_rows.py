"""Writes docs/reference/guide-rows.md: which tests show each row of the guide's table. Run by `make reference`."""

from collections.abc import Mapping, Sequence

from tests.architecture.abp_parity import CHECKS, PLACES, shown_by_check
from tests.architecture.code import ROOT
from tests.architecture.marks import link, tests_by_mark

PAGE = ROOT / "docs" / "reference" / "guide-rows.md"

ROWS = {
    "1": "One-time jobs: args class and job class with injected dependencies and a logger",
    "2": "Enqueue through the job manager from a local event handler, and return at once",
    "3": "Queue, priority, delay",
    "4": "Persistent: stored in a database",
    "5": "Picked up by a running host, executed in a scope of its own, marked completed",
    "6": "Retry with growing delay; the last failure is recorded and logged",
    "7": "Periodic workers: never overlapping, a fresh scope per tick, errors never stop them",
    "8": "Workers that are not timers: a loop of their own, or an event",
    "9": "Modules: depends-on, configure services, initialization, shutdown in reverse order",
    "10": "Local event bus: discovered, injected, ordered handlers, tied to the unit of work",
    "11": "Configuration: options in code, and the guide's own JSON per environment",
    "12": "Options: execution on or off, time-outs with a unit, and both meanings of a time-out",
    "13": "Use case: send an email",
    "13a": "Use case: process a large file, divided into small jobs",
    "14": "Use case: generate a report",
    "15": "Use case: clean up old data every day",
    "16": "Use case: synchronise with another system every hour",
    "16a": "Use case: health checks",
    "17": "Unit test of a job as a plain object with a fake logger",
    "18": "Monitoring: waiting jobs and their status",
    "19": "Best practices, enforced or warned about",
    "20": "Structure of an application",
    "21": "ABP's own checklist of behaviours",
}

ABP_ROW = "21"
"""The row that the tests of ABP's checks show. They have a mark, and a page, of their own."""

_HEAD = """# The guide's rows and the tests that show them

Written by `make reference` from the marks `@pytest.mark.guide(row)`; do not edit. `make test` fails when a row has no
test, or when this page is behind the tests. `make mutants` shows that the tests of a row can fail: it breaks a copy of
the product, one small bug at a time, and each bug must turn a test of its row red.

| Row | What must work | Shown by |
|---|---|---|
"""


def shown_by_row() -> Mapping[str, list[str]]:
    """For each row the marked tests, as `path::name`; ABP's checks are shown when none of them is without a test."""
    shown, checks = {**tests_by_mark("guide", *PLACES)}, shown_by_check()
    if all(checks.get(number) for number in CHECKS):
        shown[ABP_ROW] = list(dict.fromkeys(test for number in CHECKS for test in checks[number]))
    return shown


def page() -> str:
    """The page as it should be."""
    found = shown_by_row()
    lines = [f"| {row} | {title} | {_answer(row, found.get(row, ()))} |" for row, title in ROWS.items()]
    return _HEAD + "\n".join(lines) + "\n"


def _answer(row: str, tests: Sequence[str]) -> str:
    if row == ABP_ROW and tests:
        return f"[each of its {len(CHECKS)} checks, with its tests](abp-parity.md)"
    return _links(tests)


def _links(tests: Sequence[str]) -> str:
    return "<br>".join(link(test, root="../..") for test in tests) or "not yet"


if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
