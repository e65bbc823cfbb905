"""The statements of `statements.sql` for one schema, in the server's own form: `$1`, `$2`, ..."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from dawam.stores.sql.statements import load_statements

_TABLE = re.compile(r"(?<!E INDEX )\bdawam_\w+")
"""Or a view. Not an index that is created: it stands where its table does, and is named without a schema."""
_WORD = re.compile(r"(?<!:):(\w+)")
_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,62}")
PUBLIC = "public"


class Statement:
    """One statement, and the order in which it takes the parameters that it names."""

    __slots__ = ("query", "text", "words")

    def __init__(self, text: str, schema: str) -> None:
        words: dict[str, int] = {}
        numbered = _WORD.sub(lambda word: f"${words.setdefault(word[1], len(words) + 1)}", text)
        self.words = tuple(words)
        self.text = qualified(numbered, schema)
        self.query = self.text.encode()

    def ordered(self, parameters: Sequence[Any] | Mapping[str, Any]) -> Sequence[Any]:
        """The parameters by place."""
        return [parameters[word] for word in self.words] if isinstance(parameters, Mapping) else parameters


def is_schema_name(name: str) -> bool:
    """Whether it is a name that reads the same with and without quotes, but for words of the language."""
    return _SCHEMA.fullmatch(name) is not None


def qualified(text: str, schema: str) -> str:
    """The same text, with our tables named as those of that schema."""
    place = schema if schema == PUBLIC else f'"{schema}"'  # it may be a word of the language, as `order` is
    return _TABLE.sub(lambda table: f"{place}.{table[0]}", text)


@cache
def statements(schema: str) -> Mapping[str, Statement]:
    """All of them by name, the tables in that schema."""
    texts = load_statements("dawam.stores.postgres")
    return {name: Statement(texts[name], schema) for name in texts.names}
