"""Imports are honest: what a file needs stands at its top, by its full name, and a circle has no place to hide."""

import ast
from collections.abc import Iterator

from tests.architecture.allowances import LOADED_BY_NAME
from tests.architecture.code import AnyFunction, Module, modules

SHIPPED = ("src", "examples")


def _imports(tree: ast.AST) -> Iterator[tuple[ast.Import | ast.ImportFrom, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield node, node.module or "."
        elif isinstance(node, ast.Import):
            yield from ((node, name.name) for name in node.names)


def _place(module: Module, node: ast.stmt | ast.expr) -> str:
    return f"{module.path}:{node.lineno}"


def test_nothing_is_imported_for_type_checkers_only() -> None:
    used = [
        _place(module, node)
        for module in modules(*SHIPPED)
        for node in ast.walk(module.tree)
        if (isinstance(node, ast.Name | ast.Attribute) and ast.unparse(node).endswith("TYPE_CHECKING"))
        or (isinstance(node, ast.ImportFrom) and "TYPE_CHECKING" in [alias.name for alias in node.names])
    ]

    assert used == []


def test_no_function_hides_an_import_of_our_own() -> None:
    hidden = [
        f"{_place(module, node)} {name}"
        for module in modules("src")
        for _, function in module.definitions()
        if isinstance(function, AnyFunction)
        for node, name in _imports(function)
        if name == "." or name.split(".")[0] == "dawam"
    ]

    assert hidden == []


def test_nothing_is_imported_by_star() -> None:
    starred = [
        _place(module, node)
        for module in modules(*SHIPPED, "tests")
        for node, _ in _imports(module.tree)
        if any(alias.name == "*" for alias in node.names)
    ]

    assert starred == []


def test_the_public_face_is_for_users_only() -> None:
    """Our own code names the file that it needs; by way of the face everything would depend on everything."""
    users = [
        f"{_place(module, node)} {name}"
        for module in modules("src")
        for node, name in _imports(module.tree)
        if name == "dawam" and module.path != "src/dawam/__init__.py"
    ]

    assert users == []


def test_modules_are_loaded_by_name_only_where_a_reason_is_listed() -> None:
    loading = {
        module.path
        for module in modules("src")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in ("import_module", "importlib.import_module", "__import__")
    }

    assert loading == set(LOADED_BY_NAME)


def test_every_file_says_what_it_is_for_in_its_first_line() -> None:
    silent = [
        module.path
        for module in modules("src", "tests/architecture", "tests/unit")
        if module.path != "src/dawam/__init__.py" and not ast.get_docstring(module.tree)
    ]

    assert silent == []
