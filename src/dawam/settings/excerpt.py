"""Points at a place in a file: name, line, column, the line itself and a caret under it."""

from dawam.settings.masking import masked_line

_WIDTH = 100


def pointing_at(name: str, text: str, line: int, column: int, problem: str) -> str:
    """The message for a problem at this line and column (both count from 1)."""
    lines = text.split("\n")
    shown = masked_line(lines[min(line, len(lines)) - 1].rstrip("\r").replace("\t", " "))
    first = max(0, column - _WIDTH)
    caret = " " * (column - 1 - first) + "^"
    place = f"{name}, line {line}, column {column}"
    return f"{place}: {problem}\n    {shown[first : first + _WIDTH + 20]}\n    {caret}"


def line_and_column(text: str, position: int) -> tuple[int, int]:
    """Where this position is, both counted from 1."""
    return text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)
