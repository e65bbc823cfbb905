"""Writes docs/reference/errors.md: every bad input, what one is told, and the cure. Run by `make reference`."""

import re

from tests.architecture.code import ROOT
from tests.bad_input.answers import CASES, told
from tests.bad_input.case import BadInput

PAGE = ROOT / "docs" / "reference" / "errors.md"

_PIPE = r"\|"
_MEANT = re.compile(r"[\\|*`\[\]]|\b_|_\b")
"""What Markdown would take for a mark of its own."""
_HEAD = """# Bad input, and what Dawam says

Written by `make reference`, which does each of these for real; do not edit. The tests in
[tests/bad_input](../../tests/bad_input) check that each message names the thing, what is wrong, and the cure, and that
nothing is stored after a refused enqueue; `make test` fails when this page is behind them.

All errors derive from `dawam.DawamError`; [errors.py](../../src/dawam/errors.py) draws the tree. Commands print the
same messages, and end with exit code 1 (2 where the command itself was misspelt).
"""


def page() -> str:
    """The page as it should be."""
    return _HEAD + "".join(_section(subject, cases) for subject, cases in CASES.items())


def _section(subject: str, cases: tuple[BadInput, ...]) -> str:
    return f"\n## {subject}\n\n| Input | Message | Cure |\n|---|---|---|\n" + "".join(map(_row, cases))


def _row(case: BadInput) -> str:
    answer = told(case)
    return (
        f"| {case.title}<br>{_code(case.written)} | *{answer.how}*<br>{_text(answer.message)} | {_text(case.cure)} |\n"
    )


def _text(message: str) -> str:
    """A message in a cell: what it writes between backticks stays code, and several lines keep their shape."""
    parts = message.split("`")
    if "\n" in message or len(parts) % 2 == 0:
        text = _escaped(message).replace("\n", "<br>")
        return f"<pre>{text}</pre>" if "\n" in message else text
    return "".join(_code(part) if index % 2 else _escaped(part) for index, part in enumerate(parts))


def _code(written: str) -> str:
    fence = "``" if "`" in written else "`"
    return f"{fence}{written.replace('|', _PIPE)}{fence}"


def _escaped(text: str) -> str:
    """So that neither HTML nor Markdown sees more in it than text."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MEANT.sub(r"\\\g<0>", text)


if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
