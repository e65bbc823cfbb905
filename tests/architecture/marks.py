"""Finds tests by what they are marked with, such as `@pytest.mark.guide(3)`, without running or importing them."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from tests.architecture.code import AnyFunction, Module, modules

_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def tests_by_mark(mark: str, *folders: str) -> Mapping[str, list[str]]:
    """For each argument of the mark, as text, the tests that carry it, as `path::name`."""
    found: dict[str, list[str]] = defaultdict(list)
    for module in modules(*folders):
        for argument, name in _marks(module, mark):
            found[argument].append(f"{module.path}::{name}")
    return {argument: list(dict.fromkeys(tests)) for argument, tests in found.items()}


def tests_of(*folders: str) -> Iterator[str]:
    """Every test, as `path::name`."""
    for module in modules(*folders):
        yield from (f"{module.path}::{name}" for name in _tests(module.tree))


def link(test: str, *, root: str) -> str:
    """A link to the file of a test, which says what the test shows; `root` leads to the repository."""
    path, _, name = test.partition("::")
    *classes, function = name.split(".")
    subject = "".join(f"{_WORD.sub(' ', each.removeprefix('Test')).lower()}: " for each in classes)
    return f"[{subject}{function.removeprefix('test_').replace('_', ' ')}]({root}/{path})"


def _marks(module: Module, mark: str) -> Iterator[tuple[str, str]]:
    """(argument, test) for every mark: on a test, on a class of tests, or on the whole file."""
    for statement in module.tree.body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "pytestmark":
            yield from ((each, name) for each in _arguments(statement.value, mark) for name in _tests(module.tree))
    for name, node in module.definitions():
        for decorator in node.decorator_list:
            tests = [name] if isinstance(node, AnyFunction) else [f"{name}.{test}" for test in _tests(node)]
            yield from ((each, test) for each in _arguments(decorator, mark) for test in tests)


def _arguments(node: ast.expr, mark: str) -> Iterator[str]:
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and ast.unparse(call.func) == f"pytest.mark.{mark}":
            yield from (str(ast.literal_eval(argument)) for argument in call.args)


def _tests(node: ast.Module | ast.ClassDef) -> Iterator[str]:
    for child in node.body:
        if isinstance(child, AnyFunction) and child.name.startswith("test_"):
            yield child.name
        elif isinstance(child, ast.ClassDef):
            yield from (f"{child.name}.{test}" for test in _tests(child))
