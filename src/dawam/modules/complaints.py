"""The messages about dependencies that do not fit: each draws the path to the spot, and names the cure."""

import difflib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dawam.modules.recipe import Recipe

_SIMPLE = (str, bytes, int, float, bool, list, dict, tuple, set)


@dataclass(frozen=True, slots=True)
class Step:
    """One stop on the path: a type, its role (`job`, `singleton`), and the parameter in which it asks for the next."""

    what: Any
    role: str
    parameter: str = ""

    def asking(self, parameter: str) -> "Step":
        return replace(self, parameter=parameter)


def missing(path: Sequence[Step], registered: Collection[Any], given: Collection[Any]) -> str:
    """Nobody provides the last one."""
    wanted = path[-1].what
    hints = [*_relatives(wanted, registered), *_namesakes(wanted, [*registered, *given])]
    nearest = f"\nNearest registered: {'; '.join(hints)}." if hints else ""
    return (
        f"nobody provides {called(wanted)}, which {_asker(path)} asks for:\n\n"
        f"{_drawn(path, 'nobody provides it')}\n{nearest}\n{_cure_for_missing(wanted, path)}"
    )


def cycle(path: Sequence[Step]) -> str:
    """The last one is already on the path."""
    return (
        f"{called(path[-1].what)} needs itself:\n\n{_drawn(path, 'and so on')}\n\n"
        "Take one of these parameters away, or hand it over later, by a method."
    )


def scoped_in_singleton(path: Sequence[Step]) -> str:
    """Something that lives for the whole application would hold something that ends with a run."""
    last, holder = path[-1], next((step for step in path if step.role == "singleton"), path[0])
    return (
        f"{called(holder.what)} lives as long as the application, but {called(last.what)} ends with each run:\n\n"
        f"{_drawn(path, 'lives in one run only')}\n\n"
        f"Make {called(holder.what)} scoped (services.add_scoped), or {called(last.what)} a singleton if it may be "
        "shared by all runs."
    )


def needs_loop(path: Sequence[Step], recipe: Recipe) -> str:
    """Something built in a thread needs something that only a coroutine can make."""
    root = path[0]
    return (
        f"{root.role} {called(root.what)} runs in a thread, but {called(path[-1].what)} can only be made by awaiting "
        f"{called(recipe.source)}:\n\n{_drawn(path, 'needs the event loop')}\n\n"
        f"Make {called(root.what)} async, or provide {called(path[-1].what)} with a plain function or "
        "generator, or as a singleton."
    )


def unregistered(wanted: Any, provided: Collection[Any]) -> str:
    """Somebody asked a scope for it directly."""
    hints = [*_relatives(wanted, provided), *_namesakes(wanted, list(provided))]
    nearest = f" Nearest registered: {'; '.join(hints)}." if hints else ""
    return f"nobody provides {called(wanted)}.{nearest} Register it: services.add_scoped({called(wanted)})."


def not_given(wanted: Any, given: Any) -> str:
    """A value that only some runs have, such as the context of a job."""
    return (
        f"{called(wanted)} needs the {called(given)} of what is running, and there is none here: it exists only "
        "while such a thing runs"
    )


def scoped_asked_of_application(wanted: Any) -> str:
    """Something of one run was asked for where there is no run."""
    return (
        f"{called(wanted)} lives in one run of a job, worker or handler, so the application as a whole has none: ask "
        f"for it in such a run, or make it a singleton (services.add_singleton({called(wanted)}))"
    )


def called(what: Any) -> str:
    """A type as people write it."""
    if isinstance(what, type) or not hasattr(what, "__args__"):
        return str(getattr(what, "__qualname__", what)).rpartition("<locals>.")[2]
    inside = ", ".join(called(each) for each in what.__args__)
    return f"{getattr(what.__origin__, '__qualname__', what.__origin__)}[{inside}]"


def _drawn(path: Sequence[Step], verdict: str) -> str:
    lines: list[str] = []
    for depth, step in enumerate(path):
        indent = "    " + ("   " * (depth - 1) + "└─ " if depth else "")
        asks = f"({step.parameter}: {called(path[depth + 1].what)})" if step.parameter else ""
        note = f"   <- {verdict}" if depth == len(path) - 1 else (f"   {step.role}" if step.role else "")
        lines.append(f"{indent}{called(step.what)}{asks}{note}")
    return "\n".join(lines)


def _asker(path: Sequence[Step]) -> str:
    asker = path[-2]
    return f"{called(asker.what)} (parameter {asker.parameter!r})"


def _relatives(wanted: Any, registered: Collection[Any]) -> list[str]:
    if not isinstance(wanted, type):
        return []
    hints: list[str] = []
    for each in registered:
        if not isinstance(each, type) or each is wanted:
            continue
        if wanted is not object and wanted in each.__mro__:
            hints.append(f"{called(each)}, a subclass of it: services.add_scoped({called(wanted)}, {called(each)})")
        elif each is not object and each in wanted.__mro__:
            hints.append(f"{called(each)}, which it inherits: ask for {called(each)}")
    return hints


def _namesakes(wanted: Any, known: Sequence[Any]) -> list[str]:
    names = {called(each): each for each in known}
    if called(wanted) in names:
        other = names[called(wanted)]
        return [f"another {called(wanted)}, of {getattr(other, '__module__', '?')}: import it from there"]
    return difflib.get_close_matches(called(wanted), names, n=2, cutoff=0.7)


def _cure_for_missing(wanted: Any, path: Sequence[Step]) -> str:
    asker = path[-2]
    if wanted in _SIMPLE or wanted is Any:
        return (
            f"A {called(wanted)} says too little to be found by its type: build {called(asker.what)} with a function, "
            f"services.add_scoped({called(asker.what)}, lambda: {called(asker.what)}({asker.parameter}=...)), or "
            "inject an options class."
        )
    return (
        f"Register it: services.add_scoped({called(wanted)}), or services.provide(a function that returns it); in "
        "a single file, app.provide(...). Or give the parameter a default."
    )
