"""Reads JSON as people keep it in settings files: `//` and `/* */` comments and trailing commas are welcome.

Apart from those it is strict: what it accepts reads exactly as `json.loads` reads it; a key may not stand twice in
one object, and half of a character, which nothing could print, is no text. It remembers the line of every key, so that
a later complaint can name it.
"""

import json
import re
from typing import Any

from dawam.settings.excerpt import line_and_column
from dawam.settings.masking import masked

_BLANK = re.compile(r"(?:[ \t\r\n]+|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_TEXT = re.compile(r'"[^"\\\x00-\x1f]*(?:\\.[^"\\\x00-\x1f]*)*"')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_WORD = re.compile(r"[^\s,:\[\]{}\"/]+")
_WORDS = {"true": True, "false": False, "null": None}
_DEPTH_LIMIT = 100


class JsonProblem(Exception):  # noqa: N818  (the reader's own signal: the layer turns it into a SettingsError)
    """What is wrong with the text, and at which line and column."""

    def __init__(self, text: str, position: int, problem: str) -> None:
        self.line, self.column = line_and_column(text, position)
        self.problem = problem
        super().__init__(f"line {self.line}, column {self.column}: {problem}")


def read_json(text: str) -> tuple[Any, dict[tuple[str, ...], int]]:
    """The value, and the line of each key by its path from the root (keys inside lists have none)."""
    reader = _Reader(text)
    return reader.read(), reader.lines


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0
        self._line, self._counted_to = 1, 0
        self.lines: dict[tuple[str, ...], int] = {}

    def read(self) -> Any:
        if not self._next():
            raise self._problem('the file is empty: an object was expected, at least "{}"')
        value = self._value(())
        if self._next():
            raise self._problem("nothing may follow the end of the object")
        return value

    def _value(self, path: tuple[str, ...] | None) -> Any:
        match self._next():
            case "{" | "[" as opening:
                self._depth += 1
                if self._depth > _DEPTH_LIMIT:
                    raise self._problem(f"nested deeper than {_DEPTH_LIMIT} levels")
                value = self._object(path) if opening == "{" else self._list()
                self._depth -= 1
                return value
            case '"':
                return self._string()
            case "":
                raise self._problem("the file ends here, where a value was expected")
            case _:
                return self._number_or_word()

    def _object(self, path: tuple[str, ...] | None) -> dict[str, Any]:
        found: dict[str, Any] = {}
        opened_at = self._step()
        while self._next() != "}":
            key_at = self._at
            key = self._key(opened_at)
            if key in found:
                raise self._problem(f'the key "{masked(key)}" stands twice in this object', key_at)
            inner = None if path is None else (*path, key)
            if inner is not None:
                self.lines[inner] = self._line_of(key_at)
            found[key] = self._value(inner)
            self._comma_or("}", opened_at)
        self._step()
        return found

    def _key(self, opened_at: int) -> str:
        match self._next():
            case '"':
                key = self._string()
            case "":
                raise self._problem('this "{" is never closed', opened_at)
            case _:
                raise self._problem("a key in double quotes was expected")
        if self._next() != ":":
            raise self._problem(f'a ":" was expected after the key "{masked(key)}"')
        self._step()
        return key

    def _list(self) -> list[Any]:
        found: list[Any] = []
        opened_at = self._step()
        while self._next() != "]":
            if not self._next():
                raise self._problem('this "[" is never closed', opened_at)
            found.append(self._value(None))
            self._comma_or("]", opened_at)
        self._step()
        return found

    def _comma_or(self, closing: str, opened_at: int) -> None:
        match self._next():
            case ",":
                self._step()
            case "":
                raise self._problem(f'this "{self._text[opened_at]}" is never closed', opened_at)
            case character:
                if character != closing:
                    raise self._problem(f'a "," or "{closing}" was expected here')

    def _string(self) -> str:
        token = _TEXT.match(self._text, self._at)
        if token is None:
            raise self._problem("this text has no closing double quote on its line")
        try:
            value: str = json.loads(token[0])
        except json.JSONDecodeError as error:
            raise self._problem(
                r'a "\" starts an escape, as in "\n"; write "\\" for the character itself', self._at + error.pos
            ) from None
        if _SURROGATE.search(value):
            raise self._problem(r'half of a character stands here: both halves were expected, as in "\ud83d\ude00"')
        self._at = token.end()
        return value

    def _number_or_word(self) -> Any:
        token = _WORD.match(self._text, self._at)
        word = token[0] if token else ""
        if word in _WORDS:
            value: Any = _WORDS[word]
        elif _NUMBER.fullmatch(word) and len(word) < 1000:
            value = json.loads(word)
        else:
            raise self._problem("a value was expected: a text in double quotes, a number, true, false, null, { or [")
        self._at += len(word)
        return value

    def _next(self) -> str:
        """The next character that means something, without taking it; nothing at the end."""
        blank = _BLANK.match(self._text, self._at)
        self._at = blank.end() if blank else self._at
        if self._text.startswith("/*", self._at):
            raise self._problem("this comment is never closed")
        return self._text[self._at : self._at + 1]

    def _line_of(self, position: int) -> int:
        """Counts on from the position before: each key is asked for, one after the other."""
        self._line += self._text.count("\n", self._counted_to, position)
        self._counted_to = position
        return self._line

    def _step(self) -> int:
        self._at += 1
        return self._at - 1

    def _problem(self, problem: str, position: int | None = None) -> JsonProblem:
        return JsonProblem(self._text, self._at if position is None else position, problem)
