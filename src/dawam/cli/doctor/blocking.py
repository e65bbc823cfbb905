"""Finds calls in the body of a coroutine function that are known to block the event loop, by reading its source.

Only what is certain is found: the name is looked up as the function itself would, and what it calls is not followed.
"""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

_PROCESS = "asyncio.create_subprocess_exec"
_FILE = "await asyncio.to_thread(...)"
_LIBRARIES = ("requests", "httpx")
_HTTP = "an async client, such as httpx.AsyncClient"
_VERBS = ("request", "get", "head", "post", "patch", "put", "delete", "options")
INSTEAD: Mapping[str, str] = {
    "time.sleep": "await asyncio.sleep(...)",
    "open": _FILE,
    "os.system": _PROCESS,
    "subprocess.run": _PROCESS,
    "subprocess.call": _PROCESS,
    "subprocess.check_call": _PROCESS,
    "subprocess.check_output": _PROCESS,
    "urllib.request.urlopen": _HTTP,
    "socket.create_connection": "asyncio.open_connection",
    **{f"{library}.{verb}": _HTTP for library in _LIBRARIES for verb in _VERBS},
}
"""What blocks -> what to use in its place."""
_FUNCTIONS = (ast.FunctionDef, ast.Lambda)


@dataclass(frozen=True, slots=True)
class BlockingCall:
    """One call that blocks, and where it stands."""

    name: str
    file: str
    line: int
    instead: str


def blocking_calls(function: Callable[..., Any]) -> list[BlockingCall]:
    """The calls of a coroutine function that block; none where its source cannot be read."""
    plain = inspect.unwrap(function)
    try:
        file, (lines, first) = inspect.getsourcefile(plain) or "", inspect.getsourcelines(plain)
        body = ast.parse(textwrap.dedent("".join(lines))).body[0]
    except (OSError, TypeError, SyntaxError):
        return []
    if not isinstance(body, ast.AsyncFunctionDef):
        return []
    names = _Names(plain, body)
    return [
        BlockingCall(name, file, first + call.lineno - 1, INSTEAD[name])
        for call in _calls(body)
        if (name := names.called(call.func)) in INSTEAD
    ]


def _calls(body: ast.AsyncFunctionDef) -> Iterator[ast.Call]:
    """Those of the coroutine itself. A plain function inside it may be meant for a thread."""
    waiting: list[ast.AST] = list(body.body)
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, ast.Call):
            yield node
        if not isinstance(node, _FUNCTIONS):
            waiting[:0] = ast.iter_child_nodes(node)


class _Names:
    """What the names in a function stand for."""

    def __init__(self, function: Callable[..., Any], body: ast.AsyncFunctionDef) -> None:
        self._globals: Mapping[str, Any] = getattr(function, "__globals__", {})
        self._imported = dict(_imported(body))
        nodes = list(ast.walk(body))
        self._local = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
        self._local |= {node.arg for node in nodes if isinstance(node, ast.arg)}
        self._local |= set(getattr(getattr(function, "__code__", None), "co_freevars", ()))

    def called(self, function: ast.expr) -> str:
        """The full name of what is called, as in `time.sleep`; empty where that is not certain."""
        path: list[str] = []
        while isinstance(function, ast.Attribute):
            path.insert(0, function.attr)
            function = function.value
        if not isinstance(function, ast.Name) or function.id in self._local:
            return ""
        return ".".join([self._origin(function.id, is_module=bool(path)), *path])

    def _origin(self, name: str, *, is_module: bool) -> str:
        if name in self._imported:
            return self._imported[name]
        value = self._globals.get(name)
        if isinstance(value, ModuleType):
            return value.__name__
        if is_module:
            return ""
        if value is None:
            return name if name == "open" and name not in self._globals else ""
        module = str(getattr(value, "__module__", ""))
        library = module.partition(".")[0]
        package = library if library in _LIBRARIES else module  # where it is defined in them is their own matter
        return f"{package}.{getattr(value, '__qualname__', '')}"


def _imported(body: ast.AsyncFunctionDef) -> Iterator[tuple[str, str]]:
    """Names that the function imports for itself."""
    for node in ast.walk(body):
        if isinstance(node, ast.Import):
            for each in node.names:
                first = each.name.partition(".")[0]
                yield (each.asname, each.name) if each.asname else (first, first)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for each in node.names:
                yield each.asname or each.name, f"{node.module}.{each.name}"
