"""Files, functions and classes stay small enough to read at one go; what is larger has its reason listed."""

import ast

from tests.architecture.allowances import CLASS_SIZES, FILE_SIZES, FUNCTION_SIZES
from tests.architecture.code import AnyFunction, modules

LINES_OF_A_FILE = 350
LINES_OF_A_FUNCTION = 40
PUBLIC_METHODS_OF_A_CLASS = 12
CODE = ("src", "examples", "benchmarks")


def _body_lines(function: AnyFunction) -> int:
    """From the first statement to the last; the docstring is free."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0  # type: ignore[operator]


def _public_methods(kind: ast.ClassDef) -> set[str]:
    """Not counted: properties, which are data, and tests, of which there may be as many as there are promises."""
    methods = [method for method in kind.body if isinstance(method, AnyFunction)]
    return {
        method.name
        for method in methods
        if not method.name.startswith(("_", "test_"))
        and "property" not in {ast.unparse(decorator) for decorator in method.decorator_list}
    }


def test_no_file_is_too_long() -> None:
    long = {module.path for module in modules(*CODE) if len(module.lines) > LINES_OF_A_FILE}

    assert sorted(long) == sorted(FILE_SIZES), "see allowances.py"


def test_no_function_is_too_long() -> None:
    long = {
        f"{module.path}:{name}"
        for module in modules(*CODE)
        for name, node in module.definitions()
        if isinstance(node, AnyFunction) and _body_lines(node) > LINES_OF_A_FUNCTION
    }

    assert sorted(long) == sorted(FUNCTION_SIZES), "see allowances.py"


def test_no_class_has_too_many_public_methods() -> None:
    wide = {
        f"{module.path}:{name}"
        for module in modules(*CODE)
        for name, node in module.definitions()
        if isinstance(node, ast.ClassDef) and len(_public_methods(node)) > PUBLIC_METHODS_OF_A_CLASS
    }

    assert sorted(wide) == sorted(CLASS_SIZES), "see allowances.py"
