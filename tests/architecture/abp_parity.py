"""Writes docs/reference/abp-parity.md: our test for each check that ABP's own tests make. Run by `make reference`."""

from collections.abc import Iterator, Mapping

from tests.architecture.abp_checks import DEVIATIONS, DIFFERENCES, NOTES, REMARKS, SUBJECTS, UNTESTED
from tests.architecture.code import ROOT
from tests.architecture.marks import link, tests_by_mark, tests_of

PAGE = ROOT / "docs" / "reference" / "abp-parity.md"
PLACES = ("tests", "src/dawam/testing/conformance", "examples")
"""Where tests are looked for. Those of the conformance suite run on every store."""

CHECKS: Mapping[int, str] = {number: text for checks in SUBJECTS.values() for number, text in checks.items()}

_HEAD = """# Beside ABP: its checks, and ours

Written by `make reference` from the marks `@pytest.mark.abp(check)`; do not edit. `make test` fails when a check has no
test, or when this page is behind the tests.

ABP tests its background jobs, background workers and local event bus with 77 checks. Each stands here with the tests of
ours that show the same. Checks of ABP's locks name the property that keeps two processes from one job here.
"""
_UNTESTED = """
## What ABP does not test

Behaviours that ABP has, and that none of its tests shows; the marks are `@pytest.mark.abp("fetch order")` and so on.

| Behaviour | What it is about | Shown by |
|---|---|---|
"""
_DEVIATIONS = """
## Where Dawam behaves differently, on purpose

| ABP | Dawam | Why |
|---|---|---|
"""


def shown_by_check() -> Mapping[int, list[str]]:
    """For each check the marked tests, then those that `DIFFERENCES` names, as `path::name`."""
    marked = tests_by_mark("abp", *PLACES)
    found = {int(argument): list(tests) for argument, tests in marked.items() if argument.isdecimal()}
    for number, difference in DIFFERENCES.items():
        found[number] = list(dict.fromkeys([*found.get(number, ()), *difference.tests]))
    return found


def shown_by_behaviour() -> Mapping[str, list[str]]:
    """For each behaviour that ABP does not test the marked tests."""
    return {argument: tests for argument, tests in tests_by_mark("abp", *PLACES).items() if not argument.isdecimal()}


def named_and_not_there() -> list[str]:
    """Tests that `DIFFERENCES` names and that do not exist."""
    there = set(tests_of(*PLACES))
    return [test for difference in DIFFERENCES.values() for test in difference.tests if test not in there]


def page() -> str:
    """The page as it should be."""
    deviations = "".join(f"| {' | '.join(each)} |\n" for each in DEVIATIONS)
    return _HEAD + "".join(_sections()) + _UNTESTED + "".join(_untested()) + _DEVIATIONS + deviations


def _sections() -> Iterator[str]:
    shown = shown_by_check()
    for subject, checks in SUBJECTS.items():
        yield f"\n## {subject}\n\n| Check | What ABP checks | Shown by |\n|---|---|---|\n"
        for number, text in checks.items():
            yield f"| {number} | {text} | {_answer(number, shown.get(number, []))} |\n"


def _untested() -> Iterator[str]:
    shown = shown_by_behaviour()
    for behaviour, text in UNTESTED.items():
        remark = f"{REMARKS[behaviour]}<br>" if behaviour in REMARKS else ""
        yield f"| {behaviour} | {text} | {remark}{_links(shown.get(behaviour, []))} |\n"


def _answer(number: int, tests: list[str]) -> str:
    links = _links(tests)
    remark = DIFFERENCES[number].why if number in DIFFERENCES else NOTES.get(number)
    if remark is None:
        return links
    return f"{'*replaced*: ' if number in DIFFERENCES else ''}{remark}<br>{links}"


def _links(tests: list[str]) -> str:
    return "<br>".join(link(test, root="../..") for test in tests)


if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
