"""The code as these tests look at it: files, syntax trees, and what stands in them."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).parents[2]

AnyFunction = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One Python file."""

    path: str
    """From the root of the repository, with forward slashes."""
    tree: ast.Module
    lines: tuple[str, ...]

    @property
    def docstrings(self) -> set[ast.Constant]:
        """The constants that are docstrings, or stand alone under an attribute as its description."""
        statements = [node for node in ast.walk(self.tree) if isinstance(node, ast.Expr)]
        return {node.value for node in statements if isinstance(node.value, ast.Constant)}

    def definitions(self) -> Iterator[tuple[str, ast.ClassDef | AnyFunction]]:
        """Every class and function with its dotted name, also inner ones."""
        yield from _definitions(self.tree, "")


def _definitions(node: ast.AST, prefix: str) -> Iterator[tuple[str, ast.ClassDef | AnyFunction]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef | AnyFunction):
            yield prefix + child.name, child
            yield from _definitions(child, f"{prefix}{child.name}.")
        else:
            yield from _definitions(child, prefix)


@lru_cache
def modules(*folders: str) -> tuple[Module, ...]:
    """The Python files of these folders, in the order of their names."""
    found: list[Module] = []
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            found.append(Module(path.relative_to(ROOT).as_posix(), ast.parse(text), tuple(text.splitlines())))
    return tuple(found)
