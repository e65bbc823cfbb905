"""The public face: one list of names, in groups, each name imported from where it lives and described."""

import ast
import inspect
import itertools

import dawam
from tests.architecture.code import Module, modules

NAMES: tuple[str, ...] = tuple(getattr(dawam, "__all__", ()))


def _face() -> Module:
    return next(module for module in modules("src") if module.path == "src/dawam/__init__.py")


def _groups() -> list[list[str]]:
    """The names of `__all__` as they stand in the file; a comment or an empty line begins a new group."""
    assignment = next((node for node in _face().tree.body if _is_all(node)), None)
    if assignment is None:
        return []
    lines = _face().lines[assignment.lineno - 1 : assignment.end_lineno]
    groups: list[list[str]] = [[]]
    for line in lines:
        words = [word for word in line.split('"')[1::2] if word.replace("_", "").isalnum()]
        if not words and groups[-1]:
            groups.append([])
        groups[-1] += words
    return [group for group in groups if group]


def _is_all(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"


def test_the_names_are_sorted_within_their_groups() -> None:
    """Classes first, then functions: as capitals sort before small letters."""
    assert [group for group in _groups() if group != sorted(group)] == []
    assert list(itertools.chain(*_groups())) == list(NAMES)


def test_the_list_is_complete_and_says_nothing_twice() -> None:
    there = {name for name, value in vars(dawam).items() if not name.startswith("_") and not inspect.ismodule(value)}

    assert sorted(there - set(NAMES)) == []
    assert [name for name in NAMES if not hasattr(dawam, name)] == []
    assert len(set(NAMES)) == len(NAMES)


def test_it_holds_nothing_but_the_list_and_explicit_imports() -> None:
    def belongs(node: ast.stmt) -> bool:
        is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        is_version = isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__version__"
        return is_docstring or is_version or _is_all(node) or isinstance(node, ast.ImportFrom)

    assert [ast.unparse(node) for node in _face().tree.body if not belongs(node)] == []


def test_every_name_is_described() -> None:
    def is_described(name: str) -> bool:
        value = getattr(dawam, name)
        if not inspect.isclass(value) and not inspect.isroutine(value):
            return True  # a constant is described where it stands
        written = vars(value).get("__doc__") if inspect.isclass(value) else value.__doc__
        return bool(written) and not written.startswith(f"{value.__name__}(")  # dataclasses write that by themselves

    assert [name for name in NAMES if not is_described(name)] == []
