"""Writes docs/reference/state.md from the table of moves. Run by `make reference`."""

import ast
import inspect
from collections.abc import Iterator

from dawam.jobs import state
from dawam.jobs.state import MOVES, StoredState
from tests.architecture.code import ROOT

PAGE = ROOT / "docs" / "reference" / "state.md"

_HEAD = """# States of a job

Written by `make reference` from the table of moves in `dawam.jobs.state`; do not edit.

People see five states. A store keeps the waiting jobs in three places, so that a claim reads only what is ready.

| People see | The store keeps | Which is |
|---|---|---|
"""
_MOVES = """
## Every move there is

| Verb | From | To |
|---|---|---|
"""
_DIAGRAM = """
Without the moves that a person makes (cancel, retry, delete), and without pruning:

```mermaid
stateDiagram-v2
"""
_END = """```

What is not in the table leaves a job untouched. The [suite](../../src/dawam/testing/conformance/stores/moves.py) walks
all of it on every store: every verb, in every state.

- **settle** is guarded by the fence: only the attempt that holds the claim can do it.
- **claim** makes the fence grow by one. No other move changes it.
- Failures and time limits are charged as attempts. Being handed back, parked or snoozed costs nothing; being rescued is
  counted apart (`lost_count`), and a job that lost its host too often fails.
- **give up** is the last word about a host, its own or that of somebody who saw its process die. What had started then
  is charged a crash (`crash_count`). From its second one a job is a suspect: it runs beside no other suspect, and the
  next death of its process is charged to it alone, and is its last.
- A running job with a cancel request that would be retried, snoozed, parked, handed back, rescued or given up becomes
  cancelled. Success and failure stand.
- Every failed attempt leaves a record, which `dawam jobs show ID` prints.
"""
_BY_ITSELF = ("add", "promote", "claim", "settle", "hand back", "rescue", "give up")
_NOWHERE = "not in the store"
_PLAIN = {
    StoredState.RUNNING: "Claimed by a host with a live lease.",
    StoredState.SUCCEEDED: "Done; kept for `BackgroundJobs.SuccessfulJobRetention`.",
    StoredState.FAILED: "Given up; kept for `BackgroundJobs.FailedJobRetention`.",
    StoredState.CANCELLED: "Ended by a person, or by itself with `raise Cancel()`.",
}


def page() -> str:
    """The page as it should be."""
    described = _descriptions()
    states = [f"| `{each.seen_as}` | {each} | {described.get(each.name) or _PLAIN[each]} |" for each in StoredState]
    return "".join([_HEAD, _lines(states), _MOVES, _lines(_table()), _DIAGRAM, _lines(_arrows()), _END])


def _table() -> Iterator[str]:
    """One line for each verb and each place that it leads to from the same places."""
    for verb, moves in MOVES.items():
        for target in sorted(set(moves.values()), key=_names):
            sources = frozenset(before for before, after in moves.items() if after == target)
            yield f"| {verb} | {', '.join(_names(sources))} | {', '.join(_names(target))} |"


def _arrows() -> Iterator[str]:
    """One line for each pair of places, naming the verbs that lead from one to the other."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for verb in _BY_ITSELF:
        for before in _names(frozenset(MOVES[verb])):
            after = MOVES[verb][None if before == _NOWHERE else StoredState(before)]
            for place in _names(after):
                arrows.setdefault((before, place), []).append(verb)
    for (before, after), verbs in arrows.items():
        yield f"    {before} --> {after}: {', '.join(verbs)}".replace(_NOWHERE, "[*]")


def _names(places: frozenset[StoredState | None]) -> list[str]:
    return [str(each) for each in StoredState if each in places] + ([_NOWHERE] if None in places else [])


def _descriptions() -> dict[str, str]:
    """By member: the text that stands under it."""
    found: dict[str, str] = {}
    for node in ast.parse(inspect.getsource(state)).body:
        if isinstance(node, ast.ClassDef) and node.name == StoredState.__name__:
            for before, after in zip(node.body, node.body[1:], strict=False):
                if isinstance(before, ast.Assign) and isinstance(after, ast.Expr):
                    found[ast.unparse(before.targets[0])] = str(ast.literal_eval(after.value))
    return found


def _lines(lines: Iterator[str] | list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
