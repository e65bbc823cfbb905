"""Writes docs/reference/guide-rows.md: which tests show each row of the guide's table. Run by `make reference`."""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping

from tests.architecture.code import ROOT, AnyFunction, Module, modules

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

REQUIRED = tuple(str(row) for row in (*range(1, 13), 17, 18, 20))
"""Rows that must have a test today."""

_HEAD = """# The guide's rows and the tests that show them

Written by `make reference` from the marks `@pytest.mark.guide(row)`; do not edit. `make test` fails when a row that
must work has no test, or when this page is behind the tests.

| Row | What must work | Shown by |
|---|---|---|
"""


def shown_by_row() -> Mapping[str, list[str]]:
    """For each row the marked tests, as `path::name`."""
    found: dict[str, list[str]] = defaultdict(list)
    for module in modules("tests", "examples"):
        for row, name in _marks(module):
            found[row].append(f"{module.path}::{name}")
    return found


def page() -> str:
    """The page as it should be."""
    found = shown_by_row()
    lines = [f"| {row} | {title} | {_links(found.get(row, ()))} |" for row, title in ROWS.items()]
    return _HEAD + "\n".join(lines) + "\n"


def _links(tests: list[str] | tuple[()]) -> str:
    links = [
        f"[{test.partition('::')[2].removeprefix('test_').replace('_', ' ')}](../../{test.partition('::')[0]})"
        for test in dict.fromkeys(tests)
    ]
    return "<br>".join(links) or "not yet"


def _marks(module: Module) -> Iterator[tuple[str, str]]:
    """(row, test) for every mark: on a test, on a class of tests, or on the whole file."""
    for statement in module.tree.body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "pytestmark":
            yield from ((row, name) for row in _rows(statement.value) for name in _tests(module.tree))
    for name, node in module.definitions():
        for decorator in node.decorator_list:
            tests = [name] if isinstance(node, AnyFunction) else [f"{name}.{test}" for test in _tests(node)]
            yield from ((row, test) for row in _rows(decorator) for test in tests)


def _rows(node: ast.expr) -> Iterator[str]:
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "pytest.mark.guide":
            yield from (str(ast.literal_eval(argument)) for argument in call.args)


def _tests(node: ast.Module | ast.ClassDef) -> Iterator[str]:
    for child in node.body:
        if isinstance(child, AnyFunction) and child.name.startswith("test_"):
            yield child.name
        elif isinstance(child, ast.ClassDef):
            yield from (f"{child.name}.{test}" for test in _tests(child))


if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
